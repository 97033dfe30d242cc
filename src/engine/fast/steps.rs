//! What a planned pass consists of.

use super::layout::{Across, Part};
use crate::engine::kernels::attention::Sizes;
use crate::program::model::Activation;
use std::ops::Range;
use std::sync::Arc;

/// A value in the arena: `rows` rows a sequence, `width` numbers in use of the `apart` that each takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub offset: usize,
    pub rows: usize,
    pub width: usize,
    pub apart: usize,
}

/// One attention, with what its tokens are.
#[derive(Clone, Debug)]
pub struct Attending {
    pub heads: usize,
    pub head: usize,
    pub tokens: usize,
    pub positions: Arc<[usize]>,
    pub softmax: bool,
    pub slopes: Arc<[f32]>,
    /// Heads with a fixed pattern, each with its place among what the batch fixes.
    pub fixed: Arc<[(usize, usize)]>,
    /// Where scaled patterns stand.
    pub scaled: Option<Region>,
}

impl Attending {
    /// The sizes that the kernel takes.
    #[must_use]
    pub fn sizes(&self) -> Sizes<'_> {
        Sizes {
            tokens: self.tokens,
            positions: &self.positions,
            heads: self.heads,
            head: self.head,
            softmax: self.softmax,
            slopes: &self.slopes,
        }
    }
}

/// Cosines and sines by which the heads of a value are turned.
#[derive(Clone, Debug)]
pub struct Turning {
    pub turns: Arc<[(f32, f32)]>,
    pub head: usize,
    /// The leading numbers of each head that are turned.
    pub turned: usize,
    /// The leading numbers of each row that are heads to turn.
    pub width: usize,
}

/// A step forwards.
#[derive(Clone, Debug)]
pub enum Step {
    ReadIn {
        weight: Part,
        bias: Part,
        out: Region,
    },
    Linear {
        x: Region,
        weight: Part,
        bias: Part,
        sum: Option<Region>,
        out: Region,
    },
    Tied {
        x: Region,
        across: Across,
        bias: Part,
        out: Region,
    },
    Positions {
        table: Part,
        to: Region,
    },
    Waves {
        table: Arc<[f32]>,
        to: Region,
    },
    Norm {
        x: Region,
        scale: Part,
        shift: Part,
        out: Region,
        stats: Region,
    },
    Turn {
        turning: Turning,
        of: Region,
    },
    Attention {
        attending: Attending,
        queries: Region,
        keys: Region,
        out: Region,
        pattern: Region,
    },
    /// The last numbers of each row, as many as `out` has.
    Values {
        from: Region,
        out: Region,
    },
    /// `x W`, where all but some numbers of each row of `x` count as 0; `alone` is room for those rows.
    Project {
        x: Region,
        columns: Range<usize>,
        alone: Region,
        weight: Part,
        out: Region,
    },
    Activate {
        activation: Activation,
        of: Region,
        slopes: Option<Region>,
    },
    Drop {
        share: f64,
        place: u64,
        of: Region,
        factors: Region,
    },
    Gather {
        from: Region,
        rows: Arc<[usize]>,
        out: Region,
    },
    /// Rows of tokens that the batch says of each sequence.
    GatherEach {
        from: Region,
        output: usize,
        out: Region,
    },
    Add {
        to: Region,
        other: Region,
    },
    Copy {
        from: Region,
        to: Region,
    },
    /// A constant, by its place among what the batch fixes, takes the place of some numbers of rows that stand at `tokens`.
    Fix {
        place: usize,
        of: Region,
        columns: Range<usize>,
        tokens: Arc<[usize]>,
    },
}

/// A step backwards; `grad` is the gradient of what its counterpart gave, and becomes that of its input where it is
/// worked on in place.
#[derive(Clone, Debug)]
pub enum Back {
    ReadIn {
        weight: Part,
        bias: Part,
        grad: Region,
    },
    /// With the gradient of `x` and whether it is added to what stands there; `fresh` if no step before it in the pass
    /// has a gradient of the same weight.
    Linear {
        x: Region,
        weight: Part,
        bias: Part,
        across: Across,
        grad: Region,
        for_x: Region,
        add: bool,
        fresh: bool,
    },
    Tied {
        x: Region,
        weight: Part,
        bias: Part,
        grad: Region,
        for_x: Region,
        add: bool,
    },
    Positions {
        table: Part,
        grad: Region,
    },
    Norm {
        x: Region,
        stats: Region,
        scale: Part,
        shift: Part,
        grad: Region,
    },
    Turn {
        turning: Turning,
        grad: Region,
    },
    Attention {
        attending: Attending,
        queries: Region,
        keys: Region,
        pattern: Region,
        grad: Region,
        for_queries: Region,
        for_keys: Region,
    },
    Values {
        grad: Region,
        to: Region,
    },
    Times {
        grad: Region,
        factors: Region,
    },
    Scatter {
        grad: Region,
        rows: Arc<[usize]>,
        to: Region,
        fresh: bool,
    },
    ScatterEach {
        grad: Region,
        output: usize,
        to: Region,
        fresh: bool,
    },
    Add {
        to: Region,
        other: Region,
    },
    Copy {
        from: Region,
        to: Region,
    },
    /// Nothing flows into what a constant took the place of.
    Stop {
        grad: Region,
        columns: Range<usize>,
    },
}

/// An output with its gradient.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    pub number: usize,
    pub value: Region,
    /// None unless a backward pass follows.
    pub grad: Option<Region>,
}

/// A pass.
#[derive(Debug)]
pub struct Plan {
    pub forward: Vec<Step>,
    pub backward: Vec<Back>,
    pub outputs: Vec<Output>,
    /// Each wanted value or pattern of each list, with the rows of it that are wanted.
    pub taken: Vec<(Region, Arc<[usize]>)>,
    /// Parameters whose gradients must be zero before the first pass; it writes all others anew.
    pub zeroed: Vec<Range<usize>>,
    /// Numbers of the arena.
    pub size: usize,
    /// Numbers that kernels work in besides.
    pub scratch: usize,
}
