//! The losses of several read-outs that are columns of one matrix of outputs.

use super::{Floats, cross_entropy, floats, rows, squared_error, tensor};
use crate::engine::batch::IGNORED;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use std::ops::Range;
use std::sync::Arc;

/// One read-out: which outputs it has, and what is right for each row.
#[derive(Clone, Debug)]
pub struct Head {
    pub columns: Range<usize>,
    pub targets: Wanted,
    /// Stretches of rows that weigh alike: each row that counts weighs one over this number, and all of them 1.
    shares: Vec<(Range<usize>, f64)>,
}

/// What a read-out is to give.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// The class of each row, counted within the columns; [`IGNORED`] where it does not count.
    Labels(Arc<[u32]>),
    /// A number for each row and column; not a number where it does not count.
    Numbers(Arc<[f32]>),
}

impl Head {
    /// The mean over the rows that count of each sequence, then over sequences of so many rows.
    #[must_use]
    pub fn new(columns: Range<usize>, targets: Wanted, rows: usize) -> Self {
        let width = columns.len().max(1);
        let counts: Vec<usize> = match &targets {
            Wanted::Labels(labels) => {
                labels.chunks(rows.max(1)).map(|row| row.iter().filter(|&&label| label != IGNORED).count()).collect()
            }
            Wanted::Numbers(numbers) => (numbers.chunks(rows.max(1) * width))
                .map(|row| row.chunks(width).filter(|row| !row[0].is_nan()).count())
                .collect(),
        };
        let sequences = counts.iter().filter(|&&count| count > 0).count().max(1) as f64;
        let mut shares: Vec<(Range<usize>, f64)> = Vec::new();
        for (sequence, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let (from, parts) = (sequence * rows, sequences * count as f64);
            match shares.last_mut() {
                Some((known, same)) if known.end == from && *same == parts => known.end += rows,
                _ => shares.push((from..from + rows, parts)),
            }
        }
        Self { columns, targets, shares }
    }

    fn rows(&self) -> usize {
        match &self.targets {
            Wanted::Labels(labels) => labels.len(),
            Wanted::Numbers(numbers) => numbers.len() / self.columns.len().max(1),
        }
    }
}

/// The mean loss of one head; adds nothing, so heads that share columns need a buffer each.
///
/// `grad` receives `weight` times the gradient of the mean in the head's columns.
pub(crate) fn loss(outputs: &[f32], width: usize, head: &Head, weight: f64, grad: &mut [f32]) -> f64 {
    let mut total = 0.0;
    for (rows, parts) in &head.shares {
        let (columns, within) = (head.columns.clone(), rows.start * width..rows.end * width);
        let (outputs, grad) = (&outputs[within.clone()], &mut grad[within]);
        total += match &head.targets {
            Wanted::Labels(labels) => {
                let labels = &labels[rows.clone()];
                cross_entropy::sweep(outputs, width, columns, labels, (weight / parts) as f32, grad) / parts
            }
            Wanted::Numbers(numbers) => {
                let each = columns.len();
                let (numbers, parts) = (&numbers[rows.start * each..rows.end * each], parts * each as f64);
                squared_error::sweep(outputs, width, columns, numbers, (weight / parts) as f32, grad) / parts
            }
        };
    }
    total
}

/// The weighted sum of the heads' losses: each loss, and the gradient of the sum.
pub(crate) fn losses(logits: &[f32], width: usize, heads: &[Head], weights: &[f64]) -> (Vec<f64>, Vec<f32>) {
    let mut grad = vec![0.0; logits.len()];
    let mut own: Vec<f32> = Vec::new();
    let mut each = Vec::with_capacity(heads.len());
    for (at, (head, &weight)) in heads.iter().zip(weights).enumerate() {
        let shared = heads[..at]
            .iter()
            .any(|other| other.columns.start < head.columns.end && head.columns.start < other.columns.end);
        if shared {
            own.clear();
            own.resize(logits.len(), 0.0);
            each.push(loss(logits, width, head, weight, &mut own));
            for (grad, own) in grad.iter_mut().zip(&own) {
                *grad += own;
            }
        } else {
            each.push(loss(logits, width, head, weight, &mut grad));
        }
    }
    (each, grad)
}

/// Mean losses as an operation: `[..., outputs]` to one loss for each head.
pub struct MeanLosses {
    pub heads: Vec<Head>,
}

impl MeanLosses {
    fn check(&self, rows: usize, width: usize) -> Result<()> {
        for head in &self.heads {
            let classes = head.columns.len();
            if head.columns.end > width || classes == 0 || head.rows() != rows {
                bail!("{} targets for outputs {:?} of {width} in {rows} rows", head.rows(), head.columns);
            }
            let Wanted::Labels(labels) = &head.targets else { continue };
            if let Some(label) = labels.iter().find(|&&label| label as usize >= classes && label != IGNORED) {
                bail!("class {label} of {classes}");
            }
        }
        Ok(())
    }
}

impl CustomOp1 for MeanLosses {
    fn name(&self) -> &'static str {
        "mean_losses"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (count, width) = rows(layout.shape())?;
        self.check(count, width)?;
        let (each, _) = losses(floats(storage, layout)?, width, &self.heads, &vec![1.0; self.heads.len()]);
        Ok((CpuStorage::F32(each.iter().map(|&loss| loss as f32).collect()), self.heads.len().into()))
    }

    fn bwd(&self, logits: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (_, width) = rows(logits.shape())?;
        let weights: Vec<f64> = grad.to_vec1::<f32>()?.into_iter().map(f64::from).collect();
        let (_, out) = losses(Floats::of(logits).slice()?, width, &self.heads, &weights);
        Ok(Some(tensor(out, logits.shape())?))
    }
}
