//! What a plan costs, counted from the program: segments that cells share once.

use super::known::Lack;
use crate::plan::{Plan, Sharing};
use serde::Serialize;
use std::collections::HashMap;

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
    let disk = plan.cells.iter().map(|cell| plan.cost(cell).disk).sum();
    Costs { cells: plan.cells.len(), flops: Sharing::of(plan).together.1, disk, seconds: None }
}

/// The cost of what the cells of a plan lack, by place. What several cells lack of a segment is counted once.
pub(super) fn lacking(plan: &Plan, lacks: &[Lack]) -> Costs {
    let mut costs = Costs::default();
    let mut segments: HashMap<&str, f64> = HashMap::new();
    for (cell, lack) in plan.cells.iter().zip(lacks).filter(|(_, lack)| !lack.nothing()) {
        let cost = plan.cost(cell);
        costs.cells += 1;
        costs.disk += cost.disk;
        let steps = cost.steps.max(1) as f64;
        for (key, (trained, evaluated)) in cell.segments.iter().zip(&lack.segments) {
            let flops = cost.flops() * *trained as f64 + cost.evaluation_flops * *evaluated as f64;
            let known = segments.entry(key.as_str()).or_default();
            *known = known.max(flops / steps);
        }
        if cell.segments.is_empty() {
            costs.flops += cost.flops();
        }
    }
    costs.flops += segments.values().sum::<f64>();
    costs
}
