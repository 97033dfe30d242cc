//! How well scores predict targets, as sums that grow chunk by chunk.

use crate::engine::error::{Result, ensure};
use std::ops::Range;

/// The place of the largest score, the first of equals.
#[must_use]
pub fn first_largest<N: PartialOrd + Copy>(scores: &[N]) -> usize {
    let mut best = 0;
    for (place, &score) in scores.iter().enumerate() {
        if score > scores[best] {
            best = place;
        }
    }
    best
}

/// The columns of a target among the outputs of some rows.
fn columns(scores: &[f64], outputs: usize, at: &Range<usize>) -> Result<usize> {
    ensure(outputs > 0 && scores.len().is_multiple_of(outputs), || {
        format!("{} scores in rows of {outputs}", scores.len())
    })?;
    ensure(at.start < at.end && at.end <= outputs, || format!("the columns {at:?} of {outputs} outputs"))?;
    Ok(scores.len() / outputs)
}

/// How well scores of classes predict labels.
#[derive(Clone, Debug)]
pub struct LabelScore {
    likelihood: bool,
    rows: u64,
    right: u64,
    loss: f64,
}

impl LabelScore {
    /// No rows yet; `likelihood` says whether the softmax of the scores is what the reader believes, as for logistic
    /// regression. Scores of ridge regression and of centroids are no likelihood, and have no cross-entropy.
    #[must_use]
    pub const fn new(likelihood: bool) -> Self {
        Self { likelihood, rows: 0, right: 0, loss: 0.0 }
    }

    /// Adds rows: `scores` `[n, outputs]`, those of this target in the columns `at`, with `labels` `[n]`.
    ///
    /// # Errors
    /// If sizes do not fit, or a label is beyond its columns.
    pub fn add(&mut self, scores: &[f64], outputs: usize, at: Range<usize>, labels: &[u32]) -> Result<()> {
        super::check_labels(labels, columns(scores, outputs, &at)?, at.len())?;
        self.rows += labels.len() as u64;
        for (row, &label) in scores.chunks_exact(outputs).zip(labels) {
            let (row, label) = (&row[at.clone()], label as usize);
            let best = first_largest(row);
            self.right += u64::from(best == label);
            if self.likelihood {
                let sum: f64 = row.iter().map(|score| libm::exp(score - row[best])).sum();
                self.loss += libm::log(sum) + (row[best] - row[label]);
            }
        }
        Ok(())
    }

    /// The share of rows whose largest score is the right class; the first of equals counts. Not a number without rows.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.right as f64 / self.rows as f64
    }

    /// The mean cross-entropy of the softmax, in nats, where it is a likelihood. Infinite where a class was right that was
    /// never seen.
    #[must_use]
    pub fn cross_entropy(&self) -> Option<f64> {
        self.likelihood.then(|| self.loss / self.rows as f64)
    }
}

/// How well scores predict numbers.
#[derive(Clone, Debug)]
pub struct NumberScore {
    training_means: Vec<f64>,
    rows: u64,
    /// For each number: the first target, what the targets have above it and the squares of that, squared errors.
    shift: Vec<f64>,
    sums: Vec<f64>,
    squares: Vec<f64>,
    errors: Vec<f64>,
    /// Squared errors of the training means.
    blind: Vec<f64>,
}

impl NumberScore {
    /// No rows yet, of as many numbers as there are means of theirs in training.
    #[must_use]
    pub fn new(training_means: Vec<f64>) -> Self {
        let zeros = vec![0.0; training_means.len()];
        Self {
            training_means,
            rows: 0,
            shift: zeros.clone(),
            sums: zeros.clone(),
            squares: zeros.clone(),
            errors: zeros.clone(),
            blind: zeros,
        }
    }

    /// Adds rows: `scores` `[n, outputs]`, those of this target in the columns `at`, with `targets` `[n, at.len()]`.
    ///
    /// # Errors
    /// If sizes do not fit.
    pub fn add(&mut self, scores: &[f64], outputs: usize, at: Range<usize>, targets: &[f64]) -> Result<()> {
        let count = columns(scores, outputs, &at)?;
        ensure(at.len() == self.shift.len() && targets.len() == count * at.len(), || {
            format!("{} targets of {} numbers in the columns {at:?} of {count} rows", targets.len(), self.shift.len())
        })?;
        if self.rows == 0 && count > 0 {
            self.shift.copy_from_slice(&targets[..at.len()]);
        }
        self.rows += count as u64;
        for (row, targets) in scores.chunks_exact(outputs).zip(targets.chunks_exact(at.len())) {
            for (place, (score, target)) in row[at.clone()].iter().zip(targets).enumerate() {
                let above = target - self.shift[place];
                self.sums[place] += above;
                self.squares[place] += above * above;
                let (error, blind) = (score - target, self.training_means[place] - target);
                self.errors[place] += error * error;
                self.blind[place] += blind * blind;
            }
        }
        Ok(())
    }

    fn mean(&self, sums: &[f64]) -> f64 {
        sums.iter().sum::<f64>() / (self.rows as f64 * sums.len() as f64)
    }

    /// The mean squared error over rows and numbers. Not a number without rows.
    #[must_use]
    pub fn squared_error(&self) -> f64 {
        self.mean(&self.errors)
    }

    /// The squared error of predicting the training mean of every number: chance of a regression.
    #[must_use]
    pub fn chance(&self) -> f64 {
        self.mean(&self.blind)
    }

    /// The coefficient of determination, `1 - squared errors / squares about the mean of the scored rows`, averaged over
    /// numbers as scikit-learn's `r2_score` does: a number that never varies counts 1 where it is met, else 0.
    #[must_use]
    pub fn r2(&self) -> f64 {
        let each = self.squares.iter().zip(&self.sums).zip(&self.errors).map(|((squares, sum), error)| {
            let about = squares - sum * (sum / self.rows as f64);
            match (about > 0.0, *error == 0.0) {
                (true, _) => 1.0 - error / about,
                (false, met) => f64::from(u8::from(met)),
            }
        });
        each.sum::<f64>() / self.errors.len() as f64
    }
}
