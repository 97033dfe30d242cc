//! What several studies found, side by side: a row for each arm of each, with the plateau and the last values.

use super::columns::{COMPARED, PLATEAU};
use super::forest::{Forest, ForestGroup, ForestRow};
use super::number::{MISSING, fixed, interval, steps};
use super::study::{Study, row};
use super::table::{Column, Table};
use crate::program::Experiment;
use crate::stats::{EndRow, StatsError, Summary};
use serde_json::{Value, json};

/// Columns of the plateau table that are shown: all but the arm's and that of final progress.
const SHOWN: std::ops::Range<usize> = 1..6;

/// A study, with what its finished runs say.
pub struct Compared<'a> {
    /// What it is called beside the others.
    pub label: String,
    pub experiment: &'a Experiment,
    /// At each point of its sweep.
    pub studies: Vec<Study<'a>>,
    /// The plateau at each point; none of a study without one.
    summaries: Vec<Option<Summary>>,
}

impl<'a> Compared<'a> {
    /// # Errors
    /// If the plateau has no two different levels.
    pub fn new(label: String, experiment: &'a Experiment, studies: Vec<Study<'a>>) -> Result<Self, StatsError> {
        let summary = |study: &Study<'_>| experiment.plateau.as_ref().map(|rule| study.summary(rule)).transpose();
        let summaries = studies.iter().map(summary).collect::<Result<_, _>>()?;
        Ok(Self { label, experiment, studies, summaries })
    }

    /// The names of its numbers; of a probe of all layers each site is one.
    #[must_use]
    pub fn measures(&self) -> Vec<String> {
        let numbers = self.studies.first().map(Study::numbers).unwrap_or_default();
        numbers.into_iter().map(|(name, _)| name).collect()
    }

    /// The smallest horizon of its restricted means, and the largest.
    fn horizons(&self) -> Option<(f64, f64)> {
        let horizons = self.summaries.iter().flatten().filter_map(|summary| summary.horizon);
        horizons.fold(None, |known: Option<(f64, f64)>, one| {
            Some(known.map_or((one, one), |known| (known.0.min(one), known.1.max(one))))
        })
    }

    /// Its points with their plateau.
    fn points(&self) -> impl Iterator<Item = (&Study<'a>, Option<&Summary>)> {
        self.studies.iter().zip(self.summaries.iter().map(Option::as_ref))
    }

    /// The last values of a measure by arm at a point; none where it is not measured.
    fn last(study: &Study<'_>, measure: &str) -> Vec<EndRow> {
        let shown = study.numbers().into_iter().find(|(name, _)| name == measure);
        shown.map(|(_, shown)| study.last_values(shown)).unwrap_or_default()
    }
}

/// The measures that every study has, but for the sites of probes of all layers; and those that only some have, with these.
#[must_use]
pub fn shared(all: &[Compared<'_>]) -> (Vec<String>, Vec<(String, Vec<String>)>) {
    let (mut shared, mut others): (Vec<String>, Vec<(String, Vec<String>)>) = Default::default();
    for name in all.iter().flat_map(Compared::measures).filter(|name| !name.contains('[')) {
        let having = all.iter().filter(|one| one.measures().contains(&name));
        let having: Vec<String> = having.map(|one| one.label.clone()).collect();
        if having.len() == all.len() {
            if !shared.contains(&name) {
                shared.push(name);
            }
        } else if !others.iter().any(|(known, _)| *known == name) {
            others.push((name, having));
        }
    }
    (shared, others)
}

/// The table: a row for each arm of each study at each point. `apart` gives study, arm and knobs columns of their own.
#[must_use]
pub fn table(all: &[Compared<'_>], measures: &[String], apart: bool) -> Table {
    let mut knobs: Vec<&str> = Vec::new();
    for (name, _) in all.iter().flat_map(|one| one.experiment.points.iter().take(1).flatten()) {
        if !knobs.contains(&name.as_str()) {
            knobs.push(name);
        }
    }
    let mut columns = if apart {
        let named = [Column::left("study"), Column::left("arm")].into_iter();
        named.chain(knobs.iter().map(|name| Column::right(*name))).collect()
    } else {
        vec![Column::left(COMPARED[0].heading)]
    };
    columns.extend(
        PLATEAU[SHOWN].iter().map(|column| Column::right(column.heading.replace("{baseline}", "its baseline"))),
    );
    columns.extend(measures.iter().map(|name| Column::right(COMPARED[1].heading.replace("{measure}", name))));
    let mut rows = Vec::new();
    for one in all {
        for (study, summary) in one.points() {
            let bound = one.experiment.points.get(study.point).map(Vec::as_slice).unwrap_or_default();
            let ends: Vec<Vec<EndRow>> = measures.iter().map(|name| Compared::last(study, name)).collect();
            for (place, &arm) in study.arms.iter().enumerate() {
                let name = &one.experiment.arms[arm].name;
                let mut cells = if apart {
                    let value =
                        |knob: &&str| bound.iter().find(|(name, _)| name == knob).map(|(_, value)| value.clone());
                    let values = knobs.iter().map(|knob| value(knob).unwrap_or_default());
                    [one.label.clone(), name.clone()].into_iter().chain(values).collect()
                } else {
                    vec![named(&one.label, Some(name).filter(|_| study.arms.len() > 1), study.bound())]
                };
                match summary.and_then(|summary| summary.rows.get(place)) {
                    Some(of) => cells.extend(row(of).into_iter().skip(SHOWN.start).take(SHOWN.len())),
                    None => cells.extend(SHOWN.map(|_| MISSING.to_string())),
                }
                cells.extend(ends.iter().map(|rows| rows.get(place).map_or_else(|| MISSING.into(), end)));
                rows.push(cells);
            }
        }
    }
    Table { title: "findings side by side".into(), columns, rows, notes: notes(all) }
}

/// A row in a word; the one arm of a study is not said.
fn named(study: &str, arm: Option<&String>, bound: Option<String>) -> String {
    let parts = [Some(study.to_string()), arm.cloned(), bound];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn end(row: &EndRow) -> String {
    let (low, high) = row.interval.unwrap_or((f64::NAN, f64::NAN));
    row.mean.map_or_else(|| MISSING.into(), |mean| interval(mean, low, high, |value| fixed(value, 3)))
}

fn notes(all: &[Compared<'_>]) -> Vec<String> {
    let mut notes = vec![
        "Ratios and p are within a study, against its first arm: nothing here tests one study against another."
            .to_string(),
    ];
    let horizon = |one: &Compared<'_>| {
        one.horizons()
            .map(|(low, high)| if low == high { steps(low) } else { format!("{} to {}", steps(low), steps(high)) })
    };
    let horizons: Vec<(&str, String)> =
        all.iter().filter_map(|one| Some((one.label.as_str(), horizon(one)?))).collect();
    match horizons.first() {
        Some((_, first)) if horizons.iter().all(|(_, other)| other == first) => {
            notes.push(format!("Runs that never exit are right-censored. Means are restricted to {first} steps."));
        }
        Some(_) => {
            let each: Vec<String> = horizons.iter().map(|(label, horizon)| format!("{horizon} in {label}")).collect();
            let each = each.join(", ");
            notes.push(format!("Runs that never exit are right-censored. Means are restricted to {each} steps."));
        }
        None => {}
    }
    for one in all {
        let mut own: Vec<String> = Vec::new();
        if one.experiment.plateau.is_none() {
            own.push("it states no plateau.".into());
        }
        for (study, summary) in one.points() {
            let rule = one.experiment.plateau.as_ref();
            own.extend(rule.zip(summary).and_then(|(rule, summary)| study.reading(rule, summary)));
            for (place, &arm) in study.arms.iter().enumerate() {
                let planned = one.experiment.seeds.len();
                let known = study.finished(arm).count();
                let missing = summary.map_or(planned.saturating_sub(known), |summary| summary.rows[place].missing);
                let bound = study.bound().map_or(String::new(), |bound| format!("{bound}, "));
                own.extend(study.unfinished(arm, missing, planned).map(|note| format!("{bound}{note}")));
            }
            own.extend(study.left_out.iter().cloned());
        }
        // What is said at every point is said once.
        let mut told: Vec<String> = Vec::new();
        own.into_iter().for_each(|note| {
            if !told.contains(&note) {
                told.push(note);
            }
        });
        notes.extend(told.into_iter().map(|note| format!("{}: {note}", one.label)));
    }
    notes
}

/// The statistics in full, study by study.
#[must_use]
pub fn findings(all: &[Compared<'_>], measures: &[String]) -> Vec<Value> {
    let told = |one: &Compared<'_>| {
        let points = one.points().map(|(study, summary)| {
            let bound = one.experiment.points.get(study.point).into_iter().flatten().cloned();
            let bound: std::collections::BTreeMap<String, String> = bound.collect();
            let last = measures.iter().map(|name| (name.clone(), json!(Compared::last(study, name))));
            let last: serde_json::Map<String, Value> = last.collect();
            json!({ "point": bound, "summary": summary, "final": last })
        });
        let points: Vec<Value> = points.collect();
        json!({ "study": one.label, "experiment": one.experiment.name, "points": points })
    };
    all.iter().map(told).collect()
}

/// The lengths of the plateaus as a figure: the restricted mean of each arm with its interval.
#[must_use]
pub fn forest(all: &[Compared<'_>]) -> Forest {
    let groups = all.iter().filter(|one| one.experiment.plateau.is_some()).map(|one| {
        let mut rows = Vec::new();
        for (study, summary) in one.points() {
            for of in summary.into_iter().flat_map(|summary| &summary.rows) {
                let Some(mean) = &of.rmst else { continue };
                let bound = study.bound().map_or(String::new(), |bound| format!(", {bound}"));
                rows.push(ForestRow {
                    label: format!("{}{bound}", of.name),
                    value: mean.value,
                    interval: mean.interval,
                    at_least: mean.at_least,
                    median: of.survival.median.value,
                });
            }
        }
        ForestGroup { label: one.label.clone(), rows }
    });
    Forest {
        title: "length of the plateau".into(),
        x_label: "training steps".into(),
        caption: vec![
            "Dots: restricted means with 95% intervals; arrows: no run escaped.".into(),
            "Upright strokes: Kaplan-Meier medians, where they are reached.".into(),
        ],
        groups: groups.collect(),
    }
}
