//! Entries as text for a terminal or a pipe.

use super::contents::Chapter;
use super::entry::{Entry, Parameter};
use super::page::Layout;
use super::wrap::wrap;

/// What is said of a word in all its meanings.
#[must_use]
pub fn plain(entries: &[Entry], layout: Layout) -> String {
    let shown: Vec<String> = entries.iter().map(|entry| one(entry, layout)).collect();
    shown.join(&format!("\n{}\n\n", "-".repeat(layout.width.min(40))))
}

fn one(entry: &Entry, layout: Layout) -> String {
    let mut text = String::new();
    for line in entry.form.lines() {
        let margin = &line[..line.len() - line.trim_start().len()];
        text.push_str(&wrap(line, margin, &format!("{margin}    "), layout.width));
    }
    let head = layout.bold(text.trim_end());
    let mut text = format!("{head}\n{}\n", wrap(&entry.what, "  ", "  ", layout.width).trim_end());
    text.push('\n');
    text.push_str(&wrap(&entry.doc, "", "", layout.width));
    if !entry.parameters.is_empty() {
        text.push_str(&format!("\nParameters\n{}", parameters(&entry.parameters, layout.width)));
    }
    if let Some(example) = &entry.example {
        text.push_str("\nExample\n");
        example.lines().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    let mut notes = String::new();
    for (word, names) in [("Taken by: ", &entry.taken_by), ("See also: ", &entry.see_also)] {
        if !names.is_empty() {
            notes.push_str(&wrap(&names.join(", "), word, "  ", layout.width));
        }
    }
    if !notes.is_empty() {
        text.push('\n');
    }
    text + &notes
}

fn parameters(parameters: &[Parameter], width: usize) -> String {
    let widest = parameters.iter().map(|parameter| parameter.name.chars().count()).max().unwrap_or(0);
    let rows = parameters.iter().map(|parameter| {
        let first = format!("  {:widest$}  ", parameter.name);
        let margin = " ".repeat(widest + 4);
        wrap(&format!("{}; {}", parameter.takes, standing(parameter)), &first, &margin, width)
    });
    rows.collect()
}

/// What stands where a parameter is not given.
pub(super) fn standing(parameter: &Parameter) -> String {
    match parameter.default.as_deref() {
        None => "must be given".into(),
        Some("none") => "may be left out".into(),
        Some(value) => format!("{value} where left out"),
    }
}

/// Every name by chapter and section.
#[must_use]
pub fn listing(chapters: &[Chapter], layout: Layout) -> String {
    let mut text = String::new();
    for chapter in chapters {
        text.push_str(&format!("{}\n", layout.bold(chapter.title)));
        for section in &chapter.sections {
            let mut names: Vec<&str> = Vec::new();
            for entry in &section.entries {
                let name = entry.name.strip_prefix(&format!("{}.", section.title)).unwrap_or(&entry.name);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            let alone = chapter.sections.len() == 1;
            let first = if alone { "  ".to_string() } else { format!("  {}: ", section.title) };
            text.push_str(&wrap(&names.join(", "), &first, "    ", layout.width));
        }
        text.push('\n');
    }
    text
}
