//! Draws findings for a terminal or a pipe.

use crate::diagnostic::{Diagnostic, FileId, Severity, Sources};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};
use std::fmt::{self, Display};

/// Findings as text. `colour` and `width` follow the terminal.
#[must_use]
pub fn findings(found: &[Diagnostic], sources: &Sources, colour: bool, width: usize) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(width).with_context_lines(1);
    let mut text = String::new();
    for finding in found {
        let shown = Shown::new(finding, sources);
        if handler.render_report(&mut text, &shown).is_err() {
            text.push_str(&finding.title);
        }
        text.push('\n');
    }
    text
}

/// "2 errors, 1 warning".
#[must_use]
pub fn tally(errors: usize, warnings: usize) -> String {
    let word = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    match (errors, warnings) {
        (0, 0) => "no findings".into(),
        (errors, 0) => word(errors, "error"),
        (0, warnings) => word(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", word(errors, "error"), word(warnings, "warning")),
    }
}

/// A finding as miette reads it; places in other files become related findings, since one can show one file only.
#[derive(Debug)]
struct Shown {
    title: String,
    id: &'static str,
    severity: Severity,
    help: Option<String>,
    source: Text,
    labels: Vec<LabeledSpan>,
    related: Vec<Shown>,
}

#[derive(Debug)]
struct Text {
    name: String,
    text: String,
}

impl Text {
    fn of(file: FileId, sources: &Sources) -> Self {
        sources.get(file).map_or_else(
            || Self { name: String::new(), text: String::new() },
            |source| Self { name: source.name.clone(), text: source.text.clone() },
        )
    }
}

impl SourceCode for Text {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, miette::MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        )))
    }
}

impl Shown {
    fn new(finding: &Diagnostic, sources: &Sources) -> Self {
        let file = finding.span().file;
        let (here, elsewhere): (Vec<_>, Vec<_>) = finding.labels.iter().partition(|label| label.span.file == file);
        let spans = here.iter().enumerate().map(|(place, label)| {
            let span = (label.span.start as usize, (label.span.end - label.span.start) as usize);
            let text = Some(label.text.clone());
            if place == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        });
        let related = elsewhere.iter().map(|label| {
            let other = Diagnostic::warning(finding.id, label.text.clone(), label.span, "here");
            Self::new(&other, sources)
        });
        Self {
            title: finding.title.clone(),
            id: finding.id,
            severity: finding.severity,
            help: finding.help.clone(),
            source: Text::of(file, sources),
            labels: spans.collect(),
            related: related.collect(),
        }
    }
}

impl Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.id))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|shown| shown as &dyn miette::Diagnostic)))
    }
}
