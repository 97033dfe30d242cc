//! Cross-entropy of a softmax over some columns of a matrix of logits.

use super::math::exp;
use super::simd::simd;
use crate::engine::batch::IGNORED;
use std::ops::Range;

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
        if target == IGNORED {
            continue;
        }
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
    pub(crate) fn sweep(
        logits: &[f32], width: usize, columns: Range<usize>, targets: &[u32], factor: f32, grad: &mut [f32],
    ) -> f64 = body;
}
