//! The exit of one curve from its plateau.
//!
//! Progress runs from 0 at the plateau to 1 at the level to reach, on the centred running median of five evaluations. The
//! exit is the first crossing of a share of progress that is then held for some evaluations.

use serde::{Deserialize, Serialize};

use super::{StatsError, running_median};

/// Evaluations in the centred running median.
pub(super) const WINDOW: usize = 5;

/// A measure of one run over its training: raw evaluations in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// When each evaluation was made, rising strictly; the unit is that of every time derived from the curve.
    pub steps: Vec<f64>,
    /// What each evaluation gave. From the first value that is not finite on, the run counts as diverged.
    pub values: Vec<f64>,
}

/// How a plateau and its exit are defined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The level of the plateau, P.
    pub blind: f64,
    /// The level to reach, F; above or below `blind`.
    pub ideal: f64,
    /// The share of progress that counts as out, above 0 and at most 1.
    pub exit: f64,
    /// For how many evaluations, the crossing one included, progress must stay at or above that share.
    pub held: usize,
    /// The step that counts as time 0: 0, or the entry of the stage that the plateau is counted from.
    pub from: f64,
}

impl Rule {
    /// The usual rule between two levels: half-way, held for three evaluations, counted from step 0.
    #[must_use]
    pub fn between(blind: f64, ideal: f64) -> Self {
        Self { blind, ideal, exit: 0.5, held: 3, from: 0.0 }
    }
}

/// When a run left its plateau. Times count from the rule's `from`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// It left at `time`, interpolated between the two evaluations of `bracket`.
    At {
        /// The interpolated time.
        time: f64,
        /// The evaluations just before and just after the crossing.
        bracket: (f64, f64),
    },
    /// It was out already when counting began: T = 0.
    AtStart,
    /// It had not left by `last`, the last evaluation whose exit could still have been confirmed.
    Censored {
        /// That evaluation's time; 0 where the curve is too short to confirm anything.
        last: f64,
    },
    /// It stopped being finite at `at` without a confirmed exit before.
    Diverged {
        /// The first evaluation that is not finite.
        at: f64,
    },
}

impl Exit {
    /// The time of the exit: `Some(0.0)` for a run out at the start, `None` where none was confirmed.
    #[must_use]
    pub fn time(&self) -> Option<f64> {
        match self {
            Self::At { time, .. } => Some(*time),
            Self::AtStart => Some(0.0),
            Self::Censored { .. } | Self::Diverged { .. } => None,
        }
    }
}

/// What one curve says about its plateau.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    /// When the plateau ended.
    pub exit: Exit,
    /// First held crossing of 10% of progress.
    pub t10: Option<f64>,
    /// First held crossing of 90% of progress.
    pub t90: Option<f64>,
    /// `t90 - t10`.
    pub width: Option<f64>,
    /// Smoothed progress at the last finite evaluation; `None` where there is none.
    pub final_progress: Option<f64>,
    /// The largest gap between neighbouring finite evaluations from `from` on; 0 where there is only one.
    pub resolution: f64,
    /// The number of finite evaluations from `from` on.
    pub evaluations: usize,
    /// When the curve stopped being finite, be it before or after an exit.
    pub diverged: Option<f64>,
}

/// A held crossing on the smoothed curve.
pub(super) struct Crossing {
    /// Time from `from`, interpolated; 0 where the curve is above the threshold when counting begins.
    pub(super) time: f64,
    /// The evaluations around it; `None` where the crossing lies before the counting.
    pub(super) bracket: Option<(f64, f64)>,
    /// Index of the first evaluation at or above the threshold.
    pub(super) index: usize,
}

/// Checks a curve and a rule, and counts the evaluations before the first that is not finite.
pub(super) fn finite_prefix(curve: &Curve, rule: &Rule) -> Result<usize, StatsError> {
    let (steps, values) = (curve.steps.len(), curve.values.len());
    if steps != values {
        return Err(StatsError::Lengths { steps, values });
    }
    if steps == 0 {
        return Err(StatsError::Empty { what: "the curve" });
    }
    let bad = |i: &usize| !curve.steps[*i].is_finite() || (*i > 0 && curve.steps[*i] <= curve.steps[*i - 1]);
    if let Some(index) = (0..steps).find(bad) {
        return Err(StatsError::Steps { index });
    }
    for (what, value) in
        [("the plateau's level", rule.blind), ("the level to reach", rule.ideal), ("`from`", rule.from)]
    {
        if !value.is_finite() {
            return Err(StatsError::Range { what, value, must: "finite" });
        }
    }
    if rule.blind == rule.ideal {
        return Err(StatsError::EqualLevels { level: rule.blind });
    }
    if !(rule.exit > 0.0 && rule.exit <= 1.0) {
        return Err(StatsError::Range { what: "the exit's share", value: rule.exit, must: "above 0 and at most 1" });
    }
    if rule.held == 0 {
        return Err(StatsError::Range { what: "the evaluations held", value: 0.0, must: "at least 1" });
    }
    Ok(curve.values.iter().position(|v| !v.is_finite()).unwrap_or(values))
}

/// Progress of the first `finite` evaluations.
pub(super) fn smoothed(curve: &Curve, rule: &Rule, finite: usize) -> Vec<f64> {
    let scale = rule.blind - rule.ideal;
    running_median(&curve.values[..finite], WINDOW).into_iter().map(|m| (rule.blind - m) / scale).collect()
}

/// Progress `g = (P - m) / (P - F)` at each evaluation, m the centred running median of five, shortened at the ends. From the
/// first value that is not finite on it is NaN; smoothing looks at nothing beyond that point.
///
/// # Errors
/// A malformed curve or rule, and P = F.
pub fn progress(curve: &Curve, rule: &Rule) -> Result<Vec<f64>, StatsError> {
    let finite = finite_prefix(curve, rule)?;
    let mut g = smoothed(curve, rule, finite);
    g.resize(curve.values.len(), f64::NAN);
    Ok(g)
}

/// The first crossing of `threshold` at or after `rule.from` that is then held.
pub(super) fn crossing(steps: &[f64], g: &[f64], rule: &Rule, threshold: f64) -> Option<Crossing> {
    let begin = steps[..g.len()].iter().position(|&s| s >= rule.from)?;
    let held = |i: usize| i + rule.held <= g.len() && g[i..i + rule.held].iter().all(|&v| v >= threshold);
    for i in begin..g.len() {
        let rises = i == 0 || i == begin || g[i - 1] < threshold;
        if !rises || !held(i) {
            continue;
        }
        if i == 0 || g[i - 1] >= threshold {
            return Some(Crossing { time: 0.0, bracket: None, index: i });
        }
        let (before, after) = (steps[i - 1], steps[i]);
        let share = (threshold - g[i - 1]) / (g[i] - g[i - 1]);
        let time = before + share * (after - before) - rule.from;
        // A crossing between two evaluations that straddle `from` may lie before it: out when counting began.
        return Some(if time <= 0.0 {
            Crossing { time: 0.0, bracket: None, index: i }
        } else {
            Crossing { time, bracket: Some(((before - rule.from).max(0.0), after - rule.from)), index: i }
        });
    }
    None
}

/// When progress first crosses `threshold` and stays there for `rule.held` evaluations, in the curve's unit from
/// `rule.from`; `None` where that is never confirmed. This is the rule for onsets too.
///
/// # Errors
/// A malformed curve or rule, and P = F.
pub fn first_held(curve: &Curve, rule: &Rule, threshold: f64) -> Result<Option<f64>, StatsError> {
    let finite = finite_prefix(curve, rule)?;
    let g = smoothed(curve, rule, finite);
    Ok(crossing(&curve.steps, &g, rule, threshold).map(|c| c.time))
}

/// Whether the exit is confirmed by evaluations that no later one can change: every running median that the decision rests on
/// has its full window. A run stopped then has the exit it would have had if it had gone on.
///
/// # Errors
/// A malformed curve or rule, and P = F.
pub fn settled(curve: &Curve, rule: &Rule) -> Result<bool, StatsError> {
    let finite = finite_prefix(curve, rule)?;
    let g = smoothed(curve, rule, finite);
    Ok(crossing(&curve.steps, &g, rule, rule.exit).is_some_and(|c| c.index + rule.held + WINDOW / 2 <= finite))
}

/// Reads one curve by a rule. Values after the first that is not finite are ignored: a run that left its plateau and then
/// diverged has left it, and says when it diverged.
///
/// # Errors
/// A malformed curve or rule, and P = F.
pub fn plateau(curve: &Curve, rule: &Rule) -> Result<Plateau, StatsError> {
    let finite = finite_prefix(curve, rule)?;
    let g = smoothed(curve, rule, finite);
    let at = |threshold: f64| crossing(&curve.steps, &g, rule, threshold);
    let diverged = curve.steps.get(finite).map(|s| (s - rule.from).max(0.0));
    let exit = match (at(rule.exit), diverged) {
        (Some(Crossing { time, bracket: Some(bracket), .. }), _) => Exit::At { time, bracket },
        (Some(_), _) => Exit::AtStart,
        (None, Some(at)) => Exit::Diverged { at },
        (None, None) => {
            let last = finite.checked_sub(rule.held).map_or(0.0, |i| curve.steps[i] - rule.from);
            Exit::Censored { last: last.max(0.0) }
        }
    };
    let (t10, t90) = (at(0.1).map(|c| c.time), at(0.9).map(|c| c.time));
    let counted: Vec<f64> = curve.steps[..finite].iter().copied().filter(|&s| s >= rule.from).collect();
    Ok(Plateau {
        exit,
        t10,
        t90,
        width: t10.zip(t90).map(|(a, b)| b - a),
        final_progress: g.last().copied(),
        resolution: counted.windows(2).map(|w| w[1] - w[0]).fold(0.0, f64::max),
        evaluations: counted.len(),
        diverged,
    })
}
