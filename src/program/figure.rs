//! The figures that a report asks for.

/// A plot of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// `M by arm`, `[M, N] by knob`, `M by arm for each knob`: curves over training.
    Curves { shown: Vec<Shown>, by: Axis, each: Option<Axis> },
    /// `M by layer`: what a probe of every layer gives at every evaluation.
    Layers { measure: usize },
    /// `M at 50 epochs against knob`, `plateau against knob`: a value of each run at the knob's.
    Against { quantities: Vec<Quantity>, knob: String, each: Option<Axis> },
    /// `plateau against M at 50 epochs`: a point for each run.
    Scatter { y: Quantity, x: Quantity },
    /// `error by position for [model, ...]`, whose references are those of [`super::training::ByPosition`].
    ByPosition,
    /// `distance to [ngram(1, 1), ...]`: over training, measures that stand behind those of the `measure` block.
    Distances { shown: Vec<Shown> },
    /// `survival by arm`: the share of runs still on the plateau.
    Survival { by: Axis, each: Option<Axis> },
}

/// A measure by its place in the `measure` block, or one site of a probe that reads after every layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    pub measure: usize,
    /// Layers behind it: 0 is the embedding.
    pub site: Option<usize>,
}

/// What tells curves or panels apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Axis {
    Arm,
    /// A swept name.
    Knob(String),
}

/// One number of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// The time at which it left its plateau.
    Exit,
    /// A measure at a time; none is the last evaluation.
    Value { shown: Shown, at: Option<Moment> },
}

/// A time of a run, in the unit it was written in: an epoch may be longer at one point of a sweep than at another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    pub amount: f64,
    pub epochs: bool,
}

impl Moment {
    /// The step, where the time is one: epochs need a length.
    #[must_use]
    pub fn step(self, epoch: Option<u64>) -> Option<u64> {
        let unit = if self.epochs { epoch? } else { 1 };
        Some((self.amount * unit as f64).round() as u64)
    }
}

impl Figure {
    /// The times at which it looks at runs; `Some(None)` is the last evaluation.
    pub fn moments(&self) -> impl Iterator<Item = Option<Moment>> {
        let quantities = match self {
            Self::Against { quantities, .. } => quantities.clone(),
            Self::Scatter { x, y } => vec![*x, *y],
            _ => Vec::new(),
        };
        quantities.into_iter().filter_map(|quantity| match quantity {
            Quantity::Exit => None,
            Quantity::Value { at, .. } => Some(at),
        })
    }

    /// Whether a run must go on to its end, or to a time beyond its exit, for it.
    #[must_use]
    pub fn needs_the_rest(&self) -> bool {
        matches!(self, Self::ByPosition) || self.moments().next().is_some()
    }
}
