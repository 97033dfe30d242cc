//! A guard before the parser: items nested too deeply are blanked out, so that recursion has a bound.

use std::borrow::Cow;

use super::messages;
use super::tokens::starts_item;
use crate::diagnostic::{Diagnostic, FileId, Span};

/// How many brackets, braces and open `if`s may stand inside each other.
const LIMIT: usize = 40;

/// What is open at a place of the text.
#[derive(Default)]
struct Open {
    braces: usize,
    brackets: usize,
    ifs: usize,
}

impl Open {
    fn total(&self) -> usize {
        self.braces + self.brackets + self.ifs
    }
}

/// The text with every item that nests too deeply replaced by spaces, and a finding for each.
///
/// Bytes keep their places, so that spans still hold.
pub(super) fn without_deep_items(id: FileId, text: &str) -> (Cow<'_, str>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut deep: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = item_end(text, start);
        if let Some(at) = too_deep(&text[start..end]) {
            found.push(messages::too_deep(Span::new(id, start + at, start + at + 1), LIMIT));
            deep.push((start, end));
        }
        start = end;
    }
    if deep.is_empty() {
        return (Cow::Borrowed(text), found);
    }
    let mut shallow = String::with_capacity(text.len());
    let mut kept = 0;
    for (start, end) in deep {
        shallow.push_str(&text[kept..start]);
        shallow.extend(text[start..end].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        kept = end;
    }
    shallow.push_str(&text[kept..]);
    (Cow::Owned(shallow), found)
}

/// Where the next line that starts an item begins, after `start`.
fn item_end(text: &str, start: usize) -> usize {
    let mut at = start;
    while let Some(step) = text[at..].find('\n') {
        at += step + 1;
        if starts_item(&text[at..]) {
            return at;
        }
    }
    text.len()
}

/// The byte of the first bracket or `if` beyond the limit.
///
/// A brace ends brackets and `if`s, as it does in the grammar.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open = Open::default();
    let mut at = 0;
    while at < bytes.len() {
        let here = at;
        at += 1;
        match bytes[here] {
            b'"' => at = text_end(bytes, at),
            b'/' if bytes.get(at) == Some(&b'/') => {
                at = bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |step| at + step);
            }
            b'{' => open = Open { braces: open.braces + 1, ..Open::default() },
            b'}' => open = Open { braces: open.braces.saturating_sub(1), ..Open::default() },
            b'(' | b'[' => open.brackets += 1,
            b')' | b']' => open.brackets = open.brackets.saturating_sub(1),
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                while bytes.get(at).is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                    at += 1;
                }
                match &bytes[here..at] {
                    b"if" => open.ifs += 1,
                    b"else" => open.ifs = open.ifs.saturating_sub(1),
                    _ => {}
                }
            }
            _ => {}
        }
        if open.total() > LIMIT {
            return Some(here);
        }
    }
    None
}

/// The byte after a text that opened before `at`; an open one ends with its line.
fn text_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\n' => return at,
            b'\\' if bytes.get(at + 1).is_some_and(|&next| next != b'\n') => at += 2,
            _ => at += 1,
        }
    }
    at.min(bytes.len())
}
