//! What passes are asked for: a plan is made once for each shape of it.

use crate::engine::batch::Read;
use crate::engine::program::Source;
use crate::program::model::{Context, Site};

/// What a pass is to compute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wants {
    /// Tokens of a sequence.
    pub tokens: usize,
    /// The most sequences at a time.
    pub sequences: usize,
    /// Whether a backward pass follows.
    pub training: bool,
    pub lists: Vec<Wanted>,
    /// Where the batch has constants, in its order.
    pub fixed: Vec<Site>,
    /// Whether it scales patterns.
    pub scaled: bool,
}

/// What is wanted of one of the program's lists, with the tokens of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub context: Context,
    pub outputs: Vec<(usize, Reads)>,
    pub sources: Vec<(Source, Vec<usize>)>,
}

/// The tokens at which an output is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reads {
    Shared(Vec<usize>),
    /// So many in each sequence, which the batch says.
    Each(usize),
}

impl Reads {
    /// As a batch says it.
    #[must_use]
    pub fn of(read: Read<'_>) -> Self {
        match read {
            Read::Shared(tokens) => Self::Shared(tokens.to_vec()),
            Read::Each(positions, _) => Self::Each(positions),
        }
    }
}
