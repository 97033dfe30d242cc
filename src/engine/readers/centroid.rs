//! The nearest class mean.

use super::linear::Linear;
use super::panels::add_by_class;
use super::{check_labels, rows};
use crate::engine::error::{Error, Result, ensure};
use std::ops::Range;

/// Sums of the features of every class, of one target or of several side by side.
#[derive(Clone, Debug)]
pub struct Centroids {
    width: usize,
    /// `[outputs, width]`.
    sums: Vec<f64>,
    counts: Vec<u64>,
    nothing: Vec<f64>,
}

impl Centroids {
    /// No rows yet, of `width` features and `outputs` classes of all targets together.
    #[must_use]
    pub fn new(width: usize, outputs: usize) -> Self {
        Self { width, sums: vec![0.0; outputs * width], counts: vec![0; outputs], nothing: vec![0.0; width] }
    }

    /// Adds rows: `features` `[n, width]` with `labels` `[n]` of the classes `at` among all.
    ///
    /// # Errors
    /// If sizes do not fit, or a label is beyond its classes.
    pub fn add_labels(&mut self, features: &[f32], labels: &[u32], at: Range<usize>) -> Result<()> {
        let count = rows(features, self.width)?;
        ensure(at.start <= at.end && at.end <= self.counts.len(), || {
            format!("labels in the columns {at:?} of {} classes", self.counts.len())
        })?;
        check_labels(labels, count, at.len())?;
        labels.iter().for_each(|&label| self.counts[at.start + label as usize] += 1);
        let sums = &mut self.sums[at.start * self.width..at.end * self.width];
        add_by_class(features, &self.nothing, labels, sums, self.width);
        Ok(())
    }

    /// The nearest class mean by Euclidean distance, as scikit-learn's `NearestCentroid`: scores `2 m x - |m|^2`, which
    /// are `|x|^2` less the squared distance, so that the largest, and of equals the first, is chosen. Classes that were
    /// never seen score minus infinity.
    ///
    /// # Errors
    /// If features are not finite.
    pub fn solve(&self) -> Result<Linear> {
        let outputs = self.counts.len();
        let mut linear = Linear { weight: vec![0.0; self.width * outputs], bias: vec![f64::NEG_INFINITY; outputs] };
        let classes = self.sums.chunks_exact(self.width).zip(&self.counts).enumerate();
        for (class, (sums, &count)) in classes.filter(|(_, (_, count))| **count > 0) {
            let mut square = 0.0;
            for (at, sum) in sums.iter().enumerate() {
                let mean = sum / count as f64;
                square += mean * mean;
                linear.weight[at * outputs + class] = 2.0 * mean;
            }
            if !square.is_finite() {
                return Err(Error::NotFinite { what: format!("the mean of class {class}") });
            }
            linear.bias[class] = -square;
        }
        Ok(linear)
    }
}
