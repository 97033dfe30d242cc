//! The few special functions that the tests need.

/// The 97.5% point of the standard normal distribution.
pub(super) const Z975: f64 = 1.959_963_984_540_054;

/// The chance that a chi-squared variable with one degree of freedom is at least `x`: `erfc(sqrt(x / 2))`, by the series of
/// erf below 3 and the continued fraction of erfc above (Abramowitz and Stegun 7.1.6 and 7.1.14). 1 for `x <= 0`.
#[must_use]
pub fn chi2_tail(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return if x.is_nan() { x } else { 1.0 };
    }
    let z = (x / 2.0).sqrt();
    let scale = (-z * z).exp() / std::f64::consts::PI.sqrt();
    if z < 3.0 {
        let (mut term, mut sum) = (2.0 * z, 2.0 * z);
        for n in 1..200 {
            term *= 2.0 * z * z / f64::from(2 * n + 1);
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        (1.0 - scale * sum).max(0.0)
    } else {
        // 1/(z + (1/2)/(z + 1/(z + (3/2)/(z + ...)))), evaluated from the far end.
        let fraction = (1..=80).rev().fold(z, |tail, n| z + f64::from(n) / 2.0 / tail);
        scale / fraction
    }
}

/// `ln(n!)`, by summing logarithms.
pub(super) fn ln_factorial(n: usize) -> f64 {
    (2..=n).map(|i| (i as f64).ln()).sum()
}

/// The number of ways to choose `k` of `n`, in f64 (exact while it fits).
pub(super) fn choose(n: usize, k: usize) -> f64 {
    if k > n {
        return 0.0;
    }
    (1..=k.min(n - k)).fold(1.0, |c, i| (c * (n + 1 - i) as f64 / i as f64).round())
}
