//! The columns of a list of cells: what they are called, what a row has there, and which tell rows apart.

use super::row::{Row, State};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Where the values of a column come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What every row has: key, state, names, steps, time.
    Own,
    /// What a sweep binds.
    Point,
    /// Settings that tell studies apart.
    Setting,
    /// Last values of measures.
    Result,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub kind: Kind,
    pub name: String,
    /// The name, with its kind before it where two kinds have the same.
    pub title: String,
}

/// What a row has in a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Missing,
    Text(String),
    Whole(u64),
    Real(f64),
}

/// The columns that every row has, in their order before and behind the others.
const FRONT: [&str; 5] = ["key", "state", "experiment", "arm", "seed"];
const BACK: [&str; 3] = ["steps", "seconds", "file"];

/// All columns that some row has.
#[must_use]
pub fn columns(rows: &[Row]) -> Vec<Column> {
    let mut names: BTreeMap<Kind, BTreeSet<&str>> = BTreeMap::new();
    for row in rows {
        names.entry(Kind::Point).or_default().extend(row.names.point.keys().map(String::as_str));
        let settings = row.names.settings.keys().map(String::as_str);
        // The steps that were planned stand there too; those that were made are told.
        names.entry(Kind::Setting).or_default().extend(settings.filter(|name| *name != "steps"));
        names.entry(Kind::Result).or_default().extend(row.results.keys().map(String::as_str));
    }
    let own = |name: &&str| FRONT.contains(name) || BACK.contains(name);
    let count = |name: &str| usize::from(own(&name)) + names.values().filter(|names| names.contains(name)).count();
    let column = |kind: Kind, name: &str| {
        let title = if kind == Kind::Own || count(name) == 1 { name.into() } else { format!("{}.{name}", kind.word()) };
        Column { kind, name: name.into(), title }
    };
    let of = |kind: Kind| names.get(&kind).into_iter().flatten().map(move |name| (kind, *name));
    (FRONT.iter().map(|name| (Kind::Own, *name)))
        .chain(of(Kind::Point))
        .chain(of(Kind::Setting))
        .chain(BACK.iter().map(|name| (Kind::Own, *name)))
        .chain(of(Kind::Result))
        .map(|(kind, name)| column(kind, name))
        .collect()
}

/// The columns that tell these rows apart, with key, experiment, arm, seed and results in any case; the others come second,
/// each with what all rows have there.
#[must_use]
pub fn differing(rows: &[Row], columns: Vec<Column>) -> (Vec<Column>, Vec<(Column, Value)>) {
    let (mut shown, mut same) = (Vec::new(), Vec::new());
    for column in columns {
        let always =
            column.kind == Kind::Result || ["key", "experiment", "arm", "seed"].contains(&column.name.as_str());
        let first = rows.first().map_or(Value::Missing, |row| column.of(row));
        // The time of training tells no two cells apart in meaning, and all in value.
        let apart = column.name != "seconds" && rows.iter().any(|row| column.of(row) != first);
        if always && (column.kind == Kind::Result || column.kind == Kind::Own) || apart {
            shown.push(column);
        } else {
            same.push((column, first));
        }
    }
    (shown, same)
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Own => "cell",
            Self::Point => "point",
            Self::Setting => "setting",
            Self::Result => "result",
        }
    }
}

impl Column {
    /// The column of a name: as titled, or with its kind before it, or the first of the name.
    ///
    /// # Errors
    /// Says which columns there are, where there is none of the name.
    pub fn find<'c>(columns: &'c [Column], name: &str) -> Result<&'c Self, String> {
        let by = |test: &dyn Fn(&Column) -> bool| columns.iter().find(|column| test(column));
        by(&|column| column.title == name)
            .or_else(|| by(&|column| format!("{}.{}", column.kind.word(), column.name) == name))
            .or_else(|| by(&|column| column.name == name))
            .ok_or_else(|| {
                let titles: Vec<&str> = columns.iter().map(|column| column.title.as_str()).collect();
                let near = titles.iter().map(|title| (strsim::osa_distance(title, name), *title)).min();
                let meant = near.filter(|(far, title)| *far <= 2 && far * 2 < title.len());
                let meant = meant.map_or(String::new(), |(_, title)| format!("; did you mean `{title}`?"));
                format!("there is no column `{name}`{meant}\nthe columns are {}", titles.join(", "))
            })
    }

    /// What a row has in it.
    #[must_use]
    pub fn of(&self, row: &Row) -> Value {
        let text = |text: &str| if text.is_empty() { Value::Missing } else { Value::Text(text.to_string()) };
        match self.kind {
            Kind::Point => row.names.point.get(&self.name).map_or(Value::Missing, |value| text(value)),
            Kind::Setting => row.names.settings.get(&self.name).map_or(Value::Missing, |value| text(value)),
            Kind::Result => row.results.get(&self.name).map_or(Value::Missing, |value| Value::Real(*value)),
            Kind::Own => match self.name.as_str() {
                "key" => text(&row.key),
                "state" => text(row.state.word()),
                "experiment" => text(&row.names.experiment),
                "arm" => text(&row.names.arm),
                "seed" => Value::Whole(row.names.seed),
                "steps" => Value::Whole(row.steps),
                "seconds" => row.seconds.map_or(Value::Missing, Value::Real),
                _ => text(&row.names.file),
            },
        }
    }

    /// Whether its values are numbers, as those of most rows tell.
    #[must_use]
    pub fn numeric(&self, rows: &[Row]) -> bool {
        let known = rows.iter().map(|row| self.of(row)).find(|value| *value != Value::Missing);
        self.name != "key" && known.is_some_and(|value| value.number().is_some())
    }
}

impl Value {
    /// As a number, where it is one; words may follow it, as in `20 steps`, and a percentage is a share.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Missing => None,
            Self::Text(text) => number(text),
            Self::Whole(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
        }
    }

    /// In full, as other programs read it.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Missing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Whole(value) => value.to_string(),
            Self::Real(value) => value.to_string(),
        }
    }

    /// Which of two comes first: by number where both have one, else by text; what is missing comes last.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Missing, Self::Missing) => Ordering::Equal,
            (Self::Missing, _) => Ordering::Greater,
            (_, Self::Missing) => Ordering::Less,
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                _ => self.plain().cmp(&other.plain()),
            },
        }
    }
}

/// A numeral with what may follow it in the language: a percent sign or a unit.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let (numeral, rest) = match text.split_once(' ') {
        Some((numeral, unit)) if unit.chars().all(char::is_alphabetic) => (numeral, unit),
        Some(_) => return None,
        None => (text, ""),
    };
    let (numeral, share) = match numeral.strip_suffix('%') {
        Some(numeral) if rest.is_empty() => (numeral, 0.01),
        Some(_) => return None,
        None => (numeral, 1.0),
    };
    // Words such as `inf` and `nan` are names here.
    if !numeral.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return None;
    }
    numeral.replace('_', "").parse::<f64>().ok().map(|value| value * share)
}

/// Puts rows in order: by a column where one is given, then by experiment, point, arm and seed. Runs that are not finished come last.
pub fn order(rows: &mut [Row], columns: &[Column], by: Option<&Column>, reverse: bool) {
    let points: Vec<&Column> = columns.iter().filter(|column| column.kind == Kind::Point).collect();
    let done = |row: &Row| matches!(row.state, State::Finished | State::Diverged);
    rows.sort_by(|a, b| {
        let asked = by.map_or(Ordering::Equal, |by| {
            let (x, y) = (by.of(a), by.of(b));
            let missing = x == Value::Missing || y == Value::Missing;
            let order = x.order(&y);
            if reverse && !missing { order.reverse() } else { order }
        });
        asked
            .then_with(|| done(b).cmp(&done(a)))
            .then_with(|| a.names.experiment.cmp(&b.names.experiment))
            .then_with(|| {
                points
                    .iter()
                    .map(|point| point.of(a).order(&point.of(b)))
                    .find(|o| o.is_ne())
                    .unwrap_or(Ordering::Equal)
            })
            .then_with(|| a.names.arm.cmp(&b.names.arm))
            .then_with(|| a.names.seed.cmp(&b.names.seed))
            .then_with(|| a.key.cmp(&b.key))
    });
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_read_as_the_language_writes_them() {
        for (text, wanted) in [
            ("20 steps", Some(20.0)),
            ("1e-3", Some(1e-3)),
            ("50%", Some(0.5)),
            ("20_000", Some(20_000.0)),
            ("-1.5", Some(-1.5)),
            ("inf", None),
            ("adam(lr: 1)", None),
            ("20 of 30", None),
            ("", None),
        ] {
            assert_eq!(number(text), wanted, "{text}");
        }
    }
}
