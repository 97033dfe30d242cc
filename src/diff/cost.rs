//! What a plan costs, counted from the program: segments that cells share once.

use super::known::Lack;
use crate::plan::{Cell, Cost, Plan, Sharing};
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
        if lack.finer {
            let plain = Cost::of(&cell.training, &cell.observation, plan.experiment.keep);
            costs.disk += cost.disk - plain.disk;
            if let Some((key, flops)) = finer(cell, &plain, &cost) {
                let known = segments.entry(key).or_default();
                *known = known.max(flops);
            }
            continue;
        }
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

/// What it costs at most to place the exit of a run that is there: nobody knows in which stage it lies, and of the checkpoints
/// on the way no moments were kept, so that a stage is trained again from its entry, as far as its end; the longest is
/// counted. Costs without the finer evaluations, and with them.
fn finer<'c>(cell: &'c Cell, plain: &Cost, refined: &Cost) -> Option<(&'c str, f64)> {
    let stages = cell.segments.iter().zip(&cell.training.stages);
    let (key, stage) = stages.max_by_key(|(_, stage)| stage.until - stage.from)?;
    let again = plain.training_flops * (stage.until - stage.from) as f64 / plain.steps.max(1) as f64;
    Some((key.as_str(), again + refined.evaluation_flops - plain.evaluation_flops))
}
