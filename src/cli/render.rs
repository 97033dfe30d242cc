//! Draws findings for a terminal or a pipe.

use super::excerpt::{Excerpt, files};
use super::places::Places;
use crate::diagnostic::{Diagnostic, Label, Severity, Sources};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use std::fmt::{self, Display};

/// Findings as text. `colour` and `width` follow the terminal.
#[must_use]
pub fn findings(found: &[Diagnostic], sources: &Sources, colour: bool, width: usize) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(width).with_context_lines(1);
    let places = Places::new(sources);
    let mut text = String::new();
    for finding in found {
        for part in parts(finding, &places, width) {
            let mut drawn = String::new();
            if handler.render_report(&mut drawn, &part).is_err() {
                drawn.push_str(&part.title);
            }
            text.push_str(if part.id.is_some() { &drawn } else { without_head(&drawn) });
        }
        text.push('\n');
    }
    text
}

/// "2 errors, 1 warning".
#[must_use]
pub fn tally(errors: usize, warnings: usize) -> String {
    match (errors, warnings) {
        (0, 0) => "no findings".into(),
        (errors, 0) => counted(errors, "error"),
        (0, warnings) => counted(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    }
}

/// "1 file", "2 files".
#[must_use]
pub fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// A drawing from the corner of its frame on.
fn without_head(drawn: &str) -> &str {
    let corner = drawn.find('╭').unwrap_or(0);
    &drawn[drawn[..corner].rfind('\n').map_or(0, |end| end + 1)..]
}

/// A finding as miette draws it: the lines around its place, and around each that is far from it
/// or in another file, since miette draws one file at a time.
fn parts(finding: &Diagnostic, places: &Places<'_>, width: usize) -> Vec<Part> {
    let mut parts = vec![Part::of(finding)];
    let mut first = true;
    for file in files(&finding.labels) {
        let mut labels: Vec<&Label> = finding.labels.iter().filter(|label| label.span.file == file).collect();
        while let Some(label) = labels.first() {
            let said = label.text.clone();
            let (excerpt, left) = Excerpt::new(&labels, places, width);
            match (parts.first_mut(), first) {
                // What cannot be shown at its place is said beside the title.
                (Some(part), true) if excerpt.is_empty() => part.title = format!("{}: {said}", part.title),
                (Some(part), true) => part.excerpt = excerpt,
                _ if excerpt.is_empty() => {}
                _ => parts.push(Part { excerpt, ..Part::default() }),
            }
            first = false;
            labels = left;
        }
    }
    if let Some(last) = parts.last_mut() {
        last.help.clone_from(&finding.help);
    }
    parts
}

#[derive(Debug, Default)]
struct Part {
    title: String,
    /// The first part alone has the id and the severity.
    id: Option<&'static str>,
    severity: Option<Severity>,
    help: Option<String>,
    excerpt: Excerpt,
}

impl Part {
    /// The head of a finding, without a place.
    fn of(finding: &Diagnostic) -> Self {
        let title = finding.title.clone();
        Self { title, id: Some(finding.id), severity: Some(finding.severity), ..Self::default() }
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Part {}

impl miette::Diagnostic for Part {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.id.map(|id| Box::new(id) as Box<dyn Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Some(Severity::Error) => miette::Severity::Error,
            Some(Severity::Warning) => miette::Severity::Warning,
            None => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (!self.excerpt.is_empty()).then_some(&self.excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.excerpt.labels()))
    }
}
