//! Tables as Markdown, CSV, JSON and plain ASCII words.

use super::table::{Align, Column, Table};
use serde::Serialize;

/// The table as a GitHub-flavoured Markdown table with a bold title and notes as paragraphs.
pub fn markdown(table: &Table) -> String {
    let mut out = String::new();
    if !table.title.is_empty() {
        out.push_str(&format!("**{}**\n\n", escape_markdown(&table.title)));
    }
    if !table.columns.is_empty() {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        out.push_str(&line(table.columns.iter().map(|c| escape_markdown(&c.title)).collect()));
        let rule = |c: &Column| if c.align == Align::Right { "---:" } else { "---" }.to_owned();
        out.push_str(&line(table.columns.iter().map(rule).collect()));
        for row in 0..table.rows.len() {
            out.push_str(&line((0..table.columns.len()).map(|c| escape_markdown(table.cell(row, c))).collect()));
        }
    }
    for note in &table.notes {
        if !out.is_empty() {
            out.push('\n');
        }
        // A sign that would make a heading, quote or list of the note.
        if note.trim().starts_with(['#', '>', '+', '-']) {
            out.push('\\');
        }
        out.push_str(&escape_markdown(note));
        out.push('\n');
    }
    out
}

/// Keeps Markdown from reading the text as markup; line breaks become `<br>`.
fn escape_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Brackets are plain unless they make a link.
    let links = text.contains("](") || text.contains("][") || text.contains("]:");
    for c in text.trim().chars() {
        match c {
            '|' | '*' | '_' | '`' | '\\' | '<' | '~' => out.extend(['\\', c]),
            '[' | ']' if links => out.extend(['\\', c]),
            '\r' => {}
            '\n' => out.push_str("<br>"),
            c => out.push(c),
        }
    }
    out
}

/// The head and the rows as RFC 4180 CSV with `\n` line ends; title and notes are left out.
pub fn csv(table: &Table) -> String {
    let mut out = csv_line(table.columns.iter().map(|c| c.title.as_str()));
    for row in 0..table.rows.len() {
        out.push_str(&csv_line((0..table.columns.len()).map(|c| table.cell(row, c))));
    }
    out
}

/// One CSV record with its newline.
pub fn csv_line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = cells.into_iter().map(csv_cell).collect();
    format!("{}\n", quoted.join(","))
}

/// A CSV cell, quoted where it must be.
fn csv_cell(text: &str) -> String {
    let plain = !text.contains([',', '"', '\n', '\r']) && text.trim() == text;
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// The JSON form: rows stay arrays, so that columns keep their order and may share a title.
#[derive(Serialize)]
struct JsonTable<'a> {
    title: &'a str,
    columns: Vec<&'a str>,
    rows: Vec<Vec<&'a str>>,
    notes: &'a [String],
}

/// The whole table as indented JSON.
pub fn json(table: &Table) -> String {
    let form = JsonTable {
        title: &table.title,
        columns: table.columns.iter().map(|c| c.title.as_str()).collect(),
        rows: (0..table.rows.len()).map(|row| (0..table.columns.len()).map(|c| table.cell(row, c)).collect()).collect(),
        notes: &table.notes,
    };
    serde_json::to_string_pretty(&form).map_or_else(|_| "{}\n".to_owned(), |text| text + "\n")
}

/// The table with every sign that has a plain spelling spelt in ASCII.
pub fn to_ascii(table: &Table) -> Table {
    Table {
        title: ascii(&table.title),
        columns: table.columns.iter().map(|c| Column { title: ascii(&c.title), align: c.align }).collect(),
        rows: table.rows.iter().map(|row| row.iter().map(|cell| ascii(cell)).collect()).collect(),
        notes: table.notes.iter().map(|note| ascii(note)).collect(),
    }
}

/// Spells common signs in ASCII; anything without a spelling becomes `?`.
pub fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '≥' => out.push_str(">="),
            '≤' => out.push_str("<="),
            '…' => out.push_str("..."),
            '–' | '—' | '−' | '‐' | '‑' => out.push('-'),
            '×' => out.push('x'),
            '±' => out.push_str("+/-"),
            '≈' => out.push('~'),
            '→' => out.push_str("->"),
            'µ' | 'μ' => out.push('u'),
            '·' | '•' => out.push('*'),
            '‘' | '’' => out.push('\''),
            '“' | '”' => out.push('"'),
            '\u{a0}' | '\u{2009}' | '\u{202f}' => out.push(' '),
            c if c.is_ascii() => out.push(c),
            _ => out.push('?'),
        }
    }
    out
}
