//! The Kaplan-Meier curve of an arm and its median.

use serde::{Deserialize, Serialize};

use super::Run;
use super::special::Z975;

/// Slack in comparing a survival with one half, so that S = .5 up to rounding takes that event.
const ROUNDING: f64 = 1e-9;

/// The survival curve just after one time at which runs left their plateau.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The time.
    pub time: f64,
    /// Runs followed until then and still on their plateau just before.
    pub at_risk: usize,
    /// Runs that left then.
    pub events: usize,
    /// The estimated share still on the plateau.
    pub survival: f64,
    /// Greenwood's standard error; `None` where no run is left, since the formula is undefined there.
    pub se: Option<f64>,
    /// The 95% interval on the log-log scale; `None` where no run is left.
    pub interval: Option<(f64, f64)>,
}

/// The median time to leave the plateau; a `None` means that it, or that end of its interval, was not reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MedianTime {
    /// The first time with S at or below one half.
    pub value: Option<f64>,
    /// The first time at which the lower band is at or below one half.
    pub lower: Option<f64>,
    /// The first time at which the upper band is at or below one half.
    pub upper: Option<f64>,
}

/// The Kaplan-Meier estimate of some runs. Before the first point the survival is 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KaplanMeier {
    /// One point for each distinct time of an exit, rising.
    pub points: Vec<Point>,
    /// The number of runs.
    pub runs: usize,
    /// The longest time any run was followed; 0 without runs.
    pub followed: f64,
    /// The median.
    pub median: MedianTime,
}

impl KaplanMeier {
    /// The estimated share still on the plateau just after `time`, held flat beyond the last exit.
    #[must_use]
    pub fn survival_at(&self, time: f64) -> f64 {
        self.points.iter().rev().find(|p| p.time <= time).map_or(1.0, |p| p.survival)
    }
}

/// Runs of an arm sorted by time as `(time, escaped)`.
pub(super) fn sorted_times(runs: &[Run]) -> Vec<(f64, bool)> {
    let mut times: Vec<(f64, bool)> = runs.iter().map(|r| (r.time, r.escaped)).collect();
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    times
}

/// The product-limit estimate (Kaplan and Meier 1958) at exact exit times, with Greenwood's standard error
/// `S sqrt(sum d / (n (n - d)))` and the 95% interval `S^exp(+-z se / (S ln S))` of the log-log transform (Kalbfleisch and
/// Prentice 1980). The median's interval is where that band crosses one half (Brookmeyer and Crowley 1982). A run censored
/// at the time of an exit is at risk of it.
#[must_use]
pub fn kaplan_meier(runs: &[Run]) -> KaplanMeier {
    let times = sorted_times(runs);
    let mut points: Vec<Point> = Vec::new();
    let (mut survival, mut greenwood, mut start) = (1.0_f64, 0.0_f64, 0);
    while start < times.len() {
        let time = times[start].0;
        let end = start + times[start..].iter().take_while(|t| t.0 == time).count().max(1);
        let events = times[start..end].iter().filter(|t| t.1).count();
        let at_risk = times.len() - start;
        start = end;
        if events == 0 {
            continue;
        }
        let (n, d) = (at_risk as f64, events as f64);
        survival *= (n - d) / n;
        let (se, interval) = if events == at_risk {
            (None, None)
        } else {
            greenwood += d / (n * (n - d));
            let spread = Z975 * greenwood.sqrt() / survival.ln().abs();
            let band = (survival.powf(spread.exp()), survival.powf((-spread).exp()));
            (Some(survival * greenwood.sqrt()), Some(band))
        };
        points.push(Point { time, at_risk, events, survival, se, interval });
    }
    let first = |below: &dyn Fn(&Point) -> Option<f64>| {
        points.iter().find(|p| below(p).is_some_and(|s| s <= 0.5 + ROUNDING)).map(|p| p.time)
    };
    let median = MedianTime {
        value: first(&|p| Some(p.survival)),
        // Where no run is left the lower band is 0 by any reading; the upper one says nothing.
        lower: first(&|p| Some(p.interval.map_or(0.0, |i| i.0))),
        upper: first(&|p| p.interval.map(|i| i.1)),
    };
    KaplanMeier { points, runs: runs.len(), followed: times.last().map_or(0.0, |t| t.0), median }
}
