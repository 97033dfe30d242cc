//! `icl ls`: the cells of a store, with what tells them apart.

use super::Exit;
use super::store::{Looked, digits, fail, failed, print_json, short, tell_damaged};
use super::terminal::{Terminal, print, warn};
use crate::report::number::{count, duration};
use crate::report::table::render;
use crate::report::{self, Style, Table};
use crate::shelf::{Column, Filter, Row, Value, columns, differing, order, rows};
use std::fmt::Write as _;

const CODES: &str = "Exit codes: 0 the cells were listed, be it none; 1 the store cannot be read, or a column or condition \
    is not one; 2 the command line is wrong.\n\nColumns are key, state, experiment, arm, seed, what a sweep binds, settings, \
    steps, seconds, file and results. docs/store.md tells more.";

/// Arguments of `icl ls`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
pub struct Arguments {
    #[command(flatten)]
    place: Looked,
    /// Only cells for which these hold: 'arm=warmup, batch>32, acc>0.5'.
    #[arg(long, value_name = "CONDITIONS")]
    filter: Vec<String>,
    /// The column to sort by.
    #[arg(long, value_name = "COLUMN")]
    sort: Option<String>,
    /// Sort from the largest to the smallest.
    #[arg(long, requires = "sort")]
    reverse: bool,
    /// These columns alone, in this order.
    #[arg(long, value_name = "A,B,..", value_delimiter = ',', conflicts_with = "all")]
    columns: Vec<String>,
    /// Every column, also those in which all cells agree.
    #[arg(long)]
    all: bool,
    /// The first so many cells.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// How to print them; json has everything that is known of each.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Csv,
}

pub fn run(arguments: &Arguments) -> Exit {
    let (store, marks) = match arguments.place.read() {
        Ok(read) => read,
        Err(reason) => return fail(&reason),
    };
    tell_damaged(&store, &marks);
    let mut all = match rows(&store, &marks) {
        Ok(rows) => rows,
        Err(error) => return failed(&error),
    };
    match list(arguments, &mut all) {
        Ok(()) => Exit::Done,
        Err(reason) => fail(&reason),
    }
}

fn list(arguments: &Arguments, rows: &mut Vec<Row>) -> Result<(), String> {
    let known = columns(rows);
    let keys = digits(rows.iter().map(|row| row.key.as_str()));
    let by = arguments.sort.as_deref().map(|name| Column::find(&known, name)).transpose()?.cloned();
    let chosen: Vec<Column> =
        (arguments.columns.iter()).map(|name| Column::find(&known, name.trim()).cloned()).collect::<Result<_, _>>()?;
    for conditions in &arguments.filter {
        Filter::parse(conditions)?.keep(rows, &known)?;
    }
    order(rows, &known, by.as_ref(), arguments.reverse);
    let found = rows.len();
    rows.truncate(arguments.limit.unwrap_or(usize::MAX));
    if arguments.format == Format::Json {
        print_json(rows);
        return Ok(());
    }
    // Columns that only other rows have are none of these.
    let own = columns(rows);
    let own =
        known.into_iter().filter(|column| own.iter().any(|own| (own.kind, &own.name) == (column.kind, &column.name)));
    let (shown, same) = match (chosen.is_empty(), arguments.all) {
        (false, _) => (chosen, Vec::new()),
        (true, true) => (own.collect(), Vec::new()),
        (true, false) => differing(rows, own.collect()),
    };
    if arguments.format == Format::Csv {
        print(&as_csv(rows, &shown));
        return Ok(());
    }
    if rows.is_empty() {
        warn("no cell is there, or none for which the conditions hold\n");
        return Ok(());
    }
    print(&as_text(rows, &shown, &same, found, keys));
    Ok(())
}

fn as_csv(rows: &[Row], columns: &[Column]) -> String {
    let table = Table {
        columns: columns.iter().map(|column| report::Column::left(&column.title)).collect(),
        rows: rows.iter().map(|row| columns.iter().map(|column| column.of(row).plain()).collect()).collect(),
        ..Table::default()
    };
    render(&table, Style::Csv, None)
}

/// So many rows are drawn as a table; more are lines, which take no time to lay out.
const DRAWN: usize = 200;

fn as_text(rows: &[Row], columns: &[Column], same: &[(Column, Value)], found: usize, keys: usize) -> String {
    let numeric: Vec<bool> = columns.iter().map(|column| column.numeric(rows)).collect();
    let heading = |column: &Column| if column.name == "seconds" { "time".into() } else { column.title.clone() };
    let head = columns.iter().zip(&numeric).map(|(column, numeric)| {
        if *numeric { report::Column::right(heading(column)) } else { report::Column::left(heading(column)) }
    });
    let mut table = Table {
        columns: head.collect(),
        rows: rows
            .iter()
            .map(|row| columns.iter().map(|column| word(column, &column.of(row), keys)).collect())
            .collect(),
        ..Table::default()
    };
    let told: Vec<String> = (same.iter())
        .filter(|(column, value)| *value != Value::Missing && !["state", "seconds"].contains(&column.name.as_str()))
        .map(|(column, value)| format!("{} {}", column.title, word(column, value, keys)))
        .collect();
    let mut notes = Vec::new();
    if !told.is_empty() {
        notes.push(format!("{}: {}", if rows.len() == 1 { "and" } else { "the same in all" }, told.join(", ")));
    }
    let cells = if found == 1 { "1 row".into() } else { format!("{} rows", count(found as u64)) };
    if rows.len() < found {
        notes.push(format!("the first {} of {cells}", count(rows.len() as u64)));
    } else {
        notes.push(cells);
    }
    let terminal = Terminal::out();
    if rows.len() > DRAWN || !terminal.live {
        return lines(&table, &numeric, &notes);
    }
    table.notes = notes;
    render(&table, Style::Unicode, Some(terminal.width))
}

/// A table without rules, for many rows and for other programs: a line a row, however wide.
fn lines(table: &Table, right: &[bool], notes: &[String]) -> String {
    let width = |text: &str| unicode_width::UnicodeWidthStr::width(text);
    let mut widths: Vec<usize> = table.columns.iter().map(|column| width(&column.title)).collect();
    for row in &table.rows {
        for (most, cell) in widths.iter_mut().zip(row) {
            *most = width(cell).max(*most);
        }
    }
    let mut text = String::new();
    let titles: Vec<String> = table.columns.iter().map(|column| column.title.clone()).collect();
    for row in std::iter::once(&titles).chain(&table.rows) {
        let start = text.len();
        for (at, cell) in row.iter().enumerate() {
            let space = " ".repeat(widths[at] - width(cell));
            let between = if at == 0 { "" } else { "  " };
            let _ =
                if right[at] { write!(text, "{between}{space}{cell}") } else { write!(text, "{between}{cell}{space}") };
        }
        let end = text[start..].trim_end().len();
        text.truncate(start + end);
        text.push('\n');
    }
    notes.iter().for_each(|note| text.push_str(&format!("{note}\n")));
    text
}

/// A value as a person reads it.
fn word(column: &Column, value: &Value, keys: usize) -> String {
    match value {
        Value::Missing => String::new(),
        Value::Text(text) if column.name == "key" => short(text, keys).to_string(),
        Value::Text(text) => text.clone(),
        Value::Whole(value) if column.name == "seed" => value.to_string(),
        Value::Whole(value) => count(*value),
        Value::Real(value) if column.name == "seconds" => duration(*value),
        Value::Real(value) => real(*value),
    }
}

/// Four digits that count.
pub fn real(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".into()
    } else if !(1e-3..1e6).contains(&size) {
        format!("{value:.3e}")
    } else {
        let decimals = (3 - size.log10().floor() as i32).clamp(0, 4) as usize;
        format!("{value:.decimals$}")
    }
}
