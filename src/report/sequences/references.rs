//! What the references of a task say, position by position, beside guessing.

use super::Sequences;
use super::numbers::{Form, form};
use crate::engine::references::ByPosition;
use crate::program::task::{Form as Shape, Reference, Task};
use crate::report::{Column, Table};

/// The references of a task, evaluated on held-out sequences.
#[derive(Clone, Debug, Default)]
pub struct References {
    /// How many sequences they are averaged over.
    pub on: usize,
    pub levels: Vec<Level>,
    /// Why one of them is not told.
    pub notes: Vec<String>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Level {
    /// `blind`, `plateau`, `ideal`.
    pub role: &'static str,
    /// What it is, as the task writes it: `ridge(0.25)`.
    pub said: String,
    pub scores: ByPosition,
}

/// Rows of the table of references: up to `ALL` are all shown, of more `ROWS` are.
const ALL: usize = 24;
const ROWS: usize = 20;

impl Level {
    /// The share of right labels at a position: what the reference says, or all of them where it is never wrong.
    #[must_use]
    pub fn accuracy(&self, position: usize) -> Option<f64> {
        let certain = self.scores.loss.get(position) == Some(&0.0);
        self.scores.accuracy.get(position).copied().or(certain.then_some(1.0))
    }
}

/// A reference in the words of the language.
#[must_use]
pub fn said(reference: &Reference) -> String {
    match reference {
        Reference::Levels { .. } => "levels".into(),
        Reference::Posterior => "posterior".into(),
        Reference::Formula(_) => "formula".into(),
        Reference::Predictor { name, args, .. } if args.is_empty() => name.clone(),
        Reference::Predictor { name, args, .. } => {
            let args = args.iter().map(|arg| ((arg * 1e6).round() / 1e6).to_string()).collect::<Vec<_>>();
            format!("{name}({})", args.join(", "))
        }
    }
}

/// Loss and accuracy of a guess among the labels.
pub fn chance(task: &Task) -> Option<(f64, f64)> {
    let labels = task.outcomes() as f64;
    (!task.real).then(|| (libm::log(labels), 1.0 / labels))
}

/// The table of references; none where the task has none and predicts no labels.
pub fn table(drawn: &Sequences<'_>) -> Option<Table> {
    let task = drawn.task();
    let references = &drawn.references;
    let mut columns = vec![Column::right("position")];
    let mut numbers: Vec<Vec<Option<f64>>> = Vec::new();
    let positions = task.scored();
    for level in &references.levels {
        let head = if level.said == "formula" || level.said == "levels" {
            level.role.to_string()
        } else {
            // A head is broken at blanks, and a call is read as one word.
            format!("{}: {}", level.role, level.said.replace(", ", ","))
        };
        let loss: Vec<Option<f64>> = positions.iter().map(|&at| level.scores.loss.get(at).copied()).collect();
        let accuracy: Vec<Option<f64>> = positions.iter().map(|&at| level.accuracy(at)).collect();
        for (what, values) in [("loss", loss), ("accuracy", accuracy)] {
            if values.iter().any(Option::is_some) && !(task.real && what == "accuracy") {
                columns.push(Column::right(if task.real { head.clone() } else { format!("{head} {what}") }));
                numbers.push(values);
            }
        }
    }
    let mut notes = references.notes.clone();
    if references.levels.is_empty() {
        columns.clear();
    } else {
        notes.insert(0, measure(task, references.on));
    }
    if let Some((loss, accuracy)) = chance(task) {
        let labels = task.outcomes();
        notes.push(format!("Chance among {labels} labels: loss {loss:.3}, accuracy {accuracy:.3}."));
    }
    if columns.is_empty() && notes.is_empty() {
        return None;
    }
    // Errors are compared with each other, so all have one form.
    let form = match form(&numbers.iter().flatten().flatten().copied().collect::<Vec<f64>>()) {
        form if task.real && form != Form::Whole => form,
        _ => Form::Decimals(3),
    };
    let cells = numbers.iter().map(|values| {
        values.iter().map(|value| value.map_or_else(String::new, |value| form.write(value))).collect::<Vec<_>>()
    });
    let cells: Vec<Vec<String>> = cells.collect();
    let line = |at: usize| cells.iter().map(|column| column[at].clone()).collect::<Vec<_>>();
    let mut rows: Vec<(usize, usize, Vec<String>)> = Vec::new();
    for (at, &position) in positions.iter().enumerate() {
        match rows.last_mut() {
            Some((_, last, said)) if *said == line(at) && *last + 1 == position => *last = position,
            _ => rows.push((position, position, line(at))),
        }
    }
    let all = rows.len();
    if all > ALL {
        let kept = kept(all);
        rows = kept.into_iter().map(|at| rows[at].clone()).collect();
        notes.push(format!("{} positions between are left out; --format json has them.", all - rows.len()));
    }
    let written = rows.into_iter().map(|(first, last, said)| {
        let place = if first == last { first.to_string() } else { format!("{first} to {last}") };
        std::iter::once(place).chain(said).collect()
    });
    let rows = if columns.is_empty() { Vec::new() } else { written.collect() };
    Some(Table { title: "references by position".into(), columns, rows, notes })
}

/// Places to show of a long column: close at the start, where references change fast, and the last.
fn kept(count: usize) -> Vec<usize> {
    let ratio = libm::log(count as f64) / (ROWS - 1) as f64;
    let mut kept: Vec<usize> = Vec::with_capacity(ROWS);
    for step in 0..ROWS {
        let wanted = (libm::exp(ratio * step as f64) - 1.0).round() as usize;
        let least = kept.last().map_or(0, |last| last + 1);
        kept.push(wanted.max(least).min(count - 1));
    }
    kept.dedup();
    kept
}

fn measure(task: &Task, on: usize) -> String {
    let score = match (task.real, &task.form) {
        (true, _) => "Squared errors",
        (false, Shape::Tokens) => "Losses of the token at the position, in nats, and shares of right tokens",
        (false, _) => "Losses in nats and shares of right labels",
    };
    format!("{score}, averaged over {on} held-out sequences.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_column_keeps_its_start_and_its_end_in_order() {
        for count in [21, 40, 100, 375, 10_000] {
            let kept = kept(count);
            assert_eq!((kept[0], kept[1], kept[kept.len() - 1]), (0, 1, count - 1), "{count}");
            assert!(kept.windows(2).all(|pair| pair[0] < pair[1]) && kept.len() <= ROWS, "{kept:?}");
        }
    }
}
