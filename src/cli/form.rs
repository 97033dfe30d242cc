//! The forms of what a command prints: for a reader, for a script, for a paper.

use super::terminal::{Terminal, print, warn};
use crate::report::table::render;
use crate::report::{Style, Table};
use serde_json::{Value, json};

/// How to print it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Text,
    Json,
}

/// How to print tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Tabular {
    /// As wide as the terminal; in plain signs where it is not one.
    Text,
    Markdown,
    Csv,
    /// With the rules of booktabs.
    Latex,
    /// One document with every table and the statistics in full.
    Json,
}

impl Tabular {
    /// Prints tables, each under its name, with the statistics that they are made of.
    pub fn print(self, tables: &[(String, Table)], findings: &Value) {
        let terminal = Terminal::out();
        let (style, width) = match self {
            Self::Text if terminal.live => (Style::Unicode, Some(terminal.width)),
            Self::Text => (Style::Ascii, Some(terminal.width)),
            Self::Markdown => (Style::Markdown, None),
            Self::Csv => (Style::Csv, None),
            Self::Latex => (Style::Latex, None),
            Self::Json => {
                let tables: serde_json::Map<String, Value> = (tables.iter())
                    .map(|(name, table)| {
                        let text = render(table, Style::Json, None);
                        (name.clone(), serde_json::from_str(&text).unwrap_or_default())
                    })
                    .collect();
                let whole = json!({ "tables": tables, "statistics": findings });
                print(&format!("{}\n", serde_json::to_string_pretty(&whole).unwrap_or_default()));
                return;
            }
        };
        // One empty line parts tables; a sketch or a table in text has its own line before what follows.
        let drawn: Vec<String> = tables.iter().map(|(_, table)| render(table, style, width)).collect();
        print(&if self == Self::Text {
            drawn.iter().map(|text| format!("{text}\n")).collect()
        } else {
            drawn.join("\n")
        });
    }

    /// Says something beside the tables: where a script reads those, to the reader alone.
    pub fn say(self, text: &str) {
        if self == Self::Text { print(text) } else { warn(text) }
    }
}
