//! Scores of predictions, from what the read-out gives at the positions that are looked at.

use super::held::{Held, Subset};
use crate::engine::readers::score::first_largest;
use crate::engine::references::ByPosition as Levels;
use crate::engine::texts::Text;
use crate::program::task::Task;
use crate::program::training::{Position, Score};
use std::ops::Range;

/// What a model gives where it is looked at.
pub enum Seen {
    /// The read-out, `[sequences, positions, outputs]`.
    Outputs(Vec<f32>),
    /// Of texts whose words are cut: what the right word costs, the sum of `-ln p` over its tokens, and whether each of them is
    /// the likeliest, `[sequences, positions]`.
    Words(Vec<(f64, bool)>),
}

impl Seen {
    /// Whether every number of it is finite.
    fn finite(&self) -> bool {
        match self {
            Self::Outputs(outputs) => outputs.iter().all(|output| output.is_finite()),
            Self::Words(words) => words.iter().all(|(loss, _)| loss.is_finite()),
        }
    }
}

/// Predictions of one task on its held sequences.
pub struct Predictions<'a> {
    pub task: &'a Task,
    pub held: &'a Held,
    pub seen: &'a Seen,
    /// Outputs of the model, those of the task first.
    pub width: usize,
}

impl Predictions<'_> {
    /// The score at each position that is looked at, averaged over some sequences; progress is that of this loss.
    #[must_use]
    pub fn by_position(&self, score: Score, sequences: &[usize]) -> Vec<f64> {
        let (task, positions) = (self.task, &self.held.positions);
        let target = self.held.sample.of(task.target);
        let mut sums = vec![0.0; positions.len()];
        for &sequence in sequences {
            match self.seen {
                Seen::Outputs(outputs) => {
                    let each = positions.len() * self.width;
                    let rows = outputs[sequence * each..(sequence + 1) * each].chunks(self.width);
                    for ((row, &position), sum) in rows.zip(positions).zip(&mut sums) {
                        *sum += one(score, task, &row[..task.classes], target.at(sequence, position));
                    }
                }
                Seen::Words(words) => {
                    let words = &words[sequence * positions.len()..][..positions.len()];
                    for (&(loss, right), sum) in words.iter().zip(&mut sums) {
                        *sum += if score == Score::Accuracy { f64::from(u8::from(right)) } else { loss };
                    }
                }
            }
        }
        sums.into_iter().map(|sum| sum / sequences.len() as f64).collect()
    }

    /// The score of some sequences at a place; not a number where there is none, or an output is not finite.
    #[must_use]
    pub fn score(&self, score: Score, at: Position, subset: &Subset) -> f64 {
        if !self.seen.finite() {
            return f64::NAN;
        }
        let looked_at = looked_at(self.task, at);
        let by = self.by_position(score, &subset.chosen);
        let each = self.held.positions.iter().zip(by).filter(|(position, _)| looked_at.contains(position));
        let (sum, count) = each.fold((0.0, 0u64), |(sum, count), (_, value)| (sum + value, count + 1));
        let value = sum / count as f64;
        if score != Score::Progress {
            return value;
        }
        let level = |reference: &Option<Levels>| level(self.task, reference.as_ref(), score, at);
        let Some(known) = &subset.levels else { return f64::NAN };
        match (level(&known.blind), level(&known.ideal)) {
            (Some(blind), Some(ideal)) => (blind - value) / (blind - ideal),
            _ => f64::NAN,
        }
    }
}

/// What the words of some texts cost, and whether they are the likeliest, given what the read-out gives in every slot of
/// every position, `[sequences, positions, slots, outputs]`.
pub fn words(
    (text, task): (&Text, &Task),
    (sequences, positions): (Range<usize>, &[usize]),
    outputs: &[f32],
    width: usize,
) -> Vec<(f64, bool)> {
    let mut rows = outputs.chunks_exact(width);
    let mut seen = Vec::with_capacity(sequences.len() * positions.len());
    for sequence in sequences {
        for &position in positions {
            let mut word = (0.0, true);
            for (predicted, row) in text.predicted(sequence, position).zip(&mut rows) {
                let Some((_, label)) = predicted else { continue };
                let row = &row[..task.classes];
                word.0 += cross_entropy(row, label as usize);
                word.1 &= first_largest(row) == label as usize;
            }
            seen.push(word);
        }
    }
    seen
}

/// The score of one prediction; progress is that of its loss.
#[must_use]
pub fn one(score: Score, task: &Task, outputs: &[f32], truth: &[f64]) -> f64 {
    match score {
        Score::Accuracy => f64::from(u8::from(first_largest(outputs) == truth[0] as usize)),
        _ if task.real => {
            let errors = outputs.iter().zip(truth).map(|(output, truth)| (f64::from(*output) - truth).powi(2));
            errors.sum::<f64>() / truth.len() as f64
        }
        _ => cross_entropy(outputs, truth[0] as usize),
    }
}

/// What a reference scores where a measure looks.
#[must_use]
pub fn level(task: &Task, reference: Option<&Levels>, score: Score, at: Position) -> Option<f64> {
    let reference = reference?;
    let values = if score == Score::Accuracy { &reference.accuracy } else { &reference.loss };
    let positions = looked_at(task, at);
    let sum: f64 = positions.iter().map(|&position| values.get(position)).sum::<Option<f64>>()?;
    Some(sum / positions.len() as f64)
}

/// The positions that a measure looks at.
#[must_use]
pub fn looked_at(task: &Task, at: Position) -> Vec<usize> {
    let scored = task.scored();
    match at {
        Position::All => scored,
        Position::Last => scored.last().copied().into_iter().collect(),
        Position::Index(place) => vec![place],
    }
}

/// Cross-entropy of a softmax, in nats, in f64.
pub fn cross_entropy(logits: &[f32], label: usize) -> f64 {
    let most = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits.iter().map(|&logit| libm::exp(f64::from(logit) - most)).sum();
    most + libm::log(sum) - f64::from(logits[label])
}
