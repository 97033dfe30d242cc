//! Workflow commands of GitHub Actions, which become annotations beside the lines of a change.

use super::{headline, on_disk};
use crate::cli::places::Places;
use crate::diagnostic::{Diagnostic, Severity};

/// `::error file=..,line=..,endLine=..,col=..,endColumn=..,title=E0303::message`, a line for each finding.
pub fn commands(findings: &[Diagnostic], places: &Places<'_>) -> String {
    findings.iter().map(|finding| command(finding, places)).collect()
}

fn command(finding: &Diagnostic, places: &Places<'_>) -> String {
    let span = finding.span();
    let (start, end) = (places.start(span), places.end(span));
    let kind = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = Vec::new();
    let name = places.name(span);
    if on_disk(name) {
        properties.push(format!("file={}", property(name)));
        properties.push(format!("line={}", start.line));
        properties.push(format!("endLine={}", end.line));
        // GitHub takes columns only of what lies on one line.
        if start.line == end.line {
            properties.push(format!("col={}", start.column));
            properties.push(format!("endColumn={}", end.column.max(start.column)));
        }
    }
    properties.push(format!("title={}", property(finding.id)));
    let mut message = headline(finding, places);
    if let Some(help) = &finding.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    format!("::{kind} {}::{}\n", properties.join(","), data(&message))
}

/// A message: what would end the line is escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property: what would end it is escaped as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
