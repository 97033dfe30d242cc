//! What is trained once for several cells: the segments that they have in common.

use super::{Cell, Key, Plan};
use std::collections::HashMap;

/// A study's training, cell by cell and as it is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sharing {
    /// Steps and operations, every cell by itself.
    pub apart: (u64, f64),
    /// The same where every segment is trained once, as far as the longest of its cells goes.
    pub together: (u64, f64),
    /// Cells that are another cell under another name.
    pub twins: usize,
}

impl Sharing {
    /// Of all cells of a plan. What a guard or an exit may end early is counted at its longest.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self::among(plan, &plan.cells.iter().collect::<Vec<_>>())
    }

    /// Of some cells of a plan.
    #[must_use]
    pub fn among(plan: &Plan, cells: &[&Cell]) -> Self {
        let mut sharing = Self::default();
        let mut segments: HashMap<&Key, (u64, f64)> = HashMap::new();
        let mut keys: HashMap<&Key, usize> = HashMap::new();
        for cell in cells {
            let cost = plan.cost(cell);
            let each = cost.flops() / cost.steps.max(1) as f64;
            sharing.apart.0 += cost.steps;
            sharing.apart.1 += cost.flops();
            *keys.entry(&cell.key).or_default() += 1;
            for (key, stage) in cell.segments.iter().zip(&cell.training.stages) {
                let steps = stage.until - stage.from;
                let known = segments.entry(key).or_default();
                if steps >= known.0 {
                    *known = (steps, known.1.max(each * steps as f64));
                }
            }
        }
        for (steps, flops) in segments.values() {
            sharing.together.0 += steps;
            sharing.together.1 += flops;
        }
        sharing.twins = keys.values().map(|count| count - 1).sum();
        sharing
    }
}
