//! The pieces of a page: words without markup in them, tables, programs, figures.

use crate::report::pictures::Picture;
use crate::report::table::{Align, Column, Table};
use std::fmt::Write as _;

/// Text as HTML reads it, in an element or an attribute; characters that no document may hold become spaces.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A table that a keyboard can scroll; the first cell of a row is its header.
pub fn table(table: &Table) -> String {
    let title = escape(&table.title);
    let mut out = format!("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{title}\"><table>");
    let _ = write!(out, "<caption>{title}</caption><thead><tr>");
    let class = |column: &Column| if column.align == Align::Right { " class=\"n\"" } else { "" };
    for column in &table.columns {
        let _ = write!(out, "<th scope=\"col\"{}>{}</th>", class(column), escape(&column.title));
    }
    out.push_str("</tr></thead><tbody>");
    for row in 0..table.rows.len() {
        out.push_str("<tr>");
        for (at, column) in table.columns.iter().enumerate() {
            let cell = escape(table.cell(row, at));
            let _ = match at {
                0 => write!(out, "<th scope=\"row\"{}>{cell}</th>", class(column)),
                _ => write!(out, "<td{}>{cell}</td>", class(column)),
            };
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>\n");
    for note in &table.notes {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escape(note));
    }
    out
}

/// What is drawn is put into the page as a table up to so many lines; beyond, the file beside the figure has it.
const MOST_LINES: usize = 300;

/// A drawn figure with its caption and what is drawn.
pub fn figure(picture: &Picture) -> String {
    let svg = picture.light_svg().replacen("<svg ", "<svg role=\"img\" ", 1);
    let asked = escape(&picture.asked);
    let mut out =
        format!("<figure><div class=\"wide paper\" tabindex=\"0\" role=\"region\" aria-label=\"{asked}\">{svg}</div>");
    let _ = writeln!(out, "<figcaption><code>plot: {asked}</code></figcaption>");
    let text = picture.csv();
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().map(|line| line.iter().map(str::to_owned).collect()).unwrap_or_default();
    let lines: Vec<csv::StringRecord> = reader.records().filter_map(Result::ok).collect();
    if lines.len() > MOST_LINES {
        let name = escape(&picture.name);
        let _ =
            writeln!(out, "<p class=\"note\">Its {} points are in <code>figures/{name}.csv</code>.</p>", lines.len());
    } else {
        let drawn = Table {
            title: picture.asked.clone(),
            columns: names.into_iter().map(Column::left).collect(),
            rows: lines.iter().map(|line| line.iter().map(str::to_owned).collect()).collect(),
            notes: Vec::new(),
        };
        let _ = writeln!(out, "<details><summary>What is drawn, as a table</summary>{}</details>", table(&drawn));
    }
    out.push_str("</figure>\n");
    out
}

/// A unified diff, a line of it an element; signs and not colours alone say what each is.
pub fn diff(text: &str) -> String {
    let mut out = "<pre tabindex=\"0\"><code>".to_owned();
    for line in text.lines() {
        let element = match line.chars().next() {
            Some('+') => "ins",
            Some('-') => "del",
            _ => "span",
        };
        let _ = writeln!(out, "<{element}>{}</{element}>", escape(line));
    }
    out.push_str("</code></pre>\n");
    out
}
