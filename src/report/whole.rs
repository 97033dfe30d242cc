//! An experiment over all points of its sweep: tables with a row for each arm and point, figures with a panel a point, and
//! claims that hold where they hold at every point.

use super::columns;
use super::figure::Figure;
use super::number::{fixed, p_value, steps};
use super::study::Study;
use super::table::{Column, Table};
use crate::program::task::Form;
use crate::program::{Experiment, PlateauRule};
use crate::stats::{self, Judgement, StatsError, Verdict};

/// The verdicts on every claim whose arms have finished runs, at all points where they have.
///
/// # Errors
/// If a plateau has no two different levels.
pub fn judgements(studies: &[Study<'_>], rule: &PlateauRule) -> Result<Vec<Judgement>, StatsError> {
    let Some(first) = studies.first() else { return Ok(Vec::new()) };
    let mut claims = Vec::new();
    for claim in &first.experiment.claims {
        let mut parts = Vec::new();
        for study in studies {
            parts.extend(study.part(claim, rule)?);
        }
        if !parts.is_empty() {
            claims.push(stats::Claim { text: claim.text.clone(), level: claim.level, parts });
        }
    }
    if claims.is_empty() { Ok(Vec::new()) } else { stats::judge(&claims) }
}

/// Tables of points under one another, what the sweep binds in columns of their own. A note that stands under every table
/// is said once.
pub(super) fn joined(studies: &[Study<'_>], tables: Vec<Table>) -> Table {
    let several = studies.iter().any(|study| study.bound().is_some());
    let mut all = Table::default();
    let every: Vec<Vec<String>> = tables.iter().map(|table| table.notes.clone()).collect();
    for (study, table) in studies.iter().zip(tables) {
        let bound = study.experiment.points.get(study.point).map(Vec::as_slice).unwrap_or_default();
        if all.columns.is_empty() {
            all.title = table.title;
            all.columns = bound.iter().map(|(name, _)| Column::right(name)).chain(table.columns).collect();
        }
        let values = || bound.iter().map(|(_, value)| value.clone());
        all.rows.extend(table.rows.into_iter().map(|row| values().chain(row).collect()));
        for note in table.notes {
            let shared = every.iter().all(|notes| notes.contains(&note));
            let note = match study.bound().filter(|_| several && !shared) {
                Some(bound) => format!("{bound}: {note}"),
                None => note,
            };
            if !all.notes.contains(&note) {
                all.notes.push(note);
            }
        }
    }
    all
}

/// The claims with their verdicts.
#[must_use]
pub fn claims_table(judged: &[Judgement]) -> Table {
    let columns = columns::CLAIMS.iter().enumerate();
    let columns =
        columns.map(|(at, column)| if at == 2 { Column::right(column.heading) } else { Column::left(column.heading) });
    let rows = judged.iter().map(|claim| {
        let because = claim.parts.iter().map(|part| {
            let at = if part.label.is_empty() { String::new() } else { format!("{}: ", part.label) };
            format!(
                "{at}{} against {} steps, {} and {} runs",
                steps(part.small),
                steps(part.large),
                part.runs.0,
                part.runs.1
            )
        });
        let text = format!("{} at {}%", claim.text, fixed(claim.level * 100.0, 0));
        vec![text, claim.verdict.word().to_string(), p_value(claim.p_holm), because.collect::<Vec<_>>().join("; ")]
    });
    let smallest = judged.iter().map(|claim| claim.smallest_holm).reduce(f64::min);
    let notes =
        smallest.filter(|_| judged.iter().any(|claim| claim.verdict == Verdict::Underpowered)).map(|smallest| {
            format!(
                "Underpowered: so few seeds can reach no p below {} after Holm, whatever they show.",
                p_value(smallest)
            )
        });
    Table {
        title: "claims".into(),
        columns: columns.collect(),
        rows: rows.collect(),
        notes: notes.into_iter().collect(),
    }
}

/// The loss at every position at the end of training, a panel for each point.
#[must_use]
pub fn by_position(experiment: &Experiment, studies: &[Study<'_>]) -> Figure {
    let first = &experiment.arms[0];
    let task = first.observation.by_position.as_ref().map(|asked| &first.training.tasks[asked.task]);
    let (real, tokens) = task.map_or((false, false), |task| (task.real, task.form == Form::Tokens));
    Figure {
        title: format!("{}: error by position", experiment.name),
        x_label: if tokens { "position" } else { "examples before" }.into(),
        y_label: if real { "squared error" } else { "cross-entropy, nats" }.into(),
        panels: studies.iter().map(Study::panel_by_position).collect(),
        ..Figure::default()
    }
}
