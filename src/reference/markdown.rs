//! The files of docs/reference.

use super::contents::{Chapter, Section, chapters};
use super::entry::{Entry, Kind};
use super::plain::standing;
use crate::registry::FINDINGS;

const MADE: &str = "<!-- Made by `icl doc --write docs/reference`; change the registry, not this file. -->\n\n";

/// Name and text of every file of docs/reference.
#[must_use]
pub fn files() -> Vec<(String, String)> {
    let chapters = chapters();
    let mut files = vec![("README.md".to_string(), index(chapters))];
    files.extend(chapters.iter().map(|chapter| (format!("{}.md", chapter.file), whole(chapter))));
    files.push(("findings.md".to_string(), findings_index()));
    files
}

fn index(chapters: &[Chapter]) -> String {
    let mut text = format!(
        "{MADE}# Reference\n\nEvery word of the language, as `icl doc NAME` prints it. What happens when a study runs is in \
         [running.md](../running.md).\n\n"
    );
    for chapter in chapters {
        text.push_str(&format!("- [{}]({}.md)", chapter.title, chapter.file));
        let alone = chapter.sections.len() == 1;
        let names: Vec<String> = if alone {
            let mut names: Vec<String> = Vec::new();
            for entry in &chapter.sections[0].entries {
                let name = code(&entry.name);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        } else {
            let link =
                |section: &Section| format!("[{}]({}.md#{})", section.title, chapter.file, anchor(&section.title));
            chapter.sections.iter().map(link).collect()
        };
        text.push_str(&format!(": {}\n", names.join(", ")));
    }
    text.push_str("- [Findings](findings.md): what `icl check` tells, each with a page\n");
    text
}

/// The anchor that Markdown viewers give a heading.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn whole(chapter: &Chapter) -> String {
    let mut text = format!("{MADE}# {}\n\n{}\n", chapter.title, chapter.intro);
    let alone = chapter.sections.len() == 1;
    for section in &chapter.sections {
        if !alone {
            let title = &section.title;
            let title = if title.starts_with("std.") { title.clone() } else { capital(title) };
            text.push_str(&format!("\n## {title}\n"));
        }
        if !section.intro.is_empty() {
            text.push_str(&format!("\n{}\n", section.intro));
        }
        if short(section) {
            text.push_str(&table(section));
            continue;
        }
        for entry in &section.entries {
            text.push_str(&one(entry, if alone { "##" } else { "###" }));
        }
    }
    text
}

/// Whether a line says all there is to say of each entry.
fn short(section: &Section) -> bool {
    matches!(section.title.as_str(), "functions" | "words" | "units" | "operators")
}

fn table(section: &Section) -> String {
    let lines = |text: &str| text.lines().map(code).collect::<Vec<_>>().join("<br>");
    let shown = section.entries.iter().any(|entry| entry.example.is_some());
    let mut text = format!(
        "\n| | what it is |{}\n|---|---|{}\n",
        if shown { " example |" } else { "" },
        if shown { "---|" } else { "" }
    );
    for entry in &section.entries {
        text.push_str(&format!("| {} | {} |", lines(&entry.form), entry.doc));
        if let Some(example) = entry.example.as_ref().filter(|_| shown) {
            text.push_str(&format!(" {} |", lines(example)));
        }
        text.push('\n');
    }
    text
}

fn one(entry: &Entry, level: &str) -> String {
    let mut text = format!("\n{level} {}\n\n", code(&entry.name));
    if entry.form != entry.name {
        text.push_str(&format!("```\n{}\n```\n\n", entry.form));
    }
    match entry.kind {
        Kind::Library | Kind::Type | Kind::Item => text.push_str(&format!("{}\n", entry.doc)),
        _ => text.push_str(&format!("*{}.* {}\n", capital(&entry.what), entry.doc)),
    }
    if !entry.parameters.is_empty() {
        text.push_str("\n| parameter | takes | |\n|---|---|---|\n");
        for parameter in &entry.parameters {
            let library = entry.kind == Kind::Library;
            let takes = if library { code(&parameter.takes) } else { parameter.takes.replace('|', "\\|") };
            let standing = match &parameter.default {
                Some(value) if library => format!("{} where left out", code(value)),
                _ => standing(parameter),
            };
            text.push_str(&format!("| {} | {takes} | {standing} |\n", code(&parameter.name)));
        }
    }
    if let Some(example) = &entry.example {
        text.push_str(&format!("\n```icl\n{example}\n```\n"));
    }
    text
}

fn findings_index() -> String {
    let mut text = format!(
        "{MADE}# Findings\n\nWhat `icl check` tells, by id. `E` is an error: nothing runs before it is mended. `W` is a warning: \
         `#allow(W0201, \"why\")` on the line above keeps it silent there. `icl explain E0303` prints a page.\n\n\
         | id | what is wrong |\n|---|---|\n"
    );
    for page in FINDINGS {
        text.push_str(&format!("| [{0}](../errors/{0}.md) | {1} |\n", page.id, page.title));
    }
    text
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
