//! One JSON document for other programs to read; docs/checking.md describes it.

use super::{Counts, Report, on_disk};
use crate::cli::places::Places;
use crate::diagnostic::{Diagnostic, Severity, Span};
use serde::Serialize;

/// The number of this form: it changes when a field changes its meaning or goes away, not when one is added.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document {
    version: u32,
    /// The version of icl that wrote it.
    icl: &'static str,
    findings: Vec<Finding>,
    silenced: Vec<Silenced>,
    /// Parts that are checked and planned, but not run by this version.
    not_run: Vec<Finding>,
    counts: Counts,
}

#[derive(Serialize)]
struct Finding {
    id: &'static str,
    severity: &'static str,
    title: String,
    help: Option<String>,
    /// The first is the place of the fault.
    labels: Vec<Label>,
    /// Edits that together mend it; empty where the cure is not certain.
    fix: Vec<Edit>,
}

#[derive(Serialize)]
struct Silenced {
    #[serde(flatten)]
    finding: Finding,
    /// What the `#allow` says.
    reason: String,
}

#[derive(Serialize)]
struct Label {
    #[serde(flatten)]
    place: Place,
    text: String,
}

#[derive(Serialize)]
struct Edit {
    #[serde(flatten)]
    place: Place,
    /// What is to stand there.
    text: String,
}

/// Lines and columns from 1, columns in characters; bytes from 0. Ends are excluded.
#[derive(Serialize)]
struct Place {
    file: String,
    /// Whether `file` is the path of a file: not of a standard module, a pipe or a `--set`.
    on_disk: bool,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    start_byte: u32,
    end_byte: u32,
}

/// All reports as one document.
pub fn document(reports: &[Report], counts: Counts) -> String {
    let mut document = Document {
        version: VERSION,
        icl: env!("CARGO_PKG_VERSION"),
        findings: Vec::new(),
        silenced: Vec::new(),
        not_run: Vec::new(),
        counts,
    };
    for report in reports {
        let places = Places::new(&report.sources);
        document.findings.extend(report.findings.iter().map(|finding| of(finding, &places)));
        document.not_run.extend(report.not_run.iter().map(|finding| of(finding, &places)));
        document.silenced.extend(
            (report.silenced.iter())
                .map(|(finding, reason)| Silenced { finding: of(finding, &places), reason: reason.clone() }),
        );
    }
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn of(finding: &Diagnostic, places: &Places<'_>) -> Finding {
    Finding {
        id: finding.id,
        severity: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        title: finding.title.clone(),
        help: finding.help.clone(),
        labels: (finding.labels.iter())
            .map(|label| Label { place: place(label.span, places), text: label.text.clone() })
            .collect(),
        fix: (finding.fix.iter())
            .map(|edit| Edit { place: place(edit.span, places), text: edit.text.clone() })
            .collect(),
    }
}

fn place(span: Span, places: &Places<'_>) -> Place {
    let (start, end) = (places.start(span), places.end(span));
    let name = places.name(span);
    Place {
        file: name.to_string(),
        on_disk: on_disk(name),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        start_byte: span.start,
        end_byte: span.end,
    }
}
