//! What `icl data FILE` says.

use super::Exit;
use super::form::Form;
use super::ls::real;
use super::store::print_json;
use super::terminal::{Terminal, print, warn};
use crate::data::describe::{Array, Column, Contents, Description, Type, describe};
use crate::data::files::images::Images;
use crate::report::number::{bytes, count};
use crate::report::table::render;
use crate::report::{self, Style, Table};
use serde_json::json;
use std::path::Path;

/// Columns, arrays and classes that are listed; `--format json` lists all.
const LISTED: usize = 40;
/// Columns of the sample.
const SAMPLED: usize = 12;
/// Letters of a cell.
const LETTERS: usize = 32;

pub fn run(file: &Path, sample: usize, form: Form) -> Exit {
    match describe(file, sample) {
        Ok(description) if form == Form::Json => {
            print_json(&description);
            Exit::Done
        }
        Ok(description) => {
            print(&as_text(&description, sample));
            Exit::Done
        }
        Err(fault) => {
            if form == Form::Json {
                let fault = json!({ "reason": fault.reason(), "cure": fault.cure() });
                print_json(&json!({ "path": file, "fault": fault }));
            } else {
                warn(&format!("{}\n", plain(&fault.to_string())));
            }
            Exit::Failed
        }
    }
}

/// Text of a file without what would steer the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

/// The beginning of a cell.
fn cut(text: &str) -> String {
    let mut letters = plain(text).chars().collect::<Vec<_>>();
    if letters.len() > LETTERS {
        letters.truncate(LETTERS - 1);
        letters.push('…');
    }
    letters.into_iter().collect()
}

/// A count of things.
fn things(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A number as it would be written, or its beginning where that is long.
fn number(value: f64) -> String {
    let whole = value.to_string();
    if whole.len() <= 8 { whole } else { real(value) }
}

fn as_text(description: &Description, sample: usize) -> String {
    let (what, tables) = match &description.contents {
        Contents::Table { rows, columns, sample: kept } => {
            let what =
                format!("{} of {}", things(*rows, "row", "rows"), things(columns.len() as u64, "column", "columns"));
            let mut tables = vec![of_columns(columns)];
            if sample > 0 && !kept.is_empty() {
                tables.push(of_rows(columns, kept));
            }
            (what, tables)
        }
        Contents::Arrays { arrays } => (things(arrays.len() as u64, "array", "arrays"), vec![of_arrays(arrays)]),
        Contents::Images { images } => (things(images.count, "image", "images"), of_images(images)),
    };
    let head = format!("{}: {}, {what}, {}", description.path, description.format, bytes(description.bytes));
    let mut parts = vec![format!("{}\n", plain(&head))];
    let terminal = Terminal::out();
    // Cells may be of any letters, on a pipe too.
    parts.extend(tables.iter().map(|table| render(table, Style::Unicode, Some(terminal.width))));
    if let Some(read_by) = &description.read_by {
        let memory = description.memory.map_or_else(String::new, |memory| format!(" ({} in memory)", bytes(memory)));
        parts.push(format!("read it with: {}{memory}\n", plain(read_by)));
    }
    if let Some(not_read) = &description.not_read {
        parts.push(format!("not read as it is: {}\n  help: {}\n", plain(&not_read.reason), plain(&not_read.cure)));
    }
    parts.join("\n")
}

/// What a shortened list leaves out.
fn further(shown: usize, all: usize, what: &str) -> Vec<String> {
    if all > shown {
        vec![format!("and {} further {what}; --format json has all", count((all - shown) as u64))]
    } else {
        Vec::new()
    }
}

fn of_columns(columns: &[Column]) -> Table {
    let row = |column: &Column| {
        let mut notes = Vec::new();
        if let Some(first) = column.first_empty {
            notes.push(format!("{} empty, the first in row {}", count(column.empty), count(first)));
        }
        if let Some(first) = column.first_not_finite {
            notes.push(format!("{} not finite, the first in row {}", count(column.not_finite), count(first)));
        }
        let values = match column.range {
            Some((least, most)) if least == most => number(least),
            Some((least, most)) => format!("{} to {}", number(least), number(most)),
            None => {
                let mut first: Vec<String> = column.first.iter().take(4).map(|value| cut(value)).collect();
                if column.distinct > first.len() as u64 {
                    first.push("…".into());
                }
                first.join(", ")
            }
        };
        let distinct = format!("{}{}", if column.at_least { "> " } else { "" }, count(column.distinct));
        let kind = match column.kind {
            Type::Whole => "whole number",
            Type::Number => "number",
            Type::Label => "label",
            Type::Text => "text",
            Type::Empty => "empty",
        };
        vec![cut(&column.name), kind.into(), distinct, values, notes.join("; ")]
    };
    let mut table = Table {
        columns: vec![
            report::Column::left("column"),
            report::Column::left("type"),
            report::Column::right("different"),
            report::Column::left("range or first values"),
        ],
        rows: columns.iter().take(LISTED).map(row).collect(),
        notes: further(LISTED, columns.len(), "columns"),
        ..Table::default()
    };
    if table.rows.iter().any(|row| row.last().is_some_and(|notes| !notes.is_empty())) {
        table.columns.push(report::Column::left("missing"));
    }
    table
}

fn of_rows(columns: &[Column], rows: &[Vec<String>]) -> Table {
    let head = |column: &Column| match column.kind {
        Type::Whole | Type::Number => report::Column::right(cut(&column.name)),
        _ => report::Column::left(cut(&column.name)),
    };
    Table {
        columns: columns.iter().take(SAMPLED).map(head).collect(),
        rows: rows.iter().map(|row| row.iter().take(SAMPLED).map(|cell| cut(cell)).collect()).collect(),
        ..Table::default()
    }
}

fn of_arrays(arrays: &[Array]) -> Table {
    let row = |array: &Array| {
        let shape: Vec<String> = array.shape.iter().map(ToString::to_string).collect();
        let size = array.bytes.map_or_else(String::new, bytes);
        let range =
            array.range.map_or_else(String::new, |(least, most)| format!("{} to {}", number(least), number(most)));
        let mean = array.mean.map_or_else(String::new, real);
        let first: Vec<String> = array.first.iter().map(|value| number(*value)).collect();
        let notes = array.first_not_finite.as_ref().map_or_else(String::new, |place| {
            format!("{} not finite, the first at {place:?}", count(array.not_finite))
        });
        vec![
            cut(&array.name),
            array.dtype.clone(),
            format!("[{}]", shape.join(", ")),
            size,
            range,
            mean,
            first.join(" "),
            notes,
        ]
    };
    let mut table = Table {
        columns: vec![
            report::Column::left("array"),
            report::Column::left("numbers"),
            report::Column::left("shape"),
            report::Column::right("size"),
            report::Column::left("range"),
            report::Column::right("mean"),
            report::Column::left("first"),
        ],
        rows: arrays.iter().take(LISTED).map(row).collect(),
        notes: further(LISTED, arrays.len(), "arrays"),
        ..Table::default()
    };
    if table.rows.iter().any(|row| !row[7].is_empty()) {
        table.columns.push(report::Column::left("missing"));
    }
    if arrays.iter().all(|array| array.name.is_empty()) {
        table.columns.remove(0);
        table.rows.iter_mut().for_each(|row| drop(row.remove(0)));
    }
    let partly = |array: &&Array| array.looked_at > 0 && array.bytes.is_some_and(|whole| whole > array.looked_at);
    if let Some(array) = arrays.iter().find(partly) {
        let name = if array.name.is_empty() { "it".into() } else { format!("`{}`", cut(&array.name)) };
        table.notes.push(format!("of {name} the first {} were looked at", bytes(array.looked_at)));
    }
    table
}

fn of_images(images: &Images) -> Vec<Table> {
    let forms = Table {
        columns: vec![report::Column::left("size"), report::Column::left("colours"), report::Column::right("images")],
        rows: (images.forms.iter().take(LISTED))
            .map(|(form, number)| {
                let size = format!("{} x {}", form.width, form.height);
                vec![size, format!("{}, {} bits", form.colours, form.bits), count(*number)]
            })
            .collect(),
        notes: further(LISTED, images.forms.len(), "sizes"),
        ..Table::default()
    };
    if images.classes.is_empty() {
        return vec![forms];
    }
    let classes = Table {
        columns: vec![report::Column::left("folder"), report::Column::right("images")],
        rows: images.classes.iter().take(LISTED).map(|(name, number)| vec![cut(name), count(*number)]).collect(),
        notes: further(LISTED, images.classes.len(), "folders"),
        ..Table::default()
    };
    vec![forms, classes]
}
