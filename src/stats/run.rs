//! One run as survival analysis sees it: until when it was followed, and whether it left its plateau then.

use serde::{Deserialize, Serialize};

use super::{Exit, Plateau};

/// One run's exit or censoring. Times are in the unit of the curve's steps, from the step that counts as 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The seed, by which runs of two arms are paired.
    pub seed: u64,
    /// The time of the exit, or of the censoring.
    pub time: f64,
    /// Whether it left its plateau at `time`.
    pub escaped: bool,
    /// The evaluations around the exit, if it was read off two.
    pub bracket: Option<(f64, f64)>,
}

impl Run {
    /// A run that left its plateau at a time known as it is.
    #[must_use]
    pub fn escaped(seed: u64, time: f64) -> Self {
        Self { seed, time, escaped: true, bracket: None }
    }

    /// A run that had not left its plateau by `time`.
    #[must_use]
    pub fn censored(seed: u64, time: f64) -> Self {
        Self { seed, time, escaped: false, bracket: None }
    }

    /// The run of a plateau planned to last until `horizon`. Out at the start is an exit at 0. A run that diverged counts as on
    /// its plateau until `horizon`, wherever it diverged: to censor it at its divergence would take a failed run out of the
    /// risk set, and so favour the arm that fails.
    #[must_use]
    pub fn new(seed: u64, plateau: &Plateau, horizon: f64) -> Self {
        match plateau.exit {
            Exit::At { time, bracket } => Self { seed, time, escaped: true, bracket: Some(bracket) },
            Exit::AtStart => Self::escaped(seed, 0.0),
            Exit::Censored { last } => Self::censored(seed, last),
            Exit::Diverged { at } => Self::censored(seed, horizon.max(at)),
        }
    }

    /// The time that rank tests use: the upper end of the bracket, so that exits read off the same two evaluations are tied,
    /// and an exit is ordered before a censoring at that same evaluation.
    #[must_use]
    pub fn rank_time(&self) -> f64 {
        match self.bracket {
            Some((_, upper)) if self.escaped => upper,
            _ => self.time,
        }
    }
}
