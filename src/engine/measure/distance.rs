//! How far the predictions of a model lie from those of a reference.

use super::held::Held;
use super::scores::Seen;
use crate::engine::corpus::Corpus;
use crate::engine::error::Result;
use crate::engine::levels;
use crate::engine::predictors::squared_error;
use crate::program::task::{Reference, Task};

/// What a reference predicts of sequences: it does not change as the model learns, so that it is computed once.
pub struct Foretold {
    pub reference: Reference,
    /// At every scored position, `[sequences, positions, outputs]`: shares that add up to 1, or the numbers of a real target.
    values: Vec<f64>,
}

impl Foretold {
    /// Computes what a reference predicts.
    ///
    /// # Errors
    /// A reference that this version does not compute.
    pub fn of(reference: &Reference, corpus: &Corpus<'_>, held: &Held) -> Result<Self> {
        let task = &corpus.training.tasks[held.task];
        let scored = task.scored();
        let mut values = vec![0.0; held.sample.sequences * scored.len() * task.outcomes()];
        levels::predictions(
            reference,
            corpus.sampler(held.task),
            &held.sample,
            &mut |sequence, position, predicted| {
                let Ok(place) = scored.binary_search(&position) else { return };
                let total = if task.real { 1.0 } else { predicted.iter().sum::<f64>() };
                let row = (sequence * scored.len() + place) * task.outcomes();
                for (value, predicted) in values[row..row + task.outcomes()].iter_mut().zip(predicted) {
                    *value = predicted / total;
                }
            },
        )?;
        Ok(Self { reference: reference.clone(), values })
    }

    /// The mean distance over sequences and scored positions of what a model gives, `[sequences, positions, width]` at the
    /// positions that are looked at: the Kullback-Leibler divergence of the model's law from the reference's, the sum of
    /// p ln(p / q) in nats (Edelman et al. 2024), or the mean squared difference of numbers (Akyürek et al. 2023). Not a number
    /// where an output is not finite.
    #[must_use]
    pub fn distance(&self, task: &Task, held: &Held, seen: &Seen, width: usize) -> f64 {
        // References foretell words, of which no tokens are told.
        let Seen::Outputs(outputs) = seen else { return f64::NAN };
        let scored = task.scored();
        let counted: Vec<usize> =
            (0..held.positions.len()).filter(|&place| scored.binary_search(&held.positions[place]).is_ok()).collect();
        let rows = outputs.chunks_exact(held.positions.len() * width);
        let rows = rows.flat_map(|rows| counted.iter().map(move |place| &rows[place * width..][..task.outcomes()]));
        let foretold = self.values.chunks_exact(task.outcomes());
        let count = foretold.len() as f64;
        let one = |(outputs, foretold): (&[f32], &[f64])| {
            if task.real { squared(outputs, foretold) } else { divergence(foretold, outputs) }
        };
        rows.zip(foretold).map(one).sum::<f64>() / count
    }
}

/// The divergence of a softmax from a law.
fn divergence(law: &[f64], logits: &[f32]) -> f64 {
    let most = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let total = most + libm::log(logits.iter().map(|&logit| libm::exp(f64::from(logit) - most)).sum::<f64>());
    // What the reference excludes costs nothing, however likely the model holds it.
    let counts = law.iter().zip(logits).filter(|(share, logit)| **share > 0.0 || !logit.is_finite());
    counts.map(|(share, &logit)| share * (libm::log(*share) - f64::from(logit) + total)).sum()
}

/// The mean squared difference of numbers.
fn squared(outputs: &[f32], foretold: &[f64]) -> f64 {
    let outputs: Vec<f64> = outputs.iter().map(|&output| f64::from(output)).collect();
    squared_error(&outputs, foretold, foretold.len())[0]
}
