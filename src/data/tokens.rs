//! Tokens of texts: bytes, or what a tokenizer.json says, each with the stretch of the text that it stands for.
//!
//! The only place that knows the library of tokenizers. Special tokens, padding and truncation of a tokenizer.json play no
//! part: a model reads the text and nothing else.

use super::error::DataError;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokenizers::{PostProcessorWrapper, Tokenizer};

/// The largest tokenizer.json that is read, in bytes.
pub const LARGEST: u64 = 256 << 20;

/// How texts are cut into tokens. Two are equal if their files have the same content.
#[derive(Clone)]
pub struct Tokens {
    /// Where it lies; no part of an identity.
    path: String,
    /// The BLAKE3 hash of the file, in hexadecimal; empty for bytes.
    hash: String,
    /// As many as the largest number of a token, and one.
    count: usize,
    /// None for bytes.
    cut: Option<Arc<Tokenizer>>,
}

/// A token and the bytes of the text that it stands for; none where it stands for nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: u32,
    pub range: Range<usize>,
}

impl Tokens {
    /// Every byte is a token.
    #[must_use]
    pub const fn bytes() -> Self {
        Self { path: String::new(), hash: String::new(), count: 256, cut: None }
    }

    /// What a tokenizer.json says. The same content is read once, whoever asks for it.
    ///
    /// # Errors
    /// [`DataError::File`] where it is no tokenizer, or one without tokens.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, DataError> {
        static KNOWN: Mutex<Vec<(String, usize, Weak<Tokenizer>)>> = Mutex::new(Vec::new());
        let hash = blake3::hash(bytes).to_hex().to_string();
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(.., cut)| cut.strong_count() > 0);
        let found =
            known.iter().find(|(of, ..)| *of == hash).and_then(|(_, count, cut)| Some((*count, cut.upgrade()?)));
        let (count, cut) = match found {
            Some(found) => found,
            None => {
                let (count, cut) = parse(path, bytes)?;
                known.push((hash.clone(), count, Arc::downgrade(&cut)));
                (count, cut)
            }
        };
        Ok(Self { path: path.into(), hash, count, cut: Some(cut) })
    }

    /// The hash of its file; empty for bytes.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether every byte is a token.
    #[must_use]
    pub const fn are_bytes(&self) -> bool {
        self.cut.is_none()
    }

    /// The size of the vocabulary: every token is a number below it.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The tokens of a text in order.
    ///
    /// # Errors
    /// [`DataError::File`] with what the tokenizer says of a text that it cannot cut.
    pub fn encode(&self, text: &str) -> Result<Vec<Token>, DataError> {
        let Some(cut) = &self.cut else {
            return Ok(text
                .bytes()
                .enumerate()
                .map(|(at, byte)| Token { id: byte.into(), range: at..at + 1 })
                .collect());
        };
        let encoded = cut.encode(text, false).map_err(|said| {
            let reason = format!("{} cannot cut {text:?}: {said}", self.path);
            DataError::file(reason, "give it a token for what is unknown, or take another tokenizer")
        })?;
        let each = encoded.get_ids().iter().zip(encoded.get_offsets());
        Ok(each.map(|(&id, &(start, end))| Token { id, range: start..end }).collect())
    }
}

/// A tokenizer without what it does besides cutting.
fn parse(path: &str, bytes: &[u8]) -> Result<(usize, Arc<Tokenizer>), DataError> {
    let wrong = |said: &dyn fmt::Display| {
        let reason = format!("{path} is no tokenizer.json that is read: {said}");
        DataError::file(reason, "name a file that the library `tokenizers` wrote")
    };
    let mut cut = Tokenizer::from_bytes(bytes).map_err(|said| wrong(&said))?;
    cut.with_truncation(None).map_err(|said| wrong(&said))?;
    // A post-processor would take the blanks away from what a token stands for.
    cut.with_padding(None).with_post_processor(None::<PostProcessorWrapper>);
    let count = cut.get_vocab(true).values().max().map_or(0, |&most| most as usize + 1);
    if count == 0 { Err(wrong(&"it has no tokens")) } else { Ok((count, Arc::new(cut))) }
}

impl Default for Tokens {
    fn default() -> Self {
        Self::bytes()
    }
}

impl PartialEq for Tokens {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Eq for Tokens {}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("path", &self.path).field("hash", &self.hash).finish_non_exhaustive()
    }
}
