//! The table of an experiment: one row an arm, the first arm being the baseline.

use serde::{Deserialize, Serialize};

use super::{
    Comparison, Contrast, Exit, KaplanMeier, Plateau, Proportion, RestrictedMean, Run, StatsError, compare, contrast,
    holm, kaplan_meier, median, restricted_mean,
};

/// One finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedRun {
    /// Its seed.
    pub seed: u64,
    /// What its curve says.
    pub plateau: Plateau,
    /// How long it was planned to last, in the unit of the times and from the same zero.
    pub horizon: f64,
}

/// The runs of one arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// How many seeds it is to have; those not among `runs` are missing.
    pub planned: usize,
    /// Its finished runs.
    pub runs: Vec<SeedRun>,
}

/// What the table says of one arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmRow {
    /// The arm.
    pub name: String,
    /// Finished runs.
    pub n: usize,
    /// Planned seeds without a finished run.
    pub missing: usize,
    /// How many left their plateau, with the Clopper-Pearson interval; out at the start counts.
    pub escaped: Proportion,
    /// The survival curve with its median.
    pub survival: KaplanMeier,
    /// The restricted mean at the smallest planned horizon of all arms; `None` without runs.
    pub rmst: Option<RestrictedMean>,
    /// Ratio and difference to the baseline; `None` for the baseline and where one of them has no runs.
    pub contrast: Option<Contrast>,
    /// The comparison with the baseline by ranks; `None` likewise.
    pub comparison: Option<Comparison>,
    /// Its permutation p adjusted by Holm over the arms compared; `None` likewise.
    pub p_holm: Option<f64>,
    /// The median over runs of progress at the last finite evaluation.
    pub final_progress: Option<f64>,
    /// Runs that diverged before leaving their plateau.
    pub diverged: usize,
    /// Runs that left their plateau and diverged later.
    pub diverged_later: usize,
    /// Runs that were out when counting began.
    pub at_start: usize,
    /// The median width over the runs that have one.
    pub width: Option<f64>,
    /// How many runs have a width.
    pub widths: usize,
    /// The coarsest evaluation spacing among the runs.
    pub resolution: f64,
}

/// The table of an experiment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// One row an arm, in their order.
    pub rows: Vec<ArmRow>,
    /// The horizon of all restricted means: the smallest one planned; `None` without runs.
    pub horizon: Option<f64>,
}

/// Summarises arms that were compared; the first is the baseline.
///
/// # Errors
/// A horizon that is negative or not finite.
pub fn summarise(arms: &[Arm]) -> Result<Summary, StatsError> {
    let horizon = arms.iter().flat_map(|a| &a.runs).map(|r| r.horizon).min_by(f64::total_cmp);
    let runs: Vec<Vec<Run>> =
        arms.iter().map(|a| a.runs.iter().map(|r| Run::new(r.seed, &r.plateau, r.horizon)).collect()).collect();
    let mut rows = Vec::with_capacity(arms.len());
    for (i, arm) in arms.iter().enumerate() {
        let against = if i > 0 && !runs[0].is_empty() && !runs[i].is_empty() { horizon } else { None };
        rows.push(ArmRow {
            rmst: horizon.filter(|_| !runs[i].is_empty()).map(|h| restricted_mean(&runs[i], h)).transpose()?,
            contrast: against.map(|h| contrast(&runs[i], &runs[0], h)).transpose()?,
            comparison: against.map(|_| compare(&runs[i], &runs[0])),
            ..describe(arm, &runs[i])
        });
    }
    let p: Vec<f64> = rows.iter().map(|r| r.comparison.as_ref().map_or(f64::NAN, |c| c.permutation.p)).collect();
    for (row, p) in rows.iter_mut().zip(holm(&p)) {
        row.p_holm = (!p.is_nan()).then_some(p);
    }
    Ok(Summary { rows, horizon })
}

/// What can be said of an arm by itself.
fn describe(arm: &Arm, runs: &[Run]) -> ArmRow {
    let each =
        |pick: fn(&Plateau) -> Option<f64>| -> Vec<f64> { arm.runs.iter().filter_map(|r| pick(&r.plateau)).collect() };
    let count = |is: fn(&Plateau) -> bool| arm.runs.iter().filter(|r| is(&r.plateau)).count();
    let widths = each(|p| p.width);
    ArmRow {
        name: arm.name.clone(),
        n: runs.len(),
        missing: arm.planned.saturating_sub(runs.len()),
        escaped: Proportion::new(runs.iter().filter(|r| r.escaped).count(), runs.len()),
        survival: kaplan_meier(runs),
        rmst: None,
        contrast: None,
        comparison: None,
        p_holm: None,
        final_progress: median(&each(|p| p.final_progress)),
        diverged: count(|p| matches!(p.exit, Exit::Diverged { .. })),
        diverged_later: count(|p| p.diverged.is_some() && p.exit.time().is_some()),
        at_start: count(|p| p.exit == Exit::AtStart),
        width: median(&widths),
        widths: widths.len(),
        resolution: arm.runs.iter().map(|r| r.plateau.resolution).fold(0.0, f64::max),
    }
}
