//! What a network is trained on: sequences of tokens, and what is to be predicted where.

use crate::engine::changed::Changes;
use crate::engine::error::{Result, ensure};
use std::ops::Range;

/// Sequences with the tokens at which predictions are read and the right answers there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// How many sequences (`B`).
    pub sequences: usize,
    /// Tokens of a sequence (`T`).
    pub tokens: usize,
    pub input: Input,
    /// The tokens at which predictions are read, such as 0, 2, 4.
    pub read_at: Vec<usize>,
    /// The tokens at which each head of the program reads.
    pub heads_at: Vec<Vec<usize>>,
    /// The tokens at which each output of the program is read, the read-out first, where they differ from one sequence to
    /// another: `[B, positions]`. Empty where the fields above say it.
    pub each_at: Vec<Vec<usize>>,
    /// The tokens of each sequence that are its own, what stands behind them being padding; empty where all are.
    pub lengths: Vec<usize>,
    /// Each over `[B, positions]` of the output whose term uses it.
    pub targets: Vec<Targets>,
    /// What is changed in the model meanwhile.
    pub changes: Changes,
}

/// The tokens at which an output is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read<'a> {
    /// In every sequence.
    Shared(&'a [usize]),
    /// So many in each sequence, `[B, positions]`.
    Each(usize, &'a [usize]),
}

impl Read<'_> {
    /// How many a sequence has.
    #[must_use]
    pub fn positions(self) -> usize {
        match self {
            Self::Shared(tokens) => tokens.len(),
            Self::Each(positions, _) => positions,
        }
    }
}

/// The tokens of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// `[B, T, input width]`.
    Dense(Vec<f32>),
    /// `[B, T]` labels, each below the input width: what one-hot dense tokens would be.
    Labels(Vec<u32>),
}

impl Input {
    /// The dense tokens, where they are dense.
    #[must_use]
    pub fn dense(&self) -> &[f32] {
        match self {
            Self::Dense(values) => values,
            Self::Labels(_) => &[],
        }
    }
}

impl Default for Input {
    fn default() -> Self {
        Self::Dense(Vec::new())
    }
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
    /// Which output of the program: 0 is the read-out, the heads follow.
    pub output: usize,
    /// Which numbers of it.
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
    /// The tokens at which an output of the program is read.
    ///
    /// # Errors
    /// If the program has such a head and the batch does not say where it reads.
    pub fn read(&self, output: usize) -> Result<Read<'_>> {
        let among = |tokens: &[usize]| {
            ensure(tokens.iter().all(|&at| at < self.tokens), || {
                format!("reading at tokens {tokens:?} of {}", self.tokens)
            })
        };
        if let Some(each) = self.each_at.get(output).filter(|each| !each.is_empty()) {
            let positions = each.len() / self.sequences.max(1);
            ensure(positions > 0 && each.len() == positions * self.sequences, || {
                format!("{} tokens that are read of {} sequences", each.len(), self.sequences)
            })?;
            return among(each).map(|()| Read::Each(positions, each));
        }
        let read = if output == 0 { Some(&self.read_at) } else { self.heads_at.get(output - 1) };
        let positions = read.map_or(&[][..], Vec::as_slice);
        ensure(!positions.is_empty(), || format!("no tokens at which output {output} is read"))?;
        among(positions).map(|()| Read::Shared(positions))
    }

    /// Checks the input against a model of tokens of `width` numbers or labels, `longest` at most.
    pub(crate) fn check(&self, width: usize, longest: usize) -> Result<()> {
        let (sequences, tokens) = (self.sequences, self.tokens);
        ensure(tokens <= longest, || format!("{tokens} tokens for a model of {longest}"))?;
        match &self.input {
            Input::Dense(values) => ensure(values.len() == sequences * tokens * width && !values.is_empty(), || {
                format!("{} numbers for {sequences} sequences of {tokens} tokens of width {width}", values.len())
            }),
            Input::Labels(labels) => {
                ensure(labels.len() == sequences * tokens && !labels.is_empty(), || {
                    format!("{} labels for {sequences} sequences of {tokens} tokens", labels.len())
                })?;
                ensure(labels.iter().all(|&label| (label as usize) < width), || {
                    format!("a token that is not one of {width} labels")
                })
            }
        }
    }
}
