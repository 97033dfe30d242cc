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

/// `e^(z^2) erfc(z)` as a polynomial without a constant in `1 / (1 + 0.3 z)`, lowest power first: fitted by least squares of
/// relative errors at 400 Chebyshev nodes of 0 to 9.5, where it is off by 2.4e-8 at most.
const TAIL: [f32; 9] = [
    0.169_176_2,
    0.170_901_68,
    0.147_093_03,
    0.219_528_2,
    -0.104_936_84,
    0.561_991,
    -0.524_302_36,
    0.491_199_18,
    -0.130_650_15,
];

/// The chance that a standard normal is below `x`, and the density there.
#[inline(always)]
fn normal<const FUSED: bool>(x: f32) -> (f32, f32) {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / fma::<FUSED>(0.3, z, 1.0);
    let mut tail = TAIL[8];
    for &coefficient in TAIL[..8].iter().rev() {
        tail = fma::<FUSED>(tail, t, coefficient);
    }
    let fall = exp::<FUSED>(-(z * z));
    let beyond = 0.5 * tail * t * fall;
    // 1 / sqrt(2 pi) is half of 2 / sqrt(pi), over sqrt(2).
    let density = 0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2 * fall;
    (if x < 0.0 { beyond } else { 1.0 - beyond }, density)
}

#[inline(always)]
fn exact_body<const FUSED: bool>(values: &mut [f32]) {
    for x in values {
        *x *= normal::<FUSED>(*x).0;
    }
}

simd! {
    /// GELU as it is defined (Hendrycks and Gimpel 2016): `x` times the chance that a standard normal is below it.
    fn exact(values: &mut [f32]) = exact_body;
}

#[inline(always)]
fn exact_sloped_body<const FUSED: bool>(values: &mut [f32], slopes: &mut [f32]) {
    for (value, out) in values.iter_mut().zip(slopes) {
        let x = *value;
        let (chance, density) = normal::<FUSED>(x);
        *out = fma::<FUSED>(x, density, chance);
        *value = x * chance;
    }
}

simd! {
    /// The same, and its derivatives.
    fn exact_sloped(values: &mut [f32], slopes: &mut [f32]) = exact_sloped_body;
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
        (Activation::GeluErf, None) => exact(values),
        (Activation::GeluErf, Some(slopes)) => exact_sloped(values, slopes),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_gelu_and_its_derivative_follow_the_error_function() {
        let inputs: Vec<f32> = (-1_000..=1_000).map(|at| at as f32 * 9e-3).collect();
        let (mut values, mut slopes) = (inputs.clone(), inputs.clone());
        activate(Activation::GeluErf, &mut values, Some(&mut slopes));
        let mut plain = inputs.clone();
        exact_body::<false>(&mut plain);
        for (((&x, value), slope), plain) in inputs.iter().zip(&values).zip(&slopes).zip(&plain) {
            let x = f64::from(x);
            let chance = 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
            let density = libm::exp(-0.5 * x * x) / (2.0 * std::f64::consts::PI).sqrt();
            let near = |found: f32, exact: f64| (f64::from(found) - exact).abs() < 2e-7 * (1.0 + exact.abs());
            assert!(near(*value, x * chance) && near(*plain, x * chance), "{x}: {value} for {}", x * chance);
            assert!(near(*slope, chance + x * density), "{x}: {slope} for {}", chance + x * density);
        }
    }
}
