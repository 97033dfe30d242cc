//! What a measure ends at: the last values of an arm, and their difference to the baseline's.

use serde::{Deserialize, Serialize};

use super::bootstrap::{DRAWS, paired, percentiles};
use super::permutation::{index, permute, stream};
use super::{Permutation, holm, smallest_p};

/// The last values of one arm's finished runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndArm {
    /// Its name.
    pub name: String,
    /// How many seeds it is to have; those not among `runs` are missing.
    pub planned: usize,
    /// The seed of every finished run with its last value; `None` where that is not finite, as of a run that diverged.
    pub runs: Vec<(u64, Option<f64>)>,
}

/// What is said of one arm's last values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndRow {
    /// The arm.
    pub name: String,
    /// Runs with a last value.
    pub n: usize,
    /// Planned seeds without a finished run.
    pub missing: usize,
    /// Finished runs without a finite last value, which are in no number here.
    pub without: usize,
    /// The mean over runs; `None` without any.
    pub mean: Option<f64>,
    /// Its 95% percentile interval; `None` where nothing varies.
    pub interval: Option<(f64, f64)>,
    /// What the arm is compared by; `None` for the baseline, and where one of the two has no value.
    pub against: Option<EndContrast>,
}

/// An arm's mean last value against the baseline's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndContrast {
    /// Arm less baseline.
    pub difference: f64,
    /// Its 95% percentile interval, runs of one seed drawn together; `None` where nothing varies.
    pub interval: Option<(f64, f64)>,
    /// Seeds that both have.
    pub pairs: usize,
    /// Two-sided permutation p of the difference, runs permuted unpaired.
    pub permutation: Permutation,
    /// The same adjusted by Holm over the arms compared.
    pub p_holm: f64,
    /// The smallest p that so many runs could give, before Holm.
    pub smallest_p: f64,
}

/// Describes the last values of arms that were compared; the first is the baseline. Means are bootstrapped over seeds, 4000
/// times from a fixed stream, with percentile intervals (Efron and Tibshirani 1993, chapter 13).
#[must_use]
pub fn ends(arms: &[EndArm]) -> Vec<EndRow> {
    let known = |arm: &EndArm| -> Vec<(u64, f64)> {
        let mut known: Vec<(u64, f64)> =
            arm.runs.iter().filter_map(|(seed, value)| Some((*seed, value.filter(|v| v.is_finite())?))).collect();
        known.sort_by_key(|run| run.0);
        known
    };
    let baseline = arms.first().map(known).unwrap_or_default();
    let mut rows: Vec<EndRow> = Vec::with_capacity(arms.len());
    for (place, arm) in arms.iter().enumerate() {
        let values = known(arm);
        let compared = place > 0 && !values.is_empty() && !baseline.is_empty();
        rows.push(EndRow {
            name: arm.name.clone(),
            n: values.len(),
            missing: arm.planned.saturating_sub(arm.runs.len()),
            without: arm.runs.len() - values.len(),
            mean: (!values.is_empty()).then(|| mean(&values)),
            interval: mean_interval(&values.iter().map(|run| run.1).collect::<Vec<_>>()),
            against: compared.then(|| against(&values, &baseline)),
        });
    }
    let p: Vec<f64> =
        rows.iter().map(|row| row.against.as_ref().map_or(f64::NAN, |against| against.permutation.p)).collect();
    for (row, p) in rows.iter_mut().zip(holm(&p)) {
        if let Some(against) = &mut row.against {
            against.p_holm = p;
        }
    }
    rows
}

fn mean(runs: &[(u64, f64)]) -> f64 {
    runs.iter().map(|run| run.1).sum::<f64>() / runs.len() as f64
}

fn against(arm: &[(u64, f64)], baseline: &[(u64, f64)]) -> EndContrast {
    let seeds = |of: &[(u64, f64)]| of.iter().map(|run| run.0).collect::<Vec<_>>();
    let drawn = |of: &[(u64, f64)], places: &[usize]| {
        places.iter().map(|&place| of[place].1).sum::<f64>() / places.len() as f64
    };
    let mut differences = Vec::with_capacity(DRAWS);
    let pairs = paired(&seeds(arm), &seeds(baseline), 4, |a, b| differences.push(drawn(arm, a) - drawn(baseline, b)));
    let all: Vec<f64> = arm.iter().chain(baseline).map(|run| run.1).collect();
    let scale = all.iter().fold(0.0_f64, |scale, value| scale.max(value.abs()));
    let (n, total) = (arm.len(), all.iter().sum::<f64>());
    let (permutation, _) = permute(all.len(), n, scale, |first| {
        let own: f64 = all.iter().zip(first).filter(|(_, first)| **first).map(|(value, _)| value).sum();
        (own / n as f64 - (total - own) / baseline.len() as f64).abs()
    });
    EndContrast {
        difference: mean(arm) - mean(baseline),
        interval: percentiles(differences),
        pairs,
        p_holm: permutation.p,
        permutation,
        smallest_p: smallest_p(n, baseline.len()),
    }
}

/// The 95% percentile interval of a mean over runs, resampled from a fixed stream; `None` where nothing varies.
pub(super) fn mean_interval(values: &[f64]) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    let mut rng = stream(3);
    let draw = |_| {
        let sum: f64 = (0..values.len()).map(|_| values[index(&mut rng, values.len())]).sum();
        sum / values.len() as f64
    };
    percentiles((0..DRAWS).map(draw).collect())
}
