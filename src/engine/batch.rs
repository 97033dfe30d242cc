//! What a network is trained on: sequences of dense tokens, and what is to be predicted where.

use crate::engine::error::{Result, ensure};
use std::ops::Range;

/// Sequences with the tokens at which predictions are read and the right answers there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// How many sequences (`B`).
    pub sequences: usize,
    /// Tokens of a sequence (`T`).
    pub tokens: usize,
    /// `[B, T, input width]`.
    pub input: Vec<f32>,
    /// The tokens at which predictions are read, such as 0, 2, 4.
    pub read_at: Vec<usize>,
    /// Each over `[B, positions]`.
    pub targets: Vec<Targets>,
}

/// What is to be predicted.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Classes counted within the columns of the term that uses them; [`IGNORED`] where a prediction does not count.
    Labels(Vec<u32>),
    /// So many numbers a prediction; not a number where it does not count.
    Numbers { width: usize, values: Vec<f32> },
}

/// The label of a prediction that does not count.
pub const IGNORED: u32 = u32::MAX;

impl Targets {
    /// How many predictions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Labels(labels) => labels.len(),
            Self::Numbers { width, values } => values.len() / (*width).max(1),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The labels, where they are labels.
    #[must_use]
    pub fn labels(&self) -> &[u32] {
        match self {
            Self::Labels(labels) => labels,
            Self::Numbers { .. } => &[],
        }
    }
}

/// One summand of the loss over sequences and read tokens: the mean cross-entropy of the softmax over some logits, or
/// the mean squared error of some outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub weight: f64,
    /// Which outputs.
    pub columns: Range<usize>,
    /// Which of the batch's targets.
    pub targets: usize,
}

/// A loss and its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// The weighted sum.
    pub total: f64,
    /// Each term's mean cross-entropy, in nats, or mean squared error, before its weight.
    pub terms: Vec<f64>,
}

impl Batch {
    /// How many predictions are read: `B` times positions.
    #[must_use]
    pub fn predictions(&self) -> usize {
        self.sequences * self.read_at.len()
    }

    /// Checks the sizes against tokens of `width` numbers, and that the tokens at `positions` exist.
    pub(crate) fn check(&self, width: usize, positions: &[usize]) -> Result<()> {
        let (sequences, tokens) = (self.sequences, self.tokens);
        ensure(self.input.len() == sequences * tokens * width && !self.input.is_empty(), || {
            format!("{} numbers for {sequences} sequences of {tokens} tokens of width {width}", self.input.len())
        })?;
        ensure(positions.iter().all(|&at| at < tokens), || format!("reading at tokens {positions:?} of {tokens}"))
    }
}
