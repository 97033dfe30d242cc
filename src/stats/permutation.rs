//! Permutation of the labels of two arms, and of the signs of differences: exact while it can be, by a fixed random stream
//! beyond.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::special::choose;

/// The most arrangements that are all gone through.
pub const EXACT_LIMIT: f64 = 1e6;

/// The arrangements drawn where there are more.
pub const MONTE_CARLO_DRAWS: u64 = 200_000;

/// The seed of every stream in this module: the same data give the same p.
const SEED: u64 = 0x1c1_5eed;

/// A permutation p.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Permutation {
    /// The share of arrangements at least as extreme as the observed one, itself included.
    pub p: f64,
    /// The Monte Carlo standard error; `None` where all arrangements were gone through.
    pub error: Option<f64>,
    /// How many arrangements were gone through or drawn.
    pub arrangements: u64,
}

impl Permutation {
    /// Whether all arrangements were gone through.
    #[must_use]
    pub fn exact(&self) -> bool {
        self.error.is_none()
    }
}

/// The number of ways to give `first` of `total` runs to the first arm.
#[must_use]
pub fn arrangements(total: usize, first: usize) -> f64 {
    choose(total, first)
}

/// A uniform index below `n` (Lemire 2019, without the rejection: the bias is below `n / 2^64`).
pub(super) fn index(rng: &mut ChaCha8Rng, n: usize) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

/// A stream for one purpose.
pub(super) fn stream(purpose: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    rng.set_stream(purpose);
    rng
}

/// The p of a statistic in both directions, large first: how often it is at least, and at most, what it is when the first
/// `first` of `total` runs are the first arm. `scale` is the size against which equality up to rounding is judged.
pub(super) fn permute(
    total: usize,
    first: usize,
    scale: f64,
    mut statistic: impl FnMut(&[bool]) -> f64,
) -> (Permutation, Permutation) {
    let mut arm: Vec<bool> = (0..total).map(|i| i < first).collect();
    let observed = statistic(&arm);
    let slack = 1e-9 * scale.abs().max(observed.abs());
    let (mut above, mut below) = (0_u64, 0_u64);
    let mut visit = |arm: &[bool]| {
        let value = statistic(arm);
        above += u64::from(value >= observed - slack);
        below += u64::from(value <= observed + slack);
    };
    if arrangements(total, first) <= EXACT_LIMIT {
        let mut chosen: Vec<usize> = (0..first).collect();
        let mut count = 0_u64;
        loop {
            arm.fill(false);
            chosen.iter().for_each(|&i| arm[i] = true);
            visit(&arm);
            count += 1;
            // The next choice in lexical order: move the last one that can move, and all after it behind it.
            let Some(at) = (0..first).rev().find(|&i| chosen[i] < total - first + i) else { break };
            chosen[at] += 1;
            for i in at + 1..first {
                chosen[i] = chosen[i - 1] + 1;
            }
        }
        let exact = |hits: u64| Permutation { p: hits as f64 / count as f64, error: None, arrangements: count };
        (exact(above), exact(below))
    } else {
        let mut rng = stream(1);
        for _ in 0..MONTE_CARLO_DRAWS {
            // A whole shuffle of the marks (Fisher and Yates), so that every arrangement is as likely.
            for i in 0..total - 1 {
                let j = i + index(&mut rng, total - i);
                arm.swap(i, j);
            }
            visit(&arm);
        }
        (drawn(above), drawn(below))
    }
}

/// The p of so many arrangements as extreme as the observed one among those drawn. The observed one counts as one more draw
/// (Phipson and Smyth 2010), so p is never 0.
fn drawn(hits: u64) -> Permutation {
    let n = (MONTE_CARLO_DRAWS + 1) as f64;
    let p = (hits + 1) as f64 / n;
    Permutation { p, error: Some((p * (1.0 - p) / n).sqrt()), arrangements: MONTE_CARLO_DRAWS }
}

/// The two-sided p of paired differences whose signs are flipped (Fisher 1935): how often the size of their sum is at least
/// what it is. All flips are gone through while there are at most [`EXACT_LIMIT`]; 1 of nothing.
pub(super) fn flips(differences: &[f64]) -> Permutation {
    let observed = differences.iter().sum::<f64>().abs();
    let slack = 1e-9 * differences.iter().map(|d| d.abs()).sum::<f64>();
    let hits = |signs: &mut dyn FnMut(usize) -> bool| {
        let sum: f64 = differences.iter().enumerate().map(|(i, d)| if signs(i) { -d } else { *d }).sum();
        u64::from(sum.abs() >= observed - slack)
    };
    let n = differences.len();
    if n < 64 && 2.0_f64.powi(n as i32) <= EXACT_LIMIT {
        let all = 1_u64 << n;
        let above: u64 = (0..all).map(|flipped| hits(&mut |i| flipped >> i & 1 == 1)).sum();
        return Permutation { p: above as f64 / all as f64, error: None, arrangements: all };
    }
    let mut rng = stream(5);
    drawn((0..MONTE_CARLO_DRAWS).map(|_| hits(&mut |_| rng.next_u64() >> 63 == 1)).sum())
}

/// The smallest two-sided p of flipping the signs of `n` differences: all of one sign, either way.
pub(super) fn smallest_flips(n: usize) -> f64 {
    if n == 0 { 1.0 } else { 2.0 * 0.5_f64.powi(n as i32) }
}
