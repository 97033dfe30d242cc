//! The ratio and the difference of two arms' restricted means, with paired bootstrap intervals.

use serde::{Deserialize, Serialize};

use super::permutation::{index, stream};
use super::restricted::{area_of, check_horizon};
use super::robust::quantile_sorted;
use super::{Run, StatsError};

/// Bootstrap resamples.
const DRAWS: usize = 4000;

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
    let partner = |run: &Run| baseline.iter().find(|other| other.seed == run.seed);
    let mut pairs: Vec<(&Run, &Run)> = arm.iter().filter_map(|r| Some((r, partner(r)?))).collect();
    pairs.sort_by_key(|p| p.0.seed);
    let alone = |of: &[Run]| -> Vec<Run> {
        let mut rest: Vec<Run> = of.iter().filter(|r| !pairs.iter().any(|p| p.0.seed == r.seed)).cloned().collect();
        rest.sort_by_key(|r| r.seed);
        rest
    };
    let (arm_alone, base_alone) = (alone(arm), alone(baseline));

    let mut rng = stream(2);
    let (mut ratios, mut differences) = (Vec::with_capacity(DRAWS), Vec::with_capacity(DRAWS));
    for _ in 0..DRAWS {
        let (mut a, mut b) = (Vec::with_capacity(arm.len()), Vec::with_capacity(baseline.len()));
        for _ in 0..pairs.len() {
            let (x, y) = pairs[index(&mut rng, pairs.len())];
            a.push(x.clone());
            b.push(y.clone());
        }
        a.extend((0..arm_alone.len()).map(|_| arm_alone[index(&mut rng, arm_alone.len())].clone()));
        b.extend((0..base_alone.len()).map(|_| base_alone[index(&mut rng, base_alone.len())].clone()));
        let (x, y) = (area_of(&a, horizon), area_of(&b, horizon));
        ratios.push(x / y);
        differences.push(x - y);
    }
    let (x, y) = (area_of(arm, horizon), area_of(baseline, horizon));
    let stays = |runs: &[Run]| !runs.iter().any(|r| r.escaped && r.time <= horizon);
    Ok(Contrast {
        ratio: (y > 0.0).then(|| x / y),
        ratio_interval: percentiles(ratios),
        difference: x - y,
        difference_interval: percentiles(differences),
        pairs: pairs.len(),
        bound: match (stays(arm), stays(baseline)) {
            (false, false) => Bound::Within,
            (true, false) => Bound::AtLeast,
            (false, true) => Bound::AtMost,
            (true, true) => Bound::Unknown,
        },
    })
}

/// The middle 95% of some draws; `None` where one is not finite or all are equal.
fn percentiles(mut draws: Vec<f64>) -> Option<(f64, f64)> {
    if draws.iter().any(|d| !d.is_finite()) {
        return None;
    }
    draws.sort_by(f64::total_cmp);
    if draws.first() == draws.last() {
        return None;
    }
    quantile_sorted(&draws, 0.025).zip(quantile_sorted(&draws, 0.975))
}
