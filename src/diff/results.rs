//! What two runs found, side by side.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The findings of a run, as plateau.json in its folder holds them; of everything there, what is compared.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Written")]
pub struct Findings {
    /// Where something is swept, an arm has a row for each point.
    pub summary: Rows,
    pub claims: Vec<Judged>,
    /// Steps of a trial.
    pub limit: Option<u64>,
}

/// The file: one plateau table, or one for each point of a sweep.
#[derive(Deserialize)]
struct Written {
    summary: Option<Rows>,
    #[serde(default)]
    points: Vec<AtPoint>,
    #[serde(default)]
    claims: Vec<Judged>,
    #[serde(default)]
    limit: Option<u64>,
}

#[derive(Deserialize)]
struct AtPoint {
    point: BTreeMap<String, String>,
    summary: Rows,
}

impl From<Written> for Findings {
    fn from(written: Written) -> Self {
        let mut summary = written.summary.unwrap_or_else(|| Rows { rows: Vec::new(), horizon: None });
        for AtPoint { point, summary: at } in written.points {
            let bound: Vec<String> = point.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            let told = |row: Row| Row { name: format!("{} at {}", row.name, bound.join(", ")), ..row };
            summary.rows.extend(at.rows.into_iter().map(told));
            summary.horizon = match (summary.horizon, at.horizon) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Self { summary, claims: written.claims, limit: written.limit }
    }
}

/// The plateau table.
#[derive(Clone, Debug, Deserialize)]
pub struct Rows {
    pub rows: Vec<Row>,
    pub horizon: Option<f64>,
}

/// What was found of an arm.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    pub name: String,
    escaped: Escaped,
    survival: Survival,
    rmst: Option<Mean>,
    final_progress: Option<f64>,
    diverged: usize,
}

#[derive(Clone, Debug, Deserialize)]
struct Escaped {
    k: usize,
    n: usize,
}

#[derive(Clone, Debug, Deserialize)]
struct Survival {
    median: Median,
}

#[derive(Clone, Debug, Deserialize)]
struct Median {
    value: Option<f64>,
}

#[derive(Clone, Debug, Deserialize)]
struct Mean {
    value: Option<f64>,
    at_least: bool,
}

/// What was found of a claim.
#[derive(Clone, Debug, Deserialize)]
pub struct Judged {
    text: String,
    verdict: String,
    p_holm: Option<f64>,
}

/// One finding of both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The arm or the claim.
    pub of: String,
    /// What was found of it.
    pub what: &'static str,
    /// `None` where a run has no such arm or claim.
    pub old: Option<Found>,
    pub new: Option<Found>,
}

/// A finding as a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// So many runs of so many.
    Escaped(usize, usize),
    /// A step, if it was reached.
    Exit(Option<f64>),
    /// A mean step; whether it is a lower bound only.
    Mean(f64, bool),
    /// A share of the way from blind to ideal.
    Progress(f64),
    Count(usize),
    /// A verdict with its p after Holm.
    Verdict(String, Option<f64>),
}

impl Line {
    /// The number now less the number before, where both are numbers.
    #[must_use]
    pub fn difference(&self) -> Option<f64> {
        let number = |found: &Option<Found>| match found {
            Some(Found::Escaped(k, _)) => Some(*k as f64),
            Some(Found::Exit(step)) => *step,
            Some(Found::Mean(step, _)) => Some(*step),
            Some(Found::Progress(share)) => Some(*share),
            Some(Found::Count(count)) => Some(*count as f64),
            Some(Found::Verdict(..)) | None => None,
        };
        Some(number(&self.new)? - number(&self.old)?)
    }

    /// Whether both runs found the same.
    #[must_use]
    pub fn same(&self) -> bool {
        self.old == self.new
    }
}

/// What both found of every arm and every claim, in the order of the new run, then what only the old one has.
#[must_use]
pub fn compare(old: &Findings, new: &Findings) -> Vec<Line> {
    let mut lines = Vec::new();
    let named = |side: &Findings, name: &str| side.summary.rows.iter().find(|row| row.name == name).cloned();
    let judged = |side: &Findings, text: &str| side.claims.iter().find(|claim| claim.text == text).cloned();
    for name in once(new.summary.rows.iter().chain(&old.summary.rows).map(|row| row.name.as_str())) {
        let (before, after) = (named(old, name).map(|row| of_arm(&row)), named(new, name).map(|row| of_arm(&row)));
        for (at, what) in WHAT.into_iter().enumerate() {
            let pick = |side: &Option<[Option<Found>; 5]>| side.as_ref().and_then(|found| found[at].clone());
            let (old, new) = (pick(&before), pick(&after));
            if old.is_some() || new.is_some() {
                lines.push(Line { of: name.to_string(), what, old, new });
            }
        }
    }
    for text in once(new.claims.iter().chain(&old.claims).map(|claim| claim.text.as_str())) {
        let found = |side| judged(side, text).map(|claim| Found::Verdict(claim.verdict, claim.p_holm));
        lines.push(Line { of: text.to_string(), what: "verdict", old: found(old), new: found(new) });
    }
    lines
}

const WHAT: [&str; 5] = ["escaped", "median exit", "restricted mean", "final progress", "diverged"];

fn of_arm(row: &Row) -> [Option<Found>; 5] {
    let mean = row.rmst.as_ref().and_then(|mean| Some(Found::Mean(mean.value?, mean.at_least)));
    [
        Some(Found::Escaped(row.escaped.k, row.escaped.n)),
        Some(Found::Exit(row.survival.median.value)),
        mean,
        row.final_progress.map(Found::Progress),
        (row.diverged > 0).then_some(Found::Count(row.diverged)),
    ]
}

/// Each name once, in order.
fn once<'n>(names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}
