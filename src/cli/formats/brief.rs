//! A line for each finding, as compilers write them and editors read them.

use super::{flat, headline};
use crate::cli::places::Places;
use crate::diagnostic::{Diagnostic, Severity};
use anstyle::{AnsiColor, Style};

/// `FILE:LINE:COLUMN: error[E0303]: title (cure)`.
pub fn lines(findings: &[Diagnostic], places: &Places<'_>, colour: bool) -> String {
    findings.iter().map(|finding| line(finding, places, colour)).collect()
}

fn line(finding: &Diagnostic, places: &Places<'_>, colour: bool) -> String {
    let span = finding.span();
    let at = places.start(span);
    let (word, tint) = match finding.severity {
        Severity::Error => ("error", AnsiColor::Red),
        Severity::Warning => ("warning", AnsiColor::Yellow),
    };
    let (bold, strong) =
        if colour { (Style::new().bold(), tint.on_default().bold()) } else { (Style::new(), Style::new()) };
    let place = format!("{}:{}:{}", places.name(span), at.line, at.column);
    let kind = format!("{word}[{}]", finding.id);
    let title = flat(&headline(finding, places));
    let help = finding.help.as_ref().map_or_else(String::new, |help| format!(" ({})", flat(help)));
    format!("{bold}{place}{bold:#}: {strong}{kind}{strong:#}: {title}{help}\n")
}
