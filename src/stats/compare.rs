//! Two arms compared by their exits.

use serde::{Deserialize, Serialize};

use super::logrank::Ranked;
use super::permutation::permute;
use super::{LogRank, Permutation, Run, arrangements, log_rank};

/// The comparison of two arms by ranks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The log-rank test, counted on the first arm.
    pub log_rank: LogRank,
    /// The two-sided permutation p of its chi2.
    pub permutation: Permutation,
    /// The smallest two-sided p that so many runs could give.
    pub smallest_p: f64,
}

/// Compares arm `a` with arm `b`: the log-rank test and the permutation p of its chi2, whose variance is computed anew for
/// each arrangement. Runs are permuted unpaired, and exits of the same two evaluations are tied. An empty arm gives p = 1.
#[must_use]
pub fn compare(a: &[Run], b: &[Run]) -> Comparison {
    let ranked = Ranked::new(a.iter().chain(b));
    let (permutation, _) = permute(a.len() + b.len(), a.len(), 1e-3, |first| ranked.chi2(first));
    Comparison { log_rank: log_rank(a, b), permutation, smallest_p: smallest_p(a.len(), b.len()) }
}

/// The smallest two-sided permutation p of `n` runs against `m`. Arms of equal size can be exchanged, which leaves chi2 as it
/// is, so two arrangements share the largest.
#[must_use]
pub fn smallest_p(n: usize, m: usize) -> f64 {
    let sides = if n == m { 2.0 } else { 1.0 };
    (sides / arrangements(n + m, n)).min(1.0)
}

/// The smallest one-sided permutation p of `n` runs against `m`.
#[must_use]
pub fn smallest_p_one_sided(n: usize, m: usize) -> f64 {
    1.0 / arrangements(n + m, n)
}
