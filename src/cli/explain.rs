//! `icl explain`: what a finding means, or what the columns of a table say.

use super::Exit;
use super::doc::layout;
use super::terminal::{print, warn};
use crate::reference::{Found, Layout, lookup, page, plain};
use crate::registry::{FINDINGS, Finding, finding, nearest, page_of};
use crate::report::columns::{CLAIMS, COMPARED, DETAILS, Explained, FINAL, MEASURES, ONSET, PLATEAU};

/// Arguments of `icl explain`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The id of a finding, as `icl check` prints it; or `table`, for the columns of the tables that `icl run` prints.
    word: String,
}

pub fn run(arguments: &Arguments) -> Exit {
    let word = arguments.word.as_str();
    if word == "table" {
        print(&tables(layout()));
        return Exit::Done;
    }
    let id = word.to_uppercase();
    if let Some(page) = finding(&id) {
        print(&text(page, layout()));
        return Exit::Done;
    }
    if let Found::Entries(entries) = lookup(word) {
        print(&plain(&entries, layout()));
        return Exit::Done;
    }
    let meant = nearest(&id, FINDINGS.iter().map(|page| page.id));
    let hint = match meant {
        Some(meant) => format!("; did you mean {meant}?"),
        None => "; ids look like E0303 or W0201, and docs/reference/findings.md lists them".to_string(),
    };
    warn(&format!("there is no page on `{word}`{hint}\n"));
    Exit::Failed
}

/// The page of a finding.
pub fn text(finding: &Finding, layout: Layout) -> String {
    let written = page_of(finding.id).map_or_else(|| format!("# {}\n\n{}\n", finding.title, finding.doc), Into::into);
    page(&written, layout)
}

/// The page of a finding for programs.
pub fn as_json(finding: &Finding) -> serde_json::Value {
    serde_json::json!({ "id": finding.id, "title": finding.title, "doc": finding.doc, "page": page_of(finding.id) })
}

fn tables(layout: Layout) -> String {
    let shown = [
        ("The plateau table", &PLATEAU[..]),
        ("The details of exits", &DETAILS),
        ("The table of onsets", &ONSET),
        ("The table of last values", &FINAL),
        ("The table of measures", &MEASURES),
        ("The table of claims", &CLAIMS),
        ("What the table of `icl compare` has besides", &COMPARED),
    ];
    let shown = shown.map(|(title, columns)| format!("{}\n\n{}", layout.bold(title), explained(columns, layout)));
    shown.join("\n")
}

fn explained(columns: &[Explained], layout: Layout) -> String {
    let columns = columns.iter().map(|column| {
        let heading = column
            .heading
            .replace("{baseline}", "the first arm")
            .replace("{a}", "A")
            .replace("{b}", "B")
            .replace("{measure}", "A measure");
        page(&format!("- {heading}: {}", column.meaning), layout)
    });
    columns.collect()
}
