//! The forms in which findings are printed: one file a form.

mod brief;
mod github;
mod json;

use super::places::Places;
use super::render::{self, counted, tally};
use super::terminal::Terminal;
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, Severity, Sources};
use std::collections::HashSet;

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Each finding with the lines it is about.
    #[default]
    Full,
    /// A line for each finding: `FILE:LINE:COLUMN: error[ID]: title (cure)`.
    Brief,
    /// One JSON document, described in docs/checking.md.
    Json,
    /// Workflow commands, which GitHub shows beside the lines of a pull request.
    Github,
}

/// What there is to say about one program.
#[derive(Debug, Default)]
pub struct Report {
    pub sources: Sources,
    pub findings: Vec<Diagnostic>,
    /// Warnings that an `#allow` keeps silent, with its reason.
    pub silenced: Vec<(Diagnostic, String)>,
    /// What is checked and planned, but not run by this version.
    pub not_run: Vec<Diagnostic>,
}

impl Report {
    /// What the checker found.
    #[must_use]
    pub fn of(checked: Checked) -> Self {
        let Checked { sources, findings, silenced, not_run, .. } = checked;
        Self { sources, findings, silenced, not_run }
    }
}

/// How many findings there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    pub files: usize,
    pub errors: usize,
    pub warnings: usize,
    /// Warnings that an `#allow` keeps silent.
    pub silenced: usize,
    /// Findings with a certain cure.
    pub fixable: usize,
    /// Findings that `--fix` has mended.
    pub fixed: usize,
    /// Parts that are checked and planned, but not run by this version.
    pub not_run: usize,
}

impl Counts {
    /// The counts of reports about so many files.
    #[must_use]
    pub fn of(reports: &[Report]) -> Self {
        let mut counts = Self { files: reports.len(), ..Self::default() };
        for report in reports {
            let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
            counts.errors += errors;
            counts.warnings += report.findings.len() - errors;
            counts.silenced += report.silenced.len();
            counts.not_run += report.not_run.len();
            counts.fixable += report.findings.iter().filter(|finding| !finding.fix.is_empty()).count();
        }
        counts
    }

    /// "bad.icl: 5 errors", "7 files: 2 errors, 1 warning, 1 warning silenced by #allow".
    #[must_use]
    pub fn line(&self, reports: &[Report]) -> String {
        let about = match reports {
            [only] => only.sources.files.first().map_or_else(String::new, |source| source.name.clone()),
            many => counted(many.len(), "file"),
        };
        let silent = match self.silenced {
            0 => String::new(),
            count => format!(", {} silenced by #allow", counted(count, "warning")),
        };
        let fixed = if self.fixed > 0 { format!(", {} mended", self.fixed) } else { String::new() };
        format!("{about}: {}{silent}{fixed}\n", tally(self.errors, self.warnings))
    }
}

/// Takes away what was said before: a module that several programs use is checked with each of them.
pub fn say_once(reports: &mut [Report]) {
    let mut said = HashSet::new();
    for Report { sources, findings, silenced, not_run } in reports {
        let mut first = |finding: &Diagnostic| {
            let span = finding.span();
            let name = sources.get(span.file).map(|source| source.name.clone());
            said.insert((name, span.start, span.end, finding.id, finding.title.clone()))
        };
        findings.retain(&mut first);
        silenced.retain(|(finding, _)| first(finding));
        not_run.retain(&mut first);
    }
}

/// The findings of all reports in one form.
#[must_use]
pub fn text(reports: &[Report], counts: &Counts, format: Format, terminal: Terminal) -> String {
    if format == Format::Json {
        return json::document(reports, *counts);
    }
    let each = reports.iter().map(|report| {
        let places = Places::new(&report.sources);
        match format {
            Format::Full => render::findings(&report.findings, &report.sources, terminal.colour, terminal.width),
            Format::Brief => brief::lines(&report.findings, &places, terminal.colour),
            _ => github::commands(&report.findings, &places),
        }
    });
    each.collect()
}

/// Whether a source is a file that can be opened under its name: not a standard module, a pipe or a `--set`.
fn on_disk(name: &str) -> bool {
    !name.starts_with('<') && !name.starts_with("--set ")
}

/// A text on one line.
fn flat(text: &str) -> String {
    text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The title, with what stands at its place where no text can be shown.
fn headline(finding: &Diagnostic, places: &Places<'_>) -> String {
    let unseen = places.source(finding.span()).is_none_or(|source| source.text.is_empty());
    match finding.labels.first() {
        Some(label) if unseen => format!("{}: {}", finding.title, label.text),
        _ => finding.title.clone(),
    }
}
