//! The activations of an MLP.

use super::math::exp;
use super::simd::{fma, simd};
use super::{Floats, floats, tensor};
use crate::program::model::Activation;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

/// sqrt(2 / pi).
const SLOPE: f32 = 0.797_884_6;
const CUBIC: f32 = 0.044_715;

/// `1 / (1 + e^(-2u))` with `u = sqrt(2/pi) (x + 0.044715 x^3)`; GELU's tanh form `x/2 (1 + tanh u)` is `x` times it.
#[inline(always)]
fn gate<const FUSED: bool>(x: f32) -> f32 {
    let u = SLOPE * x * fma::<FUSED>(CUBIC * x, x, 1.0);
    1.0 / (1.0 + exp::<FUSED>(-2.0 * u))
}

#[inline(always)]
fn gelu_body<const FUSED: bool>(x: &[f32], out: &mut [f32]) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out = x * gate::<FUSED>(x);
    }
}

simd! {
    /// GELU in its tanh form (Hendrycks and Gimpel 2016), as in GPT-2.
    pub(crate) fn gelu(x: &[f32], out: &mut [f32]) = gelu_body;
}

#[inline(always)]
fn gelu_backward_body<const FUSED: bool>(x: &[f32], grad: &mut [f32]) {
    for (grad, &x) in grad.iter_mut().zip(x) {
        let gate = gate::<FUSED>(x);
        let slope = 2.0 * SLOPE * fma::<FUSED>(3.0 * CUBIC * x, x, 1.0);
        *grad *= fma::<FUSED>(x * gate * (1.0 - gate), slope, gate);
    }
}

simd! {
    /// Multiplies the gradient of the result by GELU's derivative at `x`.
    pub(crate) fn gelu_backward(x: &[f32], grad: &mut [f32]) = gelu_backward_body;
}

/// An activation as an operation on tensors of any shape.
pub struct Activate(pub Activation);

impl CustomOp1 for Activate {
    fn name(&self) -> &'static str {
        "activation"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = floats(storage, layout)?;
        let out = match self.0 {
            Activation::Gelu => {
                let mut out = vec![0.0; x.len()];
                gelu(x, &mut out);
                out
            }
            Activation::Relu => x.iter().map(|&x| if x < 0.0 { 0.0 } else { x }).collect(),
        };
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let grad = grad.contiguous()?;
        let (values, grads) = (Floats::of(x), Floats::of(&grad));
        let (values, grads) = (values.slice()?, grads.slice()?);
        let out = match self.0 {
            Activation::Gelu => {
                let mut out = grads.to_vec();
                gelu_backward(values, &mut out);
                out
            }
            Activation::Relu => values.iter().zip(grads).map(|(&x, &grad)| if x > 0.0 { grad } else { 0.0 }).collect(),
        };
        Ok(Some(tensor(out, x.shape())?))
    }
}
