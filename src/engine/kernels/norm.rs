//! Layer norm with scale and shift (Ba et al. 2016).

use super::simd::{fma, simd, sum};

/// Added to the variance, as in GPT-2.
pub const EPSILON: f32 = 1e-5;

/// Mean, and one over the standard deviation, of a row.
#[inline(always)]
fn moments<const FUSED: bool>(row: &[f32]) -> (f32, f32) {
    let count = row.len() as f32;
    let mean = sum(row.len(), |i| row[i]) / count;
    let variance = sum(row.len(), |i| (row[i] - mean) * (row[i] - mean)) / count;
    (mean, 1.0 / (variance + EPSILON).sqrt())
}

#[inline(always)]
fn forward_body<const FUSED: bool>(
    x: &[f32],
    apart: usize,
    width: usize,
    scale: &[f32],
    shift: &[f32],
    out: &mut [f32],
    stats: &mut [f32],
) {
    let (scale, shift) = (&scale[..width], &shift[..width]);
    let rows = x.chunks_exact(apart).zip(out.chunks_exact_mut(apart)).zip(stats.chunks_exact_mut(2));
    for ((row, out), stats) in rows {
        let (row, out) = (&row[..width], &mut out[..width]);
        let (mean, inverse) = moments::<FUSED>(row);
        stats.copy_from_slice(&[mean, inverse]);
        for i in 0..width {
            out[i] = fma::<FUSED>((row[i] - mean) * inverse, scale[i], shift[i]);
        }
    }
}

simd! {
    /// `scale (x - mean) / sqrt(variance + 1e-5) + shift` for each row of `width` numbers, `apart` from one to the next;
    /// `stats` receives mean and one over the root for each.
    pub fn forward(
        x: &[f32], apart: usize, width: usize, scale: &[f32], shift: &[f32], out: &mut [f32], stats: &mut [f32],
    ) = forward_body;
}

#[allow(clippy::too_many_arguments, clippy::needless_range_loop)]
#[inline(always)]
fn backward_body<const FUSED: bool>(
    x: &[f32],
    stats: &[f32],
    apart: usize,
    width: usize,
    scale: &[f32],
    grad: &mut [f32],
    for_scale: &mut [f32],
    for_shift: &mut [f32],
) {
    let (scale, for_scale, for_shift) = (&scale[..width], &mut for_scale[..width], &mut for_shift[..width]);
    let rows = x.chunks_exact(apart).zip(grad.chunks_exact_mut(apart)).zip(stats.chunks_exact(2));
    for ((row, grad), stats) in rows {
        let (row, grad, mean, inverse) = (&row[..width], &mut grad[..width], stats[0], stats[1]);
        let normed = |i: usize| (row[i] - mean) * inverse;
        for i in 0..width {
            for_scale[i] = fma::<FUSED>(grad[i], normed(i), for_scale[i]);
            for_shift[i] += grad[i];
            grad[i] *= scale[i];
        }
        let mean_grad = sum(width, |i| grad[i]) / width as f32;
        let mean_product = sum(width, |i| grad[i] * normed(i)) / width as f32;
        for i in 0..width {
            grad[i] = inverse * fma::<FUSED>(-normed(i), mean_product, grad[i] - mean_grad);
        }
    }
}

simd! {
    /// Turns the gradient of the result into that of `x`, and adds those of scale and shift to what is there.
    pub fn backward(
        x: &[f32], stats: &[f32], apart: usize, width: usize, scale: &[f32], grad: &mut [f32],
        for_scale: &mut [f32], for_shift: &mut [f32],
    ) = backward_body;
}
