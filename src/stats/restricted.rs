//! The restricted mean: the mean time on the plateau within a budget.

use serde::{Deserialize, Serialize};

use super::special::Z975;
use super::survival::sorted_times;
use super::{Run, StatsError, kaplan_meier};

/// The mean time on the plateau, restricted to a horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RestrictedMean {
    /// The area under the survival curve from 0 to `horizon`.
    pub value: f64,
    /// Its standard error; 0 where the runs do not differ, which says nothing about their spread.
    pub se: f64,
    /// The 95% interval, clipped to `[0, horizon]`; `None` where the standard error is 0.
    pub interval: Option<(f64, f64)>,
    /// The horizon.
    pub horizon: f64,
    /// Whether no run left within the horizon, so that `value` is the budget and the mean at least that.
    pub at_least: bool,
    /// How far the longest run was followed, at most `horizon`. Beyond it the survival curve is held flat.
    pub followed: f64,
}

/// The restricted mean to `horizon`: the integral of the Kaplan-Meier curve over `[0, horizon]`, with variance
/// `sum A_i^2 d_i / (n_i (n_i - d_i))` over exits, `A_i` the area from that exit to the horizon (Klein and Moeschberger 2003,
/// eq. 4.5.3; no small-sample factor). That is not the variance of `min(T, horizon)`, which some programs return under this
/// name. Exits after the horizon count as censored at it.
///
/// # Errors
/// No runs, or a horizon that is negative or not finite.
pub fn restricted_mean(runs: &[Run], horizon: f64) -> Result<RestrictedMean, StatsError> {
    if runs.is_empty() {
        return Err(StatsError::Empty { what: "the arm" });
    }
    check_horizon(horizon)?;
    let curve = kaplan_meier(runs);
    let within: Vec<_> = curve.points.iter().filter(|p| p.time < horizon).collect();
    let ends = within.iter().skip(1).map(|p| p.time).chain(std::iter::once(horizon));
    let areas: Vec<f64> = within.iter().zip(ends).map(|(p, end)| p.survival * (end - p.time)).collect();
    let value = within.first().map_or(horizon, |p| p.time) + areas.iter().sum::<f64>();
    let mut rest = 0.0;
    let mut variance = 0.0;
    for (point, area) in within.iter().zip(&areas).rev() {
        rest += area;
        if point.events < point.at_risk {
            let (n, d) = (point.at_risk as f64, point.events as f64);
            variance += rest * rest * d / (n * (n - d));
        }
    }
    let se = variance.sqrt();
    let interval = (se > 0.0).then(|| ((value - Z975 * se).max(0.0), (value + Z975 * se).min(horizon)));
    let at_least = !runs.iter().any(|r| r.escaped && r.time <= horizon);
    Ok(RestrictedMean { value, se, interval, horizon, at_least, followed: curve.followed.min(horizon) })
}

/// Refuses a horizon that no mean can be restricted to.
pub(super) fn check_horizon(horizon: f64) -> Result<(), StatsError> {
    if horizon.is_finite() && horizon >= 0.0 {
        Ok(())
    } else {
        Err(StatsError::Range { what: "the horizon", value: horizon, must: "finite and not negative" })
    }
}

/// The restricted mean's value alone, for the chosen ones among runs sorted by time; used where it is taken many times.
/// `count` says how often run `i` is in the sample. Without any it is the horizon.
pub(super) fn area(sorted: &[(f64, bool)], horizon: f64, count: impl Fn(usize) -> usize) -> f64 {
    let mut at_risk: usize = (0..sorted.len()).map(&count).sum();
    let (mut survival, mut from, mut sum, mut start) = (1.0, 0.0, 0.0, 0);
    while start < sorted.len() && sorted[start].0 < horizon && at_risk > 0 {
        let time = sorted[start].0;
        let (mut events, mut leaving, mut end) = (0, 0, start);
        while end < sorted.len() && sorted[end].0 == time {
            leaving += count(end);
            events += if sorted[end].1 { count(end) } else { 0 };
            end += 1;
        }
        if events > 0 {
            sum += survival * (time - from);
            from = time;
            survival *= (at_risk - events) as f64 / at_risk as f64;
        }
        at_risk -= leaving;
        start = end;
    }
    sum + survival * (horizon - from)
}

/// The restricted mean's value of some runs.
pub(super) fn area_of(runs: &[Run], horizon: f64) -> f64 {
    area(&sorted_times(runs), horizon, |_| 1)
}
