//! Which of two measures turns first: the onset of each in the same runs, and the lag between them.

use serde::{Deserialize, Serialize};

use super::bootstrap::Bound;
use super::ends::mean_interval;
use super::permutation::{flips, smallest_flips};
use super::{MedianTime, Permutation, Run, holm, kaplan_meier};

/// One run's onsets of two measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnsetRun {
    /// Its seed.
    pub seed: u64,
    /// Of the measure that is named first.
    pub first: Run,
    /// Of the other.
    pub second: Run,
}

/// The finished runs of one arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnsetArm {
    /// Its name.
    pub name: String,
    /// How many seeds it is to have; those not among `runs` are missing.
    pub planned: usize,
    /// Its finished runs.
    pub runs: Vec<OnsetRun>,
}

/// How many runs have an onset of a measure, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Onset {
    /// Runs that have it.
    pub reached: usize,
    /// The Kaplan-Meier median, runs without it censored.
    pub median: MedianTime,
}

/// How much later the second measure turns than the first, over the runs in which at least one of them does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lag {
    /// The mean of second less first. Where a run has one of the two alone, the other counts from its last evaluation.
    pub mean: f64,
    /// The 95% percentile interval over runs; `None` where nothing varies.
    pub interval: Option<(f64, f64)>,
    /// Which way onsets that were not seen bend the mean.
    pub bound: Bound,
    /// Two-sided p of flipping the signs of the lags.
    pub permutation: Permutation,
    /// The smallest p that so many lags could give.
    pub smallest_p: f64,
    /// Runs in which the first, and the second, came before the other, as far as they were followed.
    pub order: (usize, usize),
}

/// What is said of one arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnsetRow {
    /// The arm.
    pub name: String,
    /// Finished runs.
    pub n: usize,
    /// Planned seeds without a finished run.
    pub missing: usize,
    /// Of the measure that is named first.
    pub first: Onset,
    /// Of the other.
    pub second: Onset,
    /// Runs with both onsets, with the first alone, with the second alone, with neither.
    pub pairs: [usize; 4],
    /// `None` where no run has an onset.
    pub lag: Option<Lag>,
    /// The lag's p adjusted by Holm over arms.
    pub p_holm: Option<f64>,
}

/// Describes the onsets of arms. Arms are not compared: each lag is held against none.
#[must_use]
pub fn onsets(arms: &[OnsetArm]) -> Vec<OnsetRow> {
    let mut rows: Vec<OnsetRow> = arms.iter().map(row).collect();
    let p: Vec<f64> = rows.iter().map(|row| row.lag.as_ref().map_or(f64::NAN, |lag| lag.permutation.p)).collect();
    for (row, p) in rows.iter_mut().zip(holm(&p)) {
        row.p_holm = (!p.is_nan()).then_some(p);
    }
    rows
}

fn row(arm: &OnsetArm) -> OnsetRow {
    let onset = |of: fn(&OnsetRun) -> &Run| {
        let runs: Vec<Run> = arm.runs.iter().map(|run| of(run).clone()).collect();
        let reached = runs.iter().filter(|run| run.escaped).count();
        Onset { reached, median: kaplan_meier(&runs).median }
    };
    let count = |first: bool, second: bool| {
        arm.runs.iter().filter(|run| (run.first.escaped, run.second.escaped) == (first, second)).count()
    };
    let pairs = [count(true, true), count(true, false), count(false, true), count(false, false)];
    OnsetRow {
        name: arm.name.clone(),
        n: arm.runs.len(),
        missing: arm.planned.saturating_sub(arm.runs.len()),
        first: onset(|run| &run.first),
        second: onset(|run| &run.second),
        pairs,
        lag: lag(&arm.runs, pairs),
        p_holm: None,
    }
}

fn lag(runs: &[OnsetRun], [_, first_alone, second_alone, _]: [usize; 4]) -> Option<Lag> {
    let mut told: Vec<&OnsetRun> = runs.iter().filter(|run| run.first.escaped || run.second.escaped).collect();
    told.sort_by_key(|run| run.seed);
    if told.is_empty() {
        return None;
    }
    let lags: Vec<f64> = told.iter().map(|run| run.second.time - run.first.time).collect();
    Some(Lag {
        mean: lags.iter().sum::<f64>() / lags.len() as f64,
        interval: mean_interval(&lags),
        bound: match (first_alone > 0, second_alone > 0) {
            (false, false) => Bound::Within,
            (true, false) => Bound::AtLeast,
            (false, true) => Bound::AtMost,
            (true, true) => Bound::Unknown,
        },
        permutation: flips(&lags),
        smallest_p: smallest_flips(lags.len()),
        order: (lags.iter().filter(|lag| **lag > 0.0).count(), lags.iter().filter(|lag| **lag < 0.0).count()),
    })
}
