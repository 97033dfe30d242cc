//! `icl show`: one cell or segment of a store, in full.

use super::Exit;
use super::form::Form;
use super::ls::real;
use super::rm::of;
use super::store::{Looked, fail, print_json, resolve, short, title};
use super::terminal::{Terminal, print};
use crate::report::number::{bytes, count, duration};
use crate::shelf::{Marks, Row, Size, identity, rows, size};
use crate::store::{Curve, Held, Kind, Store, StoreError};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CODES: &str = "Exit codes: 0 it was shown; 1 there is no such key, or several begin so, or it cannot be read; 2 the \
    command line is wrong.";

/// Arguments of `icl show`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
pub struct Arguments {
    /// The key of a cell or a segment; its first digits will do.
    key: String,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    #[command(flatten)]
    place: Looked,
}

pub fn run(arguments: &Arguments) -> Exit {
    match show(arguments) {
        Ok(()) => Exit::Done,
        Err(reason) => fail(&reason),
    }
}

fn show(arguments: &Arguments) -> Result<(), String> {
    let (store, marks) = arguments.place.read()?;
    let told = |error: StoreError| error.to_string();
    let rows = rows(&store, &marks).map_err(told)?;
    let segments = store.segments().map_err(told)?;
    let users = marks.users();
    let named = segments.iter().filter(|key| crate::shelf::is_key(key)).map(|key| {
        let cells = users.get(key.as_str()).map_or(0, Vec::len);
        (key.as_str(), format!("a segment of {}", of(cells as u64, "finished cell")))
    });
    let cells = rows.iter().filter(|row| marks.finished.contains_key(&row.key));
    let keys = cells.map(|row| (row.key.as_str(), title(row))).chain(named);
    let key = resolve(&arguments.key, keys)?.to_string();
    let of_cell = rows.iter().find(|row| row.key == key);
    let chain: Vec<(String, u64)> = match of_cell {
        Some(row) => row.segments.clone(),
        None => {
            let ends =
                users.get(key.as_str()).and_then(|cells| marks.finished[cells[0]].segments.iter().find(|s| s.0 == key));
            vec![(key.clone(), ends.map_or(u64::MAX, |(_, left)| *left))]
        }
    };
    let parts: Vec<Part> =
        chain.iter().map(|(key, left)| Part::of(&store, key, *left, &users)).collect::<Result<_, _>>().map_err(told)?;
    if arguments.format == Form::Json {
        print_json(&as_json(&key, of_cell, &parts));
    } else {
        print(&as_text(&key, of_cell, &parts, &marks));
    }
    Ok(())
}

/// A segment, as far as it is shown.
struct Part {
    key: String,
    /// The step after its last, for the cell that is shown.
    left: Option<u64>,
    identity: Value,
    curve: Curve,
    kept: Vec<(u64, Kind)>,
    size: Size,
    /// Finished cells that are made of it.
    cells: usize,
    held: Option<String>,
}

impl Part {
    fn of(
        store: &Store,
        key: &str,
        left: u64,
        users: &std::collections::HashMap<&str, Vec<&str>>,
    ) -> Result<Self, StoreError> {
        let segment = store.segment(key);
        let identity = segment.identity()?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let held = match segment.held()? {
            Held::By(holder) => Some(format!("process {} on {}", holder.process, holder.host)),
            Held::Nobody | Held::Gone(_) => None,
        };
        Ok(Self {
            key: key.to_string(),
            left: (left != u64::MAX).then_some(left),
            identity,
            curve: segment.curve()?,
            kept: segment.checkpoints()?.iter().map(|kept| (kept.step, kept.kind)).collect(),
            size: size(segment.folder()),
            cells: users.get(key).map_or(0, Vec::len),
            held,
        })
    }

    /// The step at which it begins, as far as it says.
    fn from(&self) -> Option<u64> {
        match self.identity.get("parent") {
            None => Some(0),
            Some(parent) => parent["left"]["after"].as_u64(),
        }
    }
}

fn as_text(key: &str, row: Option<&Row>, parts: &[Part], marks: &Marks) -> String {
    let mut text = String::new();
    let mut line = |name: &str, told: &str| text.push_str(&format!("{name:<10}  {told}\n"));
    match row {
        Some(row) => {
            line(if marks.finished.contains_key(key) { "cell" } else { "run" }, key);
            let file = if row.names.file.is_empty() { String::new() } else { format!("{}: ", row.names.file) };
            line("of", &format!("{file}{}", title(row)));
            let by = row.trained_by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
            let ago = row.written.and_then(|at| at.elapsed().ok());
            let ago = ago.map_or(String::new(), |ago| format!(", written last {} ago", duration(ago.as_secs_f64())));
            line("state", &format!("{}{by}, {}{ago}", row.state.word(), of(row.steps, "step")));
            if let Some(seconds) = row.seconds {
                line("trained in", &duration(seconds));
            }
            let settings: Vec<String> =
                row.names.settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
            if !settings.is_empty() {
                line("settings", &settings.join(", "));
            }
        }
        None => line("segment", key),
    }
    let mut all = Size::default();
    parts.iter().for_each(|part| all += part.size);
    line("on disk", &format!("{} in {}", bytes(all.bytes), of(all.files, "file")));
    let results = row.map(|row| row.results.clone()).unwrap_or_default();
    let measures = measures(&results, parts);
    if !measures.is_empty() {
        let points: usize = parts.iter().map(|part| part.curve.points.len()).sum();
        text.push_str(&format!("\n{} along the run\n", of(points as u64, "evaluation")));
        let width = measures.iter().map(|measure| measure.name.chars().count()).max().unwrap_or(0);
        for Measured { name, values } in &measures {
            let numbers: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
            let (first, last) = (numbers[0], numbers[numbers.len() - 1]);
            let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let drawn = if Terminal::out().live { format!("  {}", spark(&numbers)) } else { String::new() };
            text.push_str(&format!(
                "  {name:<width$}  {} to {}, between {} and {}{drawn}\n",
                real(first),
                real(last),
                real(least),
                real(most)
            ));
        }
    }
    for (at, part) in parts.iter().enumerate() {
        text.push_str(&segment_text(at, part, row.is_some()));
    }
    text
}

fn segment_text(at: usize, part: &Part, of_cell: bool) -> String {
    let mut text = String::from("\n");
    let from = part.from().map_or("the end of the one before".into(), count);
    let steps = part.left.map_or(format!("from step {from}"), |left| format!("steps {from} to {}", count(left)));
    let head = if of_cell { format!("segment {} of its chain, {steps}: {}", at + 1, part.key) } else { steps };
    text.push_str(&format!("{head}\n"));
    let lines = identity(&part.identity);
    if lines.is_empty() {
        text.push_str("  its segment.json cannot be read; `icl verify` tells more\n");
    }
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max("checkpoints".len());
    let mut line = |name: &str, told: &str| text.push_str(&format!("  {name:<width$}  {told}\n"));
    for (name, told) in &lines {
        line(name, told);
    }
    let kept: Vec<String> = (part.kept.iter())
        .map(|(step, kind)| {
            let kind = match kind {
                Kind::Weights => " (weights alone)",
                Kind::Way => " (on the way)",
                Kind::End => "",
            };
            format!("{}{kind}", count(*step))
        })
        .collect();
    line("checkpoints", &if kept.is_empty() { "none".into() } else { format!("after step {}", kept.join(", ")) });
    let (steps, seconds) = part.curve.worked;
    if steps > 0 {
        line("trained", &format!("{} in {}", of(steps, "step"), duration(seconds)));
    }
    if let Some(step) = part.curve.diverged {
        line("diverged", &format!("at step {}", count(step)));
    }
    if part.curve.damaged > 0 {
        line("damaged", &format!("{} of its curve; `icl verify` tells more", of(part.curve.damaged as u64, "line")));
    }
    line("on disk", &bytes(part.size.bytes));
    line("part of", &of(part.cells as u64, "finished cell"));
    if let Some(by) = &part.held {
        line("trained by", by);
    }
    text
}

/// A measure's values along a run.
struct Measured {
    name: String,
    values: Vec<(u64, f64)>,
}

/// The measures of a run. Curves know them by their keys; the names of a cell's results are found by their last values,
/// where only one measure has that value.
fn measures(results: &BTreeMap<String, f64>, parts: &[Part]) -> Vec<Measured> {
    let mut curves: BTreeMap<&str, BTreeMap<u64, f64>> = BTreeMap::new();
    let mut last = None;
    for part in parts {
        let until = part.left.unwrap_or(u64::MAX);
        for (step, point) in part.curve.points.range(..=until) {
            last = Some(*step);
            for (key, value) in &point.values {
                if let Some(value) = value.value {
                    curves.entry(key).or_default().insert(*step, value);
                }
            }
        }
    }
    let name = |key: &str| {
        let at_end = |key: &str| last.and_then(|last| curves[key].get(&last)).map(|value| value.to_bits());
        let own = at_end(key)?;
        let alone = curves.keys().filter(|other| at_end(other) == Some(own)).count() == 1;
        let mut names = results.iter().filter(|(_, value)| value.to_bits() == own).map(|(name, _)| name);
        match (names.next(), names.next(), alone) {
            (Some(name), None, true) => Some(name.clone()),
            _ => None,
        }
    };
    let mut measures: Vec<Measured> = (curves.iter())
        .filter(|(_, values)| !values.is_empty())
        .map(|(key, values)| Measured {
            name: name(key).unwrap_or_else(|| format!("measure {}", short(key, 8))),
            values: values.iter().map(|(step, value)| (*step, *value)).collect(),
        })
        .collect();
    measures.sort_by(|a, b| (a.name.starts_with("measure "), &a.name).cmp(&(b.name.starts_with("measure "), &b.name)));
    measures
}

/// A curve in a line of a few columns.
fn spark(values: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const COLUMNS: usize = 32;
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let span = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - least;
    let columns = values.len().min(COLUMNS);
    let at = |column: usize| values[column * (values.len() - 1) / (columns - 1).max(1)];
    let bar = |value: f64| {
        let share = if span > 0.0 { (value - least) / span } else { 0.0 };
        BARS[(share * 7.0).round() as usize % BARS.len()]
    };
    (0..columns).map(|column| bar(at(column))).collect()
}

fn as_json(key: &str, row: Option<&Row>, parts: &[Part]) -> Value {
    let results = row.map(|row| row.results.clone()).unwrap_or_default();
    let segments: Vec<Value> = (parts.iter())
        .map(|part| {
            let kind = |kind: &Kind| match kind {
                Kind::Weights => "weights",
                Kind::Way => "way",
                Kind::End => "end",
            };
            let kept: Vec<Value> =
                part.kept.iter().map(|(step, at)| json!({ "step": step, "kind": kind(at) })).collect();
            json!({
                "key": part.key, "from": part.from(), "left": part.left, "identity": part.identity, "checkpoints": kept,
                "diverged": part.curve.diverged, "trained_steps": part.curve.worked.0, "seconds": part.curve.worked.1,
                "bytes": part.size.bytes, "cells": part.cells, "trained_by": part.held,
            })
        })
        .collect();
    let curves: serde_json::Map<String, Value> =
        measures(&results, parts).into_iter().map(|measure| (measure.name, json!(measure.values))).collect();
    json!({ "key": key, "cell": row, "segments": segments, "curves": curves })
}
