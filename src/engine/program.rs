//! A model as a flat list of operations over numbered values, which both engines walk forwards and backwards.
//!
//! There are several lists over the same parameters: one in which tokens see each other, and one for every other
//! [`Context`]. In that of [`Context::None`] the whole computation of every attention (queries, keys, values, mixing and
//! output projection) is the identity on its normed input, so that the stream gains `norm(stream)`; in that of
//! [`Context::Zero`] it is left out; in that of [`Context::SelfOnly`] every token mixes its own value alone.
//!
//! Predictions are read at a few tokens only. Where tokens are mixed for the last time a `Prune` keeps those that
//! something reads, and everything after it (the last queries, the last output projection, the last MLP, the final
//! norm) is computed for them alone.

use crate::program::model::{Activation, Context, Rotary, Site};
use std::ops::Range;

/// What surrounds the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Width of a dense token, or how many different labels a token can be.
    pub input: usize,
    /// The longest sequence, in tokens.
    pub tokens: usize,
    /// How many outputs the read-out gives, those of read-out losses at the read-out included.
    pub outputs: usize,
    /// Read-outs of their own at other places of the model.
    pub heads: Vec<Head>,
}

/// A linear read-out of a site: output `place + 1` of the program, where `place` is its place among the heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub outputs: usize,
    pub site: Site,
    pub context: Context,
}

/// Where a value stands among those of one pass.
pub type Slot = usize;

/// Where a parameter stands in [`Program::parameters`].
pub type ParameterId = usize;

/// The distribution of a parameter's first value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    Normal { sd: f64 },
    Zeros,
    Ones,
}

/// A named array that is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: String,
    /// Linear maps are `[inputs, outputs]`, as in GPT-2.
    pub shape: Vec<usize>,
    pub init: Init,
}

impl Parameter {
    /// How many numbers it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

/// How queries and keys know where their tokens stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// They do not.
    Unseen,
    /// Rotary embedding (Su et al. 2021) of queries and keys: of the first `turned` numbers of a head, half of which are
    /// `half`, `i` and `i + half` are turned together by `t / base^(i / half)` at token `t`, as in GPT-NeoX.
    Rotary(Rotary),
    /// Scores lose `slope (i - j)` (Press et al. 2022), with [`slope`] for each head.
    Alibi,
}

/// The slope of a head in linear biases of attention: `2^(-8 (head + 1) / heads)` where `heads` is a power of two, else
/// the published interleaving of the two nearest powers.
#[must_use]
pub fn slope(head: usize, heads: usize) -> f32 {
    let power = 1 << heads.ilog2();
    let (place, among) = if head < power { (head + 1, power) } else { (2 * (head - power) + 1, 2 * power) };
    (-8.0 * place as f64 / among as f64).exp2() as f32
}

/// What an operation does. Values are `[B, rows, width]` for `B` sequences, with the rows that [`Listing::rows`] says.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Tokens to the stream: `x W + b` of dense tokens, row `x` of `W` plus `b` of labels.
    ReadIn {
        weight: ParameterId,
        bias: ParameterId,
    },
    /// `x W + b` for some columns of `W`, `[inputs, outputs]`, and of `b`.
    Linear {
        weight: ParameterId,
        bias: ParameterId,
        columns: Range<usize>,
    },
    /// `x W^T + b` for the first rows of `W`, `[inputs, width]`, as many as `b` has numbers.
    Tied {
        weight: ParameterId,
        bias: ParameterId,
    },
    /// Adds row `t` of the table to token `t`.
    AddPositions {
        table: ParameterId,
    },
    /// Adds sines and cosines (Vaswani et al. 2017): [`wave`].
    AddWaves,
    /// Layer norm over the width, then scale and shift (Ba et al. 2016), variance plus 1e-5.
    LayerNorm {
        scale: ParameterId,
        shift: ParameterId,
    },
    /// Queries `[B, rows, width]` and, side by side, keys and values `[B, T, 2 width]` to `[B, rows, width]`: every query
    /// sees the tokens up to its own. Scores are divided by the root of a head's width. With `softmax` they become
    /// chances (Vaswani et al. 2017), else each is divided by the number of tokens that its query sees, as in the linear
    /// attention of Ahn et al. 2023.
    Attention {
        heads: usize,
        order: Order,
        softmax: bool,
    },
    /// The values of keys and values side by side, `[B, rows, 2 width]` to `[B, rows, width]`.
    Values,
    /// What one of so many heads adds to the stream: its numbers of the mixed values times their rows of the output
    /// projection, without a bias. It is read, and no gradient flows back through it.
    Project {
        weight: ParameterId,
        head: usize,
        heads: usize,
    },
    Activation(Activation),
    /// In training, zeroes a share of the numbers and scales the others up (Srivastava et al. 2014). `place` tells the
    /// dropouts of a model apart.
    Dropout {
        share: Share,
        place: u64,
    },
    /// Keeps the tokens that something reads.
    Prune,
    /// Keeps the tokens at which an output is read, in their order.
    Gather {
        output: usize,
    },
    Add,
}

/// A share between 0 and 1, by its bits, so that operations can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(u64);

impl Share {
    /// The share that a number is.
    #[must_use]
    pub const fn of(value: f64) -> Self {
        Self(value.to_bits())
    }

    /// The share as a number.
    #[must_use]
    pub const fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// Number `at` of the fixed position of a token: `sin(token / 10000^(at / width))` for even `at`, the cosine of the same
/// angle for the odd one behind it.
#[must_use]
pub fn wave(token: usize, at: usize, width: usize) -> f32 {
    let angle = token as f64 / 10_000_f64.powf((at / 2 * 2) as f64 / width as f64);
    (if at.is_multiple_of(2) { libm::sin(angle) } else { libm::cos(angle) }) as f32
}

/// Which tokens a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    All,
    /// Those that `Prune` keeps.
    Kept,
    /// Those at which an output is read.
    Read(usize),
}

/// One step: `output = kind(inputs)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    pub kind: Kind,
    pub inputs: Vec<Slot>,
    pub output: Slot,
}

/// Where a site is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub site: Site,
    pub slot: Slot,
}

/// What is read of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Value(Slot),
    /// The weights of a head of the attention that writes a slot.
    Pattern(Slot, usize),
}

/// What a constant takes the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// These numbers of a slot's rows.
    Value(Slot, Range<usize>),
    /// The weights of a head of the attention that writes a slot.
    Pattern(Slot, usize),
}

impl Source {
    /// The slot that must be computed for it.
    #[must_use]
    pub const fn slot(self) -> Slot {
        match self {
            Self::Value(slot) | Self::Pattern(slot, _) => slot,
        }
    }
}

/// The operations in order. Slot 0 is the input; operation `i` writes slot `i + 1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    pub operations: Vec<Operation>,
    pub marks: Vec<Mark>,
    /// The mixed values of each layer's attention, all heads side by side, with the number of heads; none where the
    /// context has no attention.
    pub mixes: Vec<(Slot, usize)>,
    /// Numbers a token of each slot.
    pub widths: Vec<usize>,
    /// Tokens of each slot.
    pub rows: Vec<Rows>,
    /// The slot of each output: the read-out, then the heads, where they are of this context.
    pub outputs: Vec<Option<Slot>>,
}

impl Listing {
    pub(crate) fn new(input: usize, outputs: usize) -> Self {
        Self {
            operations: Vec::new(),
            marks: Vec::new(),
            mixes: Vec::new(),
            widths: vec![input],
            rows: vec![Rows::All],
            outputs: vec![None; outputs],
        }
    }

    /// Where `site` is found.
    #[must_use]
    pub fn mark(&self, site: Site) -> Option<Mark> {
        self.marks.iter().copied().find(|mark| mark.site == site)
    }

    /// What is read at `site`.
    #[must_use]
    pub fn source(&self, site: Site) -> Option<Source> {
        if let Site::Pattern(layer, head) = site {
            let &(slot, heads) = self.mixes.get(layer)?;
            let attends = matches!(self.operations[slot - 1].kind, Kind::Attention { .. });
            return (attends && head < heads).then_some(Source::Pattern(slot, head));
        }
        self.mark(site).map(|mark| Source::Value(mark.slot))
    }

    /// What a constant at `site` takes the place of; nothing where this context lacks it.
    #[must_use]
    pub fn held(&self, site: Site) -> Option<Held> {
        match site {
            Site::Head(layer, head) => {
                let &(slot, heads) = self.mixes.get(layer)?;
                let width = self.widths[slot] / heads;
                (head < heads).then(|| Held::Value(slot, head * width..(head + 1) * width))
            }
            // Where attention is the identity, what it adds may be the stream itself.
            Site::AttentionOut(layer) if layer >= self.mixes.len() => None,
            _ => self.source(site).map(|source| match source {
                Source::Value(slot) => Held::Value(slot, 0..self.widths[slot]),
                Source::Pattern(slot, head) => Held::Pattern(slot, head),
            }),
        }
    }

    /// How many numbers a token there are of a source, where sequences have so many tokens.
    #[must_use]
    pub fn width(&self, source: Source, tokens: usize) -> usize {
        match source {
            Source::Value(slot) => self.widths[slot],
            Source::Pattern(..) => tokens,
        }
    }

    /// Which operations the given slots depend on, by place.
    #[must_use]
    pub fn needed(&self, slots: &[Slot]) -> Vec<bool> {
        let mut wanted = vec![false; self.operations.len() + 1];
        slots.iter().for_each(|&slot| wanted[slot] = true);
        let mut needed = vec![false; self.operations.len()];
        for (place, operation) in self.operations.iter().enumerate().rev() {
            needed[place] = wanted[operation.output];
            if needed[place] {
                operation.inputs.iter().for_each(|&input| wanted[input] = true);
            }
        }
        needed
    }

    pub(crate) fn push(&mut self, kind: Kind, inputs: &[Slot], width: usize) -> Slot {
        let output = self.operations.len() + 1;
        let rows = match kind {
            Kind::Prune => Rows::Kept,
            Kind::Gather { output } => Rows::Read(output),
            _ => self.rows[inputs[0]],
        };
        self.widths.push(width);
        self.rows.push(rows);
        self.operations.push(Operation { kind, inputs: inputs.to_vec(), output });
        output
    }

    pub(crate) fn same(&mut self, kind: Kind, inputs: &[Slot]) -> Slot {
        self.push(kind, inputs, self.widths[inputs[0]])
    }

    pub(crate) fn mark_at(&mut self, site: Site, slot: Slot) {
        self.marks.push(Mark { site, slot });
    }
}

/// A compiled model.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    pub width: usize,
    pub interface: Interface,
    pub parameters: Vec<Parameter>,
    /// One for each of [`Context::ALL`].
    pub listings: [Listing; 4],
}

impl Program {
    /// The operations for `context`.
    #[must_use]
    pub fn listing(&self, context: Context) -> &Listing {
        &self.listings[context as usize]
    }

    /// The context in which an output is computed.
    #[must_use]
    pub fn context(&self, output: usize) -> Context {
        if output == 0 { Context::Full } else { self.interface.heads[output - 1].context }
    }

    /// How many numbers are trained.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.parameters.iter().map(Parameter::count).sum()
    }

    /// The place of the parameter called `name`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<ParameterId> {
        self.parameters.iter().position(|parameter| parameter.name == name)
    }
}
