//! Sequences as text: what is drawn once, then position by position.

use super::numbers::{Form, array, form};
use super::references::table;
use super::{Sequences, type_of};
use crate::engine::sampler::Values;
use crate::engine::texts::prompt;
use crate::program::task::{Form as Shape, NodeId, Op, Scope, Task};
use crate::report::table::render;
use crate::report::{Column, Style, Table};

/// Positions that are all shown; of longer sequences of examples the first and the last are.
const WHOLE: usize = 41;
const FIRST: usize = 16;
const LAST: usize = 4;

/// Blank columns between neighbours of a table.
const GAP: usize = 2;

/// Everything there is to read, in lines of a width.
#[must_use]
pub fn text(drawn: &Sequences<'_>, style: Style, width: usize) -> String {
    let mut out = head(drawn, width);
    let once: Vec<(&str, NodeId)> = drawn
        .named(Scope::Run)
        .into_iter()
        .filter(|(_, id)| !matches!(drawn.task().nodes[*id].op, Op::Constant(_) | Op::Numbers(_)))
        .collect();
    if !once.is_empty() {
        let title = format!("once a run: seed {}", drawn.seed);
        out.push_str(&format!("\n{}", render(&latents(drawn, title, &once, 0, width), style, Some(width))));
    }
    for (place, number) in drawn.numbers.iter().enumerate() {
        let title = format!("sequence {number}, {}, seed {}", drawn.split(), drawn.seed);
        let named = drawn.named(Scope::Sequence);
        if named.is_empty() {
            out.push_str(&format!("\n{title}\n"));
        } else {
            out.push_str(&format!("\n{}", render(&latents(drawn, title, &named, place, width), style, Some(width))));
        }
        if let Some(prompt) = prompt(drawn.task(), drawn.sample, place) {
            out.push_str(&format!("\n{}\n", prompt.trim_end_matches('\n')));
            continue;
        }
        let positions = match drawn.task().form {
            Shape::Tokens => tokens(drawn, place, width),
            _ => pairs(drawn, place, width),
        };
        out.push_str(&format!("\n{}", render(&positions, style, Some(width))));
    }
    if let Some(table) = table(drawn) {
        out.push_str(&format!("\n{}", render(&table, style, Some(width))));
    }
    out
}

/// What the sequences are of.
fn head(drawn: &Sequences<'_>, width: usize) -> String {
    let task = drawn.task();
    let what = match &task.form {
        Shape::Tokens => format!("{} tokens out of {}", task.length, task.classes),
        Shape::Text { .. } => {
            let counts = drawn.name_of(task.target, "the last field");
            format!("{} examples as text, out of {} words, in which {counts} counts", task.length, task.outcomes())
        }
        Shape::Pairs => format!("{} examples: {} gives {}", task.length, input(drawn), target(drawn)),
    };
    let mut text = format!("{}: {what}{}", drawn.title, drawn.scored());
    if !task.growth.is_empty() {
        text.push_str("; its arguments change over a stage, and this is the last instance");
    }
    let note = Table { notes: vec![text], ..Table::default() };
    render(&note, Style::Unicode, Some(width))
}

/// What the model reads of an example.
fn input(drawn: &Sequences<'_>) -> String {
    let task = drawn.task();
    match drawn.row(task.input) {
        Some((row, _)) => format!("{} ({} numbers)", drawn.name_of(row, "a row"), task.input_width),
        None => format!("{} ({})", drawn.name_of(task.input, "the input"), type_of(task, task.input)),
    }
}

/// What it predicts.
fn target(drawn: &Sequences<'_>) -> String {
    let task = drawn.task();
    let ty = if task.real { type_of(task, task.target) } else { format!("class({})", task.outcomes()) };
    format!("{} ({ty})", drawn.name_of(task.target, "the target"))
}

/// Names with their types and values.
fn latents(drawn: &Sequences<'_>, title: String, named: &[(&str, NodeId)], place: usize, width: usize) -> Table {
    let task = drawn.task();
    let columns = vec![Column::left("name"), Column::left("type"), Column::left("value")];
    let longest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0).max(4) + GAP;
    let names = longest(&mut named.iter().map(|(name, _)| name.len()));
    let types = longest(&mut named.iter().map(|(_, id)| type_of(task, *id).len()));
    let room = width.saturating_sub(names + types).max(16);
    let row = |(name, id): &(&str, NodeId)| {
        let mut said = match drawn.element(*id, place) {
            Some((element, size)) => format!("element {element} of {size}: "),
            None => String::new(),
        };
        let room = room.saturating_sub(said.len());
        said.push_str(&latent(task, *id, drawn.sample.of(*id).at(place, 0), room));
        vec![(*name).to_string(), type_of(task, *id), said]
    };
    Table { title, columns, rows: named.iter().map(row).collect(), notes: Vec::new() }
}

/// One value in a line.
fn latent(task: &Task, id: NodeId, value: &[f64], room: usize) -> String {
    if let Op::Permutations { sizes, .. } = &task.nodes[id].op {
        // Beyond its own size a permutation's line is filled up.
        let wide = sizes.iter().max().copied().unwrap_or(1).max(1);
        let lines =
            value.chunks(wide).zip(sizes).map(|(line, &size)| array(&line[..size], &[], Form::Whole, usize::MAX));
        return cut(&lines.map(|line| line.replace(" / ", " ")).collect::<Vec<_>>().join(" / "), room);
    }
    array(value, &task.nodes[id].shape, form(value), room)
}

/// A line of numbers cut between two of them.
fn cut(line: &str, room: usize) -> String {
    if line.len() <= room {
        return line.to_string();
    }
    let room = room.saturating_sub(" ...".len());
    let end = line[..=room.min(line.len() - 1)].rfind(' ').unwrap_or(0);
    format!("{} ...", line[..end].trim_end_matches([' ', '/']))
}

/// A column of numbers under a head.
struct Numbers {
    head: String,
    cells: Vec<String>,
}

impl Numbers {
    fn new(head: impl Into<String>, values: &[f64], form: Form) -> Self {
        Self { head: head.into(), cells: values.iter().map(|value| form.write(*value)).collect() }
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(String::len).max().unwrap_or(0);
        cells.max(word(&self.head)).max("...".len()) + GAP
    }
}

/// Letters of the longest word of a head, at which it may be broken.
fn word(head: &str) -> usize {
    head.split_whitespace().map(str::len).max().unwrap_or(0)
}

/// The examples of a sequence, a line each.
fn pairs(drawn: &Sequences<'_>, place: usize, width: usize) -> Table {
    let task = drawn.task();
    let shown: Vec<usize> = if task.length > WHOLE {
        (0..FIRST).chain(task.length - LAST..task.length).collect()
    } else {
        (0..task.length).collect()
    };
    let target = entries(drawn, task.target, drawn.name_of(task.target, "target"), place, &shown);
    let (input, all) = match drawn.row(task.input) {
        Some((row, attributes)) => {
            let columns = attributes.iter().enumerate().map(|(at, name)| {
                let label = |position: usize| drawn.attributes(row, place, position)[at] as f64;
                let labels: Vec<f64> = shown.iter().map(|&position| label(position)).collect();
                Numbers::new(name.replace('_', " "), &labels, Form::Whole)
            });
            (columns.collect::<Vec<_>>(), String::new())
        }
        None => {
            let name = drawn.name_of(task.input, "input");
            (entries(drawn, task.input, name, place, &shown), name.to_string())
        }
    };
    // The target has its place first, then the input, then what else comes about with each example.
    let mut room = width.saturating_sub("position".len() + target.iter().map(Numbers::width).sum::<usize>());
    let mut notes = Vec::new();
    let count = input.len();
    let mut columns = fitting(input, &mut room);
    if columns.len() < count {
        notes.push(format!("{all} has {count} entries, the first {} of which are shown.", columns.len()));
    }
    columns.extend(target);
    for (name, id) in drawn.named(Scope::Example) {
        let node = &task.nodes[id];
        let plain = node.shape.is_empty() && !matches!(node.op, Op::Rows { .. } | Op::Embedding { .. });
        if plain && id != task.input && id != task.target {
            columns.extend(fitting(entries(drawn, id, name, place, &shown), &mut room));
        }
    }
    let mut table = Table { columns: vec![Column::right("position")], notes, ..Table::default() };
    table.columns.extend(columns.iter().map(|column| Column::right(column.head.clone())));
    for (line, position) in shown.iter().enumerate() {
        if line == FIRST && task.length > WHOLE {
            table.rows.push(vec!["...".into(); table.columns.len()]);
        }
        let cells = columns.iter().map(|column| column.cells[line].clone());
        table.rows.push(std::iter::once(position.to_string()).chain(cells).collect());
    }
    table
}

/// The columns that fit into the room, which they then fill; the first stands in any room.
fn fitting(columns: Vec<Numbers>, room: &mut usize) -> Vec<Numbers> {
    let mut kept: Vec<Numbers> = Vec::new();
    for column in columns {
        let Some(rest) = room.checked_sub(column.width()) else { break };
        *room = rest;
        kept.push(column);
    }
    kept
}

/// A column for each entry of a node that comes about per example.
fn entries(drawn: &Sequences<'_>, id: NodeId, name: &str, place: usize, shown: &[usize]) -> Vec<Numbers> {
    let values: &Values = drawn.sample.of(id);
    let single = drawn.task().nodes[id].shape.is_empty();
    let all: Vec<f64> = shown.iter().flat_map(|&position| values.at(place, position).to_vec()).collect();
    let form = form(&all);
    let column = |entry: usize| {
        let head = if single { name.to_string() } else { format!("{name}[{entry}]") };
        let numbers: Vec<f64> = shown.iter().map(|&position| values.at(place, position)[entry]).collect();
        Numbers::new(head, &numbers, form)
    };
    (0..values.width).map(column).collect()
}

/// The tokens of a sequence in lines, with what else comes about at each of them beneath.
fn tokens(drawn: &Sequences<'_>, place: usize, width: usize) -> Table {
    let task = drawn.task();
    let mut named: Vec<(&str, NodeId)> = vec![(drawn.name_of(task.target, "token"), task.target)];
    named.extend(drawn.named(Scope::Example).into_iter().filter(|(_, id)| {
        *id != task.target && task.nodes[*id].shape.is_empty() && !task.nodes[*id].labels.is_empty()
    }));
    let lines: Vec<(&str, Vec<String>)> = (named.iter())
        .map(|(name, id)| {
            let values = drawn.sample.of(*id);
            let numbers: Vec<f64> = (0..task.length).map(|position| values.at(place, position)[0]).collect();
            let form = form(&numbers);
            (*name, numbers.into_iter().map(|value| form.write(value)).collect())
        })
        .collect();
    let cell = lines.iter().flat_map(|(_, cells)| cells).map(String::len).max().unwrap_or(1) + 1;
    let names = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max("name".len());
    let room = width.saturating_sub("position".len() + names + 2 * GAP).max(cell);
    // Lines of tens are counted with the eye.
    let each = match room / cell {
        fit if fit >= 20 => fit / 10 * 10,
        fit if fit >= 5 => fit / 5 * 5,
        fit => fit.max(1),
    };
    let columns = vec![Column::right("position"), Column::left("name"), Column::left("value")];
    let mut table = Table { columns, ..Table::default() };
    for start in (0..task.length).step_by(each) {
        for (at, (name, cells)) in lines.iter().enumerate() {
            let line = &cells[start..(start + each).min(task.length)];
            let padded = line.iter().map(|value| format!("{value:>width$}", width = cell - 1)).collect::<Vec<_>>();
            let position = if at == 0 { start.to_string() } else { String::new() };
            table.rows.push(vec![position, (*name).to_string(), padded.join(" ")]);
        }
    }
    table
}
