//! The exact interval of a proportion.

use serde::{Deserialize, Serialize};

use super::special::ln_factorial;

/// A count among trials with its 95% interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proportion {
    /// How many succeeded.
    pub k: usize,
    /// Of how many.
    pub n: usize,
    /// The 95% interval of the chance to succeed.
    pub interval: (f64, f64),
}

impl Proportion {
    /// `k` of `n` with its Clopper-Pearson interval at 95%.
    #[must_use]
    pub fn new(k: usize, n: usize) -> Self {
        Self { k, n, interval: clopper_pearson(k, n, 0.95) }
    }
}

/// The chance of at least `k` successes in `n` trials of chance `p`, summed from the smallest term up.
fn upper_tail(k: usize, n: usize, p: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    let (lp, lq) = (p.ln(), (-p).ln_1p());
    let first = ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    let mut ln_choose = first;
    let mut sum = 0.0;
    for j in k..=n {
        sum += (ln_choose + j as f64 * lp + (n - j) as f64 * lq).exp();
        ln_choose += ((n - j) as f64).ln() - ((j + 1) as f64).ln();
    }
    sum.min(1.0)
}

/// The chance at which `upper_tail(k, n, p)` is `target`; it rises with `p`.
fn solve(k: usize, n: usize, target: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if upper_tail(k, n, middle) < target { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The exact interval of a proportion, `k` of `n`, at confidence `level` (Clopper and Pearson 1934): the chances that neither
/// tail rejects at `(1 - level) / 2`. `[0, 1]` where `n` is 0; `k` above `n` is taken as `n`.
#[must_use]
pub fn clopper_pearson(k: usize, n: usize, level: f64) -> (f64, f64) {
    let (k, half) = (k.min(n), (1.0 - level) / 2.0);
    let lower = if k == 0 { 0.0 } else { solve(k, n, half) };
    let upper = if k == n { 1.0 } else { solve(k + 1, n, 1.0 - half) };
    (lower, upper)
}
