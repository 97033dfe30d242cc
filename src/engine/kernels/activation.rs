//! The activations of an MLP.

use super::math::exp;
use super::simd::{fma, simd};
use crate::program::model::Activation;

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
fn gelu_body<const FUSED: bool>(values: &mut [f32]) {
    for x in values {
        *x *= gate::<FUSED>(*x);
    }
}

simd! {
    /// GELU in its tanh form (Hendrycks and Gimpel 2016), as in GPT-2.
    fn gelu(values: &mut [f32]) = gelu_body;
}

#[inline(always)]
fn gelu_sloped_body<const FUSED: bool>(values: &mut [f32], slopes: &mut [f32]) {
    for (value, out) in values.iter_mut().zip(slopes) {
        let x = *value;
        let gate = gate::<FUSED>(x);
        let slope = 2.0 * SLOPE * fma::<FUSED>(3.0 * CUBIC * x, x, 1.0);
        *out = fma::<FUSED>(x * gate * (1.0 - gate), slope, gate);
        *value = x * gate;
    }
}

simd! {
    /// The same, and its derivatives.
    fn gelu_sloped(values: &mut [f32], slopes: &mut [f32]) = gelu_sloped_body;
}

#[inline(always)]
fn times_body<const FUSED: bool>(values: &mut [f32], factors: &[f32]) {
    for (value, factor) in values.iter_mut().zip(factors) {
        *value *= factor;
    }
}

simd! {
    /// Multiplies number by number.
    pub fn times(values: &mut [f32], factors: &[f32]) = times_body;
}

/// Replaces every number by the activation of it, and writes the derivatives where they are asked for.
pub fn activate(activation: Activation, values: &mut [f32], slopes: Option<&mut [f32]>) {
    match (activation, slopes) {
        (Activation::Gelu, None) => gelu(values),
        (Activation::Gelu, Some(slopes)) => gelu_sloped(values, slopes),
        (Activation::Relu, slopes) => {
            if let Some(slopes) = slopes {
                for (slope, value) in slopes.iter_mut().zip(&*values) {
                    *slope = if *value > 0.0 { 1.0 } else { 0.0 };
                }
            }
            // Not-a-number stays so.
            values.iter_mut().for_each(|value| *value = if *value < 0.0 { 0.0 } else { *value });
        }
    }
}
