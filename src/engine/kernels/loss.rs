//! The losses of several read-outs that are columns of one matrix of outputs.

use super::{cross_entropy, squared_error};
use crate::engine::batch::{IGNORED, Targets};
use std::ops::Range;

/// One read-out: which outputs it has, and what is right for each row.
///
/// The loss is the mean over the rows that count of each sequence, then over the sequences that have some.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    columns: Range<usize>,
    targets: &'a Targets,
    /// Rows of a sequence.
    rows: usize,
    /// What each row that counts is divided by; zero for a sequence without.
    parts: Vec<f64>,
}

impl<'a> Head<'a> {
    /// The read-out with these columns, `rows` rows a sequence.
    #[must_use]
    pub fn new(columns: Range<usize>, targets: &'a Targets, rows: usize) -> Self {
        let width = columns.len().max(1);
        let counts: Vec<usize> = match targets {
            Targets::Labels(labels) => {
                labels.chunks(rows.max(1)).map(|row| row.iter().filter(|&&label| label != IGNORED).count()).collect()
            }
            Targets::Numbers { values, .. } => (values.chunks(rows.max(1) * width))
                .map(|row| row.chunks(width).filter(|row| !row[0].is_nan()).count())
                .collect(),
        };
        let sequences = counts.iter().filter(|&&count| count > 0).count().max(1) as f64;
        Self { columns, targets, rows, parts: counts.iter().map(|&count| sequences * count as f64).collect() }
    }

    /// What one sequence adds to the mean, given its rows of outputs, `apart` from one to the next. `grad` receives
    /// `weight` times the gradient in the read-out's columns.
    pub fn loss(&self, outputs: &[f32], apart: usize, sequence: usize, weight: f64, grad: &mut [f32]) -> f64 {
        let (parts, columns) = (self.parts[sequence], self.columns.clone());
        if parts == 0.0 {
            return 0.0;
        }
        match self.targets {
            Targets::Labels(labels) => {
                let labels = &labels[sequence * self.rows..][..self.rows];
                cross_entropy::sweep(outputs, apart, columns, labels, (weight / parts) as f32, grad) / parts
            }
            Targets::Numbers { values, .. } => {
                let each = columns.len();
                let values = &values[sequence * self.rows * each..][..self.rows * each];
                let parts = parts * each as f64;
                squared_error::sweep(outputs, apart, columns, values, (weight / parts) as f32, grad) / parts
            }
        }
    }
}
