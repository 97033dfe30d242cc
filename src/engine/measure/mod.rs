//! Evaluations: scores of predictions, probes, and measures of the inside, on held-out sequences.
//!
//! `held` are the sequences, `look` lets them pass once for all who look at the same; `scores` reads predictions,
//! `distance` compares them with those of references, `probes` fit and score readers, `attention`, `stream` and `weights` are the measures of the inside.

mod attention;
mod distance;
mod evaluator;
mod held;
mod look;
mod probes;
mod scores;
mod stream;
mod told;
mod weights;

pub use evaluator::Evaluator;
pub(super) use look::{AT_ONCE, few};

use serde::{Deserialize, Serialize};

/// One evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub step: u64,
    /// Mean training loss since the last evaluation; none at step 0.
    pub loss: Option<f64>,
    /// One value a measure, in the order of the observation; none where it is not finite.
    pub values: Vec<Option<f64>>,
    /// A probe's value for each of its targets, or at each of its sites; empty for scores.
    pub parts: Vec<Vec<f64>>,
    /// What stands beside a probe's value; none for others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Option<Beside>>,
    /// At the last evaluation, where it is asked for: the positions that count, and the loss there of the model and of
    /// each reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_position: Option<LossByPosition>,
}

/// What one measure gives at one evaluation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// None where it is not finite.
    pub value: Option<f64>,
    /// A probe's value for each of its targets; of a probe at every site, at each, averaged over targets. Empty for scores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<f64>,
    /// Of a probe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Beside>,
}

impl Value {
    /// The value at one of the sites of a probe that has many, or the one value; none where it is not finite.
    #[must_use]
    pub fn at(&self, site: Option<usize>) -> Option<f64> {
        match site {
            None => self.value,
            Some(site) => self.parts.get(site).copied().filter(|value| value.is_finite()),
        }
    }
}

/// What stands beside the value of a probe, at each of its sites, averaged over targets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// The same score of the same reader fitted on shuffled targets (Hewitt and Liang 2019): what the value exceeds it by
    /// is the probe's selectivity.
    pub control: Vec<f64>,
    /// Cross-entropy of labels in nats, where the reader gives probabilities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cross_entropy: Vec<f64>,
    /// The explained share of the variance of numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub r2: Vec<f64>,
}

/// Losses at every scored position, averaged over sequences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossByPosition {
    pub positions: Vec<usize>,
    pub model: Vec<f64>,
    pub references: Vec<Vec<f64>>,
}

/// What a measure is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    /// P of a score, chance of a probe.
    pub blind: Option<f64>,
    /// F of a score.
    pub ideal: Option<f64>,
    /// Levels between them, of a staircase; none where a reference does not tell this score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stairs: Vec<Option<f64>>,
}

impl Levels {
    fn between(blind: Option<f64>, ideal: Option<f64>) -> Self {
        Self { blind, ideal, stairs: Vec::new() }
    }
}
