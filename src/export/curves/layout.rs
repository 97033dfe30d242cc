//! The columns of the table, and what a row has in each.

use super::{Row, Run};
use crate::program::Experiment;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A whole number.
    Whole,
    Real,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// Whether a row may have nothing there.
    pub gaps: bool,
}

/// What a row has in a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Missing,
    Text(&'a str),
    Whole(i64),
    /// Finite.
    Real(f64),
}

/// Columns before the knobs of the sweeps, and behind them.
const FRONT: [(&str, Kind, bool); 2] = [("study", Kind::Text, false), ("arm", Kind::Text, false)];
const BACK: [(&str, Kind, bool); 22] = [
    ("seed", Kind::Whole, false),
    ("stage", Kind::Text, true),
    ("step", Kind::Whole, false),
    ("measure", Kind::Text, false),
    ("quantity", Kind::Text, false),
    ("site", Kind::Text, true),
    ("layer", Kind::Whole, true),
    ("head", Kind::Whole, true),
    ("at", Kind::Text, true),
    ("position", Kind::Whole, true),
    ("target", Kind::Text, true),
    ("context", Kind::Text, true),
    ("split", Kind::Text, false),
    ("evaluation", Kind::Text, false),
    ("value", Kind::Real, true),
    ("control", Kind::Real, true),
    ("cross_entropy", Kind::Real, true),
    ("r2", Kind::Real, true),
    ("blind", Kind::Real, true),
    ("ideal", Kind::Real, true),
    ("status", Kind::Text, false),
    ("cell", Kind::Text, false),
];

/// The columns of a table of some experiments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub columns: Vec<Column>,
    /// The knobs of all sweeps, in the order in which they are met.
    knobs: Vec<String>,
}

impl Layout {
    /// The table of the runs of some experiments: a column for each knob that one of them sweeps. What a knob takes is a
    /// column of numbers where all of it is; a duration has its unit, and is text.
    #[must_use]
    pub fn of<'e>(experiments: impl IntoIterator<Item = &'e Experiment>) -> Self {
        let mut knobs: Vec<(String, Kind, bool)> = Vec::new();
        let experiments: Vec<&Experiment> = experiments.into_iter().collect();
        for experiment in &experiments {
            for (bound, numbers) in experiment.points.iter().zip(&experiment.numbers) {
                for ((name, text), number) in bound.iter().zip(numbers) {
                    let kind = kind(text, *number);
                    match knobs.iter_mut().find(|known| known.0 == *name) {
                        Some(known) => known.1 = both(known.1, kind),
                        None => knobs.push((name.clone(), kind, false)),
                    }
                }
            }
        }
        for (name, _, gaps) in &mut knobs {
            let binds = |experiment: &&Experiment| {
                experiment.points.first().is_some_and(|bound| bound.iter().any(|(known, _)| known == name))
            };
            *gaps = !experiments.iter().all(binds);
        }
        let fixed = |(name, kind, gaps): &(&str, Kind, bool)| Column { name: (*name).into(), kind: *kind, gaps: *gaps };
        let own = |name: &str| FRONT.iter().chain(&BACK).any(|column| column.0 == name);
        let columns = FRONT.iter().map(fixed).chain(knobs.iter().map(|(name, kind, gaps)| {
            let name = if own(name) { format!("point.{name}") } else { name.clone() };
            Column { name, kind: *kind, gaps: *gaps }
        }));
        Self {
            columns: columns.chain(BACK.iter().map(fixed)).collect(),
            knobs: knobs.into_iter().map(|(name, ..)| name).collect(),
        }
    }

    /// What a row has in each column, in order.
    #[must_use]
    pub fn values<'r>(&self, run: &'r Run<'_>, row: &'r Row<'_>) -> Vec<Value<'r>> {
        fn text(text: Option<&str>) -> Value<'_> {
            text.map_or(Value::Missing, Value::Text)
        }
        let whole = |number: Option<usize>| number.map_or(Value::Missing, |number| Value::Whole(number as i64));
        let real = |number: Option<f64>| number.map_or(Value::Missing, Value::Real);
        let mut values = Vec::with_capacity(self.columns.len());
        values.extend([Value::Text(run.study), Value::Text(&run.of.name)]);
        for (name, column) in self.knobs.iter().zip(&self.columns[FRONT.len()..]) {
            let place = run.knobs.iter().position(|(known, _)| known == name);
            values.push(match (place, column.kind) {
                (None, _) => Value::Missing,
                (Some(place), Kind::Text) => Value::Text(&run.knobs[place].1),
                (Some(place), Kind::Whole) => {
                    run.numbers[place].map_or(Value::Missing, |number| Value::Whole(number as i64))
                }
                (Some(place), Kind::Real) => real(run.numbers[place]),
            });
        }
        let of = row.of;
        values.extend([
            Value::Whole(run.seed as i64),
            text(row.stage),
            Value::Whole(row.step as i64),
            Value::Text(&of.measure),
            Value::Text(of.quantity),
            text(of.site),
            whole(of.layer),
            whole(of.head),
            text(of.at),
            whole(of.position),
            text(of.target.as_deref()),
            text(of.context),
            Value::Text(of.split),
            Value::Text(row.evaluation.word()),
            real(row.value),
            real(row.control),
            real(row.cross_entropy),
            real(row.r2),
            real(of.blind),
            real(of.ideal),
            Value::Text(run.status),
            Value::Text(run.cell),
        ]);
        values
    }
}

/// What one value of a knob is; `12 epochs` is no number.
fn kind(text: &str, number: Option<f64>) -> Kind {
    /// Beyond it not every whole number is one of 64 bits.
    const LARGEST: f64 = 9e15;
    match number {
        Some(number) if !text.contains(' ') && number.is_finite() => {
            if number.fract() == 0.0 && number.abs() < LARGEST { Kind::Whole } else { Kind::Real }
        }
        _ => Kind::Text,
    }
}

fn both(a: Kind, b: Kind) -> Kind {
    match (a, b) {
        (Kind::Text, _) | (_, Kind::Text) => Kind::Text,
        (Kind::Real, _) | (_, Kind::Real) => Kind::Real,
        (Kind::Whole, Kind::Whole) => Kind::Whole,
    }
}
