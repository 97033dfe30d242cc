//! `exp` for f32 as straight-line arithmetic that the compiler vectorises.

use super::simd::{fma, simd};

const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// ln 2 in two parts, the first exact in few bits (Cody and Waite 1980).
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// 1.5 x 2^23: adding it rounds to a whole number, which then stands in the low bits.
const ROUND: f32 = 12_582_912.0;

/// `e^x` to about one unit in the last place (Moshier's Cephes `expf`).
///
/// Below -87 it stays at `e^-87`, above 88 at `e^88`; not-a-number stays so.
#[inline(always)]
pub(crate) fn exp<const FUSED: bool>(x: f32) -> f32 {
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = fma::<FUSED>(x, LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = fma::<FUSED>(n, -LN_2_LOW, fma::<FUSED>(n, -LN_2_HIGH, x));
    let mut p = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = fma::<FUSED>(p, r, coefficient);
    }
    let mantissa = fma::<FUSED>(p, r * r, r) + 1.0;
    let scale = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    mantissa * scale
}

#[inline(always)]
fn exp_all_body<const FUSED: bool>(values: &mut [f32]) {
    for value in values {
        *value = exp::<FUSED>(*value);
    }
}

simd! {
    /// Replaces every `x` by `e^x`, clamped to the exponents from -87 to 88.
    pub fn exp_all(values: &mut [f32]) = exp_all_body;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        let inputs: Vec<f32> = (-870_000..880_000).map(|i| i as f32 * 1e-4).collect();
        let mut values = inputs.clone();
        exp_all(&mut values);
        let mut plain = inputs.clone();
        exp_all_body::<false>(&mut plain);
        for ((&x, &fast), &plain) in inputs.iter().zip(&values).zip(&plain) {
            let exact = f64::from(x).exp();
            assert!(((f64::from(fast) - exact) / exact).abs() < 1.7e-7, "{x}: {fast} for {exact}");
            assert!(((f64::from(plain) - exact) / exact).abs() < 1.7e-7, "{x}: {plain} for {exact}");
        }
    }

    #[test]
    fn exp_keeps_what_is_not_a_number() {
        let mut values = [f32::NAN, f32::NEG_INFINITY, f32::INFINITY];
        exp_all(&mut values);
        assert!(values[0].is_nan() && values[1] < 2e-38 && values[2] > 1e38);
    }
}
