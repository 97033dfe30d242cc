//! What a change does to a text, as a unified diff.

use anstyle::{AnsiColor, Style};
use similar::TextDiff;
use std::time::Duration;

/// How long to look for the smallest diff; texts that share next to nothing get a larger one.
const PATIENCE: Duration = Duration::from_secs(2);

/// The diff that makes `new` of `old`, with three lines around each change; empty if there is none.
#[must_use]
pub fn unified(name: &str, old: &str, new: &str, colour: bool) -> String {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let plain = diff.unified_diff().header(name, name).to_string();
    if !colour {
        return plain;
    }
    plain.split_inclusive('\n').enumerate().map(|(at, line)| painted(line, style(at, line))).collect()
}

/// The first two lines name the files; every other begins with a sign.
fn style(at: usize, line: &str) -> Style {
    match line.chars().next() {
        _ if at < 2 => Style::new().bold(),
        Some('-') => AnsiColor::Red.on_default(),
        Some('+') => AnsiColor::Green.on_default(),
        Some('@') => AnsiColor::Cyan.on_default(),
        _ => Style::new(),
    }
}

/// A line in a style, which ends before the line does.
fn painted(line: &str, style: Style) -> String {
    let text = line.trim_end_matches(['\r', '\n']);
    format!("{style}{text}{style:#}{}", &line[text.len()..])
}
