//! Cross-entropy of several read-outs that are columns of one matrix of logits.

use super::math::exp;
use super::simd::simd;
use super::{Floats, floats, rows, tensor};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use std::ops::Range;
use std::sync::Arc;

/// One read-out: which logits it has, and the right class for each row, counted within those logits.
#[derive(Clone, Debug)]
pub struct Head {
    pub columns: Range<usize>,
    pub targets: Arc<[u32]>,
}

#[inline(always)]
fn body<const FUSED: bool>(
    logits: &[f32],
    width: usize,
    columns: Range<usize>,
    targets: &[u32],
    factor: f32,
    grad: &mut [f32],
) -> f64 {
    let mut loss = 0.0;
    let rows = logits.chunks_exact(width).zip(grad.chunks_exact_mut(width)).zip(targets);
    for ((row, grad), &target) in rows {
        let (row, grad) = (&row[columns.clone()], &mut grad[columns.clone()]);
        let largest = row.iter().fold(f32::MIN, |largest, &logit| if logit > largest { logit } else { largest });
        let target = target as usize;
        let mut chances = [0.0_f32; 16];
        let mut sum = 0.0;
        // The exponentials are computed in whole chunks, so that they vectorise, and added up in order.
        for (part, row) in row.chunks(16).enumerate() {
            chances[..row.len()].copy_from_slice(row);
            for chance in &mut chances {
                *chance = exp::<FUSED>(*chance - largest);
            }
            for (at, &chance) in chances[..row.len()].iter().enumerate() {
                sum += chance;
                let error = if part * 16 + at == target { 0.0 } else { chance };
                grad[part * 16 + at] = error;
            }
        }
        loss += f64::from(sum).ln() + f64::from(largest) - f64::from(row[target]);
        let share = factor / sum;
        let others: f32 = grad.iter().sum();
        for out in grad.iter_mut() {
            *out *= share;
        }
        // p - 1 as minus the sum of the others' probabilities, which loses nothing when p is nearly 1.
        grad[target] = -others * share;
    }
    loss
}

simd! {
    /// The summed loss of rows of `width` logits, of which `columns` take part; writes `factor (p - target)` into the
    /// same columns of `grad`.
    fn sweep(
        logits: &[f32], width: usize, columns: Range<usize>, targets: &[u32], factor: f32, grad: &mut [f32],
    ) -> f64 = body;
}

/// Mean cross-entropy of one head over all rows; adds nothing, so heads that share columns need a buffer each.
///
/// `grad` receives `weight / rows` times `softmax - target` in the head's columns.
pub(crate) fn loss(logits: &[f32], width: usize, head: &Head, weight: f64, grad: &mut [f32]) -> f64 {
    let count = head.targets.len() as f64;
    sweep(logits, width, head.columns.clone(), &head.targets, (weight / count) as f32, grad) / count
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

/// Mean cross-entropies as an operation: logits `[..., outputs]` to one loss for each head.
pub struct CrossEntropy {
    pub heads: Vec<Head>,
}

impl CrossEntropy {
    fn check(&self, rows: usize, width: usize) -> Result<()> {
        for head in &self.heads {
            let classes = head.columns.len();
            if head.columns.end > width || classes == 0 || head.targets.len() != rows {
                bail!("{} targets for logits {:?} of {width} in {rows} rows", head.targets.len(), head.columns);
            }
            if let Some(target) = head.targets.iter().find(|&&target| target as usize >= classes) {
                bail!("class {target} of {classes}");
            }
        }
        Ok(())
    }
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
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
