//! What a plan costs, counted from the program.

use crate::plan::{Cell, Plan};
use serde::Serialize;

/// The cost of cells together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Costs {
    pub cells: usize,
    /// Operations of training and evaluations.
    pub flops: f64,
    /// Bytes on disk.
    pub disk: u64,
    /// Seconds on this machine, where its speed has been measured.
    pub seconds: Option<f64>,
}

impl Costs {
    /// Both together; a time is known where both are, and that of nothing is.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let seconds = match (self.cells, other.cells) {
            (_, 0) => self.seconds,
            (0, _) => other.seconds,
            _ => self.seconds.zip(other.seconds).map(|(a, b)| a + b),
        };
        Self { cells: self.cells + other.cells, flops: self.flops + other.flops, disk: self.disk + other.disk, seconds }
    }
}

/// The cost of every cell of a plan.
#[must_use]
pub fn costs(plan: &Plan) -> Costs {
    of(plan, plan.cells.iter())
}

/// The cost of some cells of a plan.
#[must_use]
pub fn of<'c>(plan: &Plan, cells: impl Iterator<Item = &'c Cell>) -> Costs {
    cells.map(|cell| plan.cost(cell)).fold(Costs::default(), |sum, cost| Costs {
        cells: sum.cells + 1,
        flops: sum.flops + cost.flops(),
        disk: sum.disk + cost.disk,
        seconds: None,
    })
}
