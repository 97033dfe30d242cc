//! Layer norm with scale and shift (Ba et al. 2016).

use super::simd::{fma, simd, sum};
use super::{Floats, floats, rows, tensor};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

/// Added to the variance, as in GPT-2.
pub const EPSILON: f32 = 1e-5;

/// How many rows' gradients are summed before they join the total, which keeps rounding errors small.
const BLOCK: usize = 64;

/// Mean, and one over the standard deviation, of a row.
#[inline(always)]
fn moments<const FUSED: bool>(row: &[f32]) -> (f32, f32) {
    let count = row.len() as f32;
    let mean = sum(row.len(), |i| row[i]) / count;
    let variance = sum(row.len(), |i| (row[i] - mean) * (row[i] - mean)) / count;
    (mean, 1.0 / (variance + EPSILON).sqrt())
}

#[inline(always)]
fn forward_body<const FUSED: bool>(x: &[f32], scale: &[f32], shift: &[f32], out: &mut [f32]) {
    let width = scale.len();
    for (row, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
        let (mean, inverse) = moments::<FUSED>(row);
        for i in 0..width {
            out[i] = fma::<FUSED>((row[i] - mean) * inverse, scale[i], shift[i]);
        }
    }
}

simd! {
    /// `scale (x - mean) / sqrt(variance + 1e-5) + shift` for each row of `scale.len()` numbers.
    pub(crate) fn forward(x: &[f32], scale: &[f32], shift: &[f32], out: &mut [f32]) = forward_body;
}

/// The gradients of layer norm's three arguments.
pub(crate) struct Gradients {
    pub x: Vec<f32>,
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
}

#[inline(always)]
fn backward_body<const FUSED: bool>(x: &[f32], scale: &[f32], grad: &[f32]) -> Gradients {
    let width = scale.len();
    let mut result = Gradients { x: vec![0.0; x.len()], scale: vec![0.0; width], shift: vec![0.0; width] };
    let mut block = vec![0.0_f32; 2 * width];
    let mut normed = vec![0.0_f32; width];
    let rows = x.chunks_exact(width).zip(grad.chunks_exact(width)).zip(result.x.chunks_exact_mut(width));
    let count = x.len() / width;
    for (at, ((row, grad), out)) in rows.enumerate() {
        let normed = &mut normed[..width];
        let (block_scale, block_shift) = block.split_at_mut(width);
        let (block_scale, block_shift) = (&mut block_scale[..width], &mut block_shift[..width]);
        let (row, grad, out, scale) = (&row[..width], &grad[..width], &mut out[..width], &scale[..width]);
        let (mean, inverse) = moments::<FUSED>(row);
        for i in 0..width {
            normed[i] = (row[i] - mean) * inverse;
            block_scale[i] = fma::<FUSED>(grad[i], normed[i], block_scale[i]);
            block_shift[i] += grad[i];
            out[i] = grad[i] * scale[i];
        }
        let mean_grad = sum(width, |i| out[i]) / width as f32;
        let mean_product = sum(width, |i| out[i] * normed[i]) / width as f32;
        for i in 0..width {
            out[i] = inverse * fma::<FUSED>(-normed[i], mean_product, out[i] - mean_grad);
        }
        if (at + 1) % BLOCK == 0 || at + 1 == count {
            for i in 0..width {
                result.scale[i] += std::mem::take(&mut block_scale[i]);
                result.shift[i] += std::mem::take(&mut block_shift[i]);
            }
        }
    }
    result
}

simd! {
    /// The gradients at `x`, given that of the result.
    pub(crate) fn backward(x: &[f32], scale: &[f32], grad: &[f32]) -> Gradients = backward_body;
}

/// Layer norm over the last dimension as an operation: `x`, scale `[width]`, shift `[width]`.
pub struct LayerNorm;

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        scale: &CpuStorage,
        scale_layout: &Layout,
        shift: &CpuStorage,
        shift_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, width) = rows(x_layout.shape())?;
        let (x, scale, shift) = (floats(x, x_layout)?, floats(scale, scale_layout)?, floats(shift, shift_layout)?);
        if scale.len() != width || shift.len() != width {
            candle_core::bail!(
                "layer norm of width {width} with scale of {} and shift of {}",
                scale.len(),
                shift.len()
            );
        }
        let mut out = vec![0.0; x.len()];
        forward(x, scale, shift, &mut out);
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        shift: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let gradients = {
            let (x, scale, grad) = (Floats::of(x), Floats::of(scale), Floats::of(&grad));
            backward(x.slice()?, scale.slice()?, grad.slice()?)
        };
        Ok((
            Some(tensor(gradients.x, x.shape())?),
            Some(tensor(gradients.scale, scale.shape())?),
            Some(tensor(gradients.shift, shift.shape())?),
        ))
    }
}
