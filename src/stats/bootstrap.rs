//! The ratio and the difference of two arms' restricted means, with paired bootstrap intervals.

use serde::{Deserialize, Serialize};

use super::permutation::{index, stream};
use super::restricted::{area_of, check_horizon};
use super::robust::quantile_sorted;
use super::{Run, StatsError};

/// Bootstrap resamples.
pub(super) const DRAWS: usize = 4000;

/// How far a value that censoring touches can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Both arms have exits within the horizon.
    Within,
    /// The arm has none, so its mean, the ratio and the difference are at least this.
    AtLeast,
    /// The baseline has none, so the ratio and the difference are at most this.
    AtMost,
    /// Neither has any: nothing is known.
    Unknown,
}

/// An arm against the baseline by restricted mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// Arm over baseline; `None` where the baseline's mean is 0.
    pub ratio: Option<f64>,
    /// Its 95% percentile interval; `None` where it is not defined in every resample, or nothing varies.
    pub ratio_interval: Option<(f64, f64)>,
    /// Arm less baseline, in the unit of the times.
    pub difference: f64,
    /// Its 95% percentile interval; `None` where nothing varies.
    pub difference_interval: Option<(f64, f64)>,
    /// Seeds that both arms have.
    pub pairs: usize,
    /// Which way censoring at the horizon bends the values.
    pub bound: Bound,
}

/// Compares the restricted means of `arm` and `baseline` at `horizon`. Seeds that both have are resampled as pairs, the others
/// within their arm, 4000 times from a fixed stream; intervals are percentiles (Efron and Tibshirani 1993, chapter 13).
///
/// # Errors
/// An arm without runs, or a horizon that is negative or not finite.
pub fn contrast(arm: &[Run], baseline: &[Run], horizon: f64) -> Result<Contrast, StatsError> {
    if arm.is_empty() || baseline.is_empty() {
        return Err(StatsError::Empty { what: "the arm" });
    }
    check_horizon(horizon)?;
    let seeds = |of: &[Run]| of.iter().map(|run| run.seed).collect::<Vec<_>>();
    let drawn = |of: &[Run], places: &[usize]| places.iter().map(|&place| of[place].clone()).collect::<Vec<_>>();
    let (mut ratios, mut differences) = (Vec::with_capacity(DRAWS), Vec::with_capacity(DRAWS));
    let pairs = paired(&seeds(arm), &seeds(baseline), 2, |a, b| {
        let (x, y) = (area_of(&drawn(arm, a), horizon), area_of(&drawn(baseline, b), horizon));
        ratios.push(x / y);
        differences.push(x - y);
    });
    let (x, y) = (area_of(arm, horizon), area_of(baseline, horizon));
    let stays = |runs: &[Run]| !runs.iter().any(|r| r.escaped && r.time <= horizon);
    Ok(Contrast {
        ratio: (y > 0.0).then(|| x / y),
        ratio_interval: percentiles(ratios),
        difference: x - y,
        difference_interval: percentiles(differences),
        pairs,
        bound: match (stays(arm), stays(baseline)) {
            (false, false) => Bound::Within,
            (true, false) => Bound::AtLeast,
            (false, true) => Bound::AtMost,
            (true, true) => Bound::Unknown,
        },
    })
}

/// Draws two arms anew, given the seeds of their runs: seeds that both have as pairs, the others within their arm, from the
/// stream of this purpose. `each` gets the places drawn in either arm; the number of pairs comes back.
pub(super) fn paired(arm: &[u64], baseline: &[u64], purpose: u64, mut each: impl FnMut(&[usize], &[usize])) -> usize {
    let partner = |seed: u64| baseline.iter().position(|other| *other == seed);
    let mut pairs: Vec<(usize, usize)> =
        arm.iter().enumerate().filter_map(|(place, &seed)| Some((place, partner(seed)?))).collect();
    pairs.sort_by_key(|(place, _)| arm[*place]);
    let alone = |of: &[u64], is_paired: &dyn Fn(usize) -> bool| {
        let mut rest: Vec<usize> = (0..of.len()).filter(|place| !is_paired(*place)).collect();
        rest.sort_by_key(|place| of[*place]);
        rest
    };
    let arm_alone = alone(arm, &|place| pairs.iter().any(|pair| pair.0 == place));
    let base_alone = alone(baseline, &|place| pairs.iter().any(|pair| pair.1 == place));
    let mut rng = stream(purpose);
    let (mut a, mut b) = (Vec::with_capacity(arm.len()), Vec::with_capacity(baseline.len()));
    for _ in 0..DRAWS {
        a.clear();
        b.clear();
        for _ in 0..pairs.len() {
            let (x, y) = pairs[index(&mut rng, pairs.len())];
            a.push(x);
            b.push(y);
        }
        a.extend((0..arm_alone.len()).map(|_| arm_alone[index(&mut rng, arm_alone.len())]));
        b.extend((0..base_alone.len()).map(|_| base_alone[index(&mut rng, base_alone.len())]));
        each(&a, &b);
    }
    pairs.len()
}

/// The middle 95% of some draws; `None` where one is not finite or all are equal.
pub(super) fn percentiles(mut draws: Vec<f64>) -> Option<(f64, f64)> {
    if draws.iter().any(|d| !d.is_finite()) {
        return None;
    }
    draws.sort_by(f64::total_cmp);
    if draws.first() == draws.last() {
        return None;
    }
    quantile_sorted(&draws, 0.025).zip(quantile_sorted(&draws, 0.975))
}
