//! What a study may cost, and the finding where it costs more.

use super::{Cost, Plan};
use crate::diagnostic::{Diagnostic, Span};

/// Bounds on a whole study.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budget {
    /// Operations.
    pub flops: Option<f64>,
    /// Bytes.
    pub disk: Option<f64>,
    /// Seconds.
    pub seconds: Option<f64>,
}

/// How sizes are worded.
pub struct Wording {
    pub flops: fn(f64) -> String,
    pub bytes: fn(f64) -> String,
    pub seconds: fn(f64) -> String,
}

impl Budget {
    /// A finding for each bound that the cells of a plan exceed together, at the place of the experiment; `seconds` are
    /// what they take together, where that is known.
    #[must_use]
    pub fn exceeded(&self, plan: &Plan, seconds: Option<f64>, at: Span, say: &Wording) -> Vec<Diagnostic> {
        let costs = || plan.cells.iter().map(|cell| plan.cost(cell));
        let flops: f64 = costs().map(|cost: Cost| cost.flops()).sum();
        let disk: f64 = costs().map(|cost: Cost| cost.disk as f64).sum();
        let name = &plan.experiment.name;
        let over = |cost: f64, most: Option<f64>, say: fn(f64) -> String, flag: &str, cure: &str| {
            let most = most.filter(|most| cost > *most)?;
            let (does, cost, most) = (if flag == "--max-time" { "takes about" } else { "costs" }, say(cost), say(most));
            let title = format!("`{name}` {does} {cost}, over the {most} allowed");
            let label = format!("{} cells", plan.cells.len());
            let help = format!("{cure}, or raise {flag}");
            Some(Diagnostic::error("E0401", title, at, label).help(help))
        };
        let fewer = "take fewer seeds, points of a sweep or steps";
        [
            over(flops, self.flops, say.flops, "--max-flops", fewer),
            over(disk, self.disk, say.bytes, "--max-disk", "keep fewer checkpoints: `keep: last 1`"),
            over(seconds.unwrap_or(0.0), self.seconds, say.seconds, "--max-time", fewer),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
