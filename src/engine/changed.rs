//! What is changed in a model while a batch goes through it: values that take the place of computed ones, and factors of
//! attention. Nothing here says why; [`intervene`](super::intervene) makes it of the language's interventions.

use crate::engine::error::{Result, ensure};
use crate::engine::program::{Held, Program};
use crate::program::model::{Context, Site};
use std::sync::Arc;

/// Numbers for every token of every sequence.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    Zero,
    /// `[T, width]`, the same in every sequence.
    Shared(Arc<[f32]>),
    /// `[B, T, width]`.
    Each(Arc<[f32]>),
}

impl Constant {
    /// The numbers of a token of a sequence, `width` of them; none where all are 0.
    #[must_use]
    pub fn row(&self, sequence: usize, token: usize, (tokens, width): (usize, usize)) -> Option<&[f32]> {
        match self {
            Self::Zero => None,
            Self::Shared(values) => Some(&values[token * width..][..width]),
            Self::Each(values) => Some(&values[(sequence * tokens + token) * width..][..width]),
        }
    }

    fn check(&self, sequences: usize, tokens: usize, width: usize) -> Result<()> {
        let (known, wanted) = match self {
            Self::Zero => return Ok(()),
            Self::Shared(values) => (values.len(), tokens * width),
            Self::Each(values) => (values.len(), sequences * tokens * width),
        };
        ensure(known == wanted, || format!("{known} numbers for {tokens} tokens of width {width}"))
    }
}

/// A site whose values are constants: no gradient flows into what stands before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fixed {
    /// A head is fixed in the space of its mixed values, a pattern in that of its weights, of which those of later tokens
    /// count as 0.
    pub site: Site,
    pub values: Constant,
}

/// The changes of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Each in every context that has its site; where two fix the same, the later counts.
    pub fixed: Vec<Fixed>,
    /// Factors `[T, T]` of all weights of attention, from query to key, behind the softmax; a fixed pattern stays as it is.
    pub scaled: Vec<Constant>,
    /// Two labels for every token, `[B, T]`: the one that the token looks for, and the one that it answers. What a token
    /// matches are the answers up to its own place that are what it looks for; [`IGNORED`](super::batch::IGNORED) is none.
    pub cues: Vec<[u32; 2]>,
}

impl Changes {
    /// Checks all sizes against a batch of so many sequences and tokens.
    pub(crate) fn check(&self, program: &Program, sequences: usize, tokens: usize) -> Result<()> {
        for Fixed { site, values } in &self.fixed {
            let listing = program.listing(Context::Full);
            let held = listing.held(*site);
            let width = match &held {
                Some(Held::Value(_, columns)) => columns.len(),
                Some(Held::Pattern(..)) => tokens,
                None => return Err(super::error::Error::NoSuchSite(format!("{site:?}"))),
            };
            values.check(sequences, tokens, width)?;
        }
        self.scaled.iter().try_for_each(|factors| factors.check(sequences, tokens, tokens))
    }
}
