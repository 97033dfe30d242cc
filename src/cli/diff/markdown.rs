//! The differences of files as a comment on a pull request: one headline, a table, long lists folded.

use super::places::Line;
use super::text::{called, cells, place, work};
use super::words::{holds, words};
use super::{Outcome, Told};
use crate::diff::{Change, Class, Study};
use crate::report::number::{count, flops};

/// By this line a comment is known again, so that there is one and not many.
const MARKER: &str = "<!-- icl diff -->";

/// Rows of a table that are shown before the rest is folded.
const SHOWN: usize = 10;

/// Bytes of a comment; GitHub takes 65,536 letters.
const MOST: usize = 60_000;

/// The comment; empty where the meaning is the same.
pub fn markdown(told: &[Told]) -> String {
    let said: Vec<&Told> = told.iter().filter(|one| one.faulty() || one.class() > Class::Cosmetic).collect();
    if said.is_empty() {
        return String::new();
    }
    let mut text = format!("{MARKER}\n{}\n", headline(&said));
    let mut left_out = Vec::new();
    for one in &said {
        let head = if said.len() > 1 { format!("### `{}`\n\n", called(one)) } else { String::new() };
        let section = format!("\n{head}{}", file(one));
        if text.len() + section.len() > MOST {
            left_out.push(format!("`{}`", called(one)));
        } else {
            text.push_str(&section);
        }
    }
    if !left_out.is_empty() {
        let names = left_out.len().min(20);
        let more = if left_out.len() > names { format!(" and {} more", left_out.len() - names) } else { String::new() };
        text.push_str(&format!(
            "\nToo long to be shown here: {}{more}; `icl diff` prints them.\n",
            left_out[..names].join(", ")
        ));
    }
    let same = told.len() - said.len();
    if same > 0 {
        let files = if same == 1 { "1 other program".into() } else { format!("{same} other programs") };
        text.push_str(&format!("\nNo change in meaning in {files}.\n"));
    }
    text
}

/// What changed, the highest class, cells to run, and the cost before and after: one line.
fn headline(told: &[&Told]) -> String {
    let faulty: Vec<&&Told> = told.iter().filter(|one| one.faulty()).collect();
    let mut parts = Vec::new();
    let compared: Vec<(&Told, &crate::diff::Difference)> = (told.iter())
        .filter_map(
            |one| if let Outcome::Compared(difference, _) = &one.outcome { Some((*one, difference)) } else { None },
        )
        .collect();
    if let Some((first, _)) = compared.first() {
        let class = compared.iter().map(|(_, difference)| difference.class()).max().unwrap_or_default();
        let changes: Vec<&Change> =
            compared.iter().flat_map(|(_, difference)| &difference.studies).flat_map(|study| &study.changes).collect();
        let highest = changes.iter().find(|change| change.class == class).map(|change| brief(change));
        let more = match changes.len() {
            0 | 1 => String::new(),
            2 => " and 1 more change".into(),
            many => format!(" and {} more changes", many - 1),
        };
        let whose =
            if compared.len() == 1 { format!("`{}`", first.name) } else { format!("{} programs", compared.len()) };
        let to_run: usize = compared.iter().map(|(_, difference)| difference.costs().2.cells).sum();
        let all: usize = compared.iter().map(|(_, difference)| difference.cells().total()).sum();
        let sum = |pick: fn(&crate::diff::Difference) -> f64| flops(compared.iter().map(|(_, one)| pick(one)).sum());
        let cost = format!("{} -> {}", sum(|one| one.costs().0.flops), sum(|one| one.costs().1.flops));
        let run = match to_run {
            0 => "nothing to run".to_string(),
            some => format!("{} of {} cells to run", count(some as u64), count(all as u64)),
        };
        parts.push(format!(
            "{whose}: {}{more} (**{}**, {}); {run}, {cost}",
            highest.unwrap_or_default(),
            class.word(),
            class.meaning()
        ));
    }
    if !faulty.is_empty() {
        let names: Vec<String> = faulty.iter().map(|one| format!("`{}`", one.name)).collect();
        parts.push(format!("{} cannot be compared: a side has errors", names.join(", ")));
    }
    parts.join("; ")
}

/// A change in a headline, with values only where they are short.
fn brief(change: &Change) -> String {
    const SHORT: usize = 60;
    let whole = words(change);
    let short = if whole.chars().count() <= SHORT { whole } else { change.subject.clone() };
    code(&short)
}

fn file(told: &Told) -> String {
    let (difference, places) = match &told.outcome {
        Outcome::Compared(difference, places) => (difference, places),
        Outcome::Faulty(sides) => {
            let mut text = String::new();
            for faulty in sides {
                for finding in &faulty.errors {
                    let (line, _) = faulty.sources.position(finding.span());
                    let file = faulty.sources.get(finding.span().file).map_or("", |source| &source.name);
                    text.push_str(&format!("- {}: `{file}:{line}` {}: {}\n", faulty.side, finding.id, finding.title));
                }
            }
            return text;
        }
    };
    let mut text = String::new();
    for (study, places) in difference.studies.iter().zip(places) {
        if difference.studies.len() > 1 && study.old.is_some() && study.new.is_some() && study.class() > Class::Cosmetic
        {
            text.push_str(&format!("Experiment `{}`\n\n", study.name()));
        }
        text.push_str(&experiment(study, places, told));
    }
    let (before, after, to_run) = difference.costs();
    text.push_str(&format!("Cells: {}. Work: {}.\n", cells(&difference.cells()), work(&before, &after, &to_run)));
    text
}

fn experiment(study: &Study, places: &[[Option<Line>; 2]], told: &Told) -> String {
    let mut text = String::new();
    for warning in &study.warnings {
        text.push_str(&format!("> **Warning:** {}\n\n", warning.text));
    }
    let rows: Vec<String> = (study.changes.iter().zip(places))
        .map(|(change, places)| {
            let cells = [holds(change), place(places, told)].map(|cell| cell.replace('|', "\\|"));
            format!("| {} | {} | {} | {} |\n", change.class.word(), code(&words(change)), cells[0], cells[1])
        })
        .collect();
    let head = "| class | change | where | line |\n|---|---|---|---|\n";
    if !rows.is_empty() {
        let (first, rest) = rows.split_at(rows.len().min(SHOWN));
        text.push_str(&format!("{head}{}\n", first.concat()));
        if !rest.is_empty() {
            let summary = if rest.len() == 1 { "1 more change".into() } else { format!("{} more changes", rest.len()) };
            text.push_str(&folded(&summary, &format!("{head}{}", rest.concat())));
        }
    }
    let inner: Vec<String> = (study.changes.iter().filter(|change| !change.details.is_empty()))
        .flat_map(|change| change.details.iter().map(move |detail| (change, detail)))
        .map(|(change, detail)| {
            let side = |value: &Option<String>| value.as_deref().map_or("none".into(), code);
            let (old, new) = (side(&detail.old), side(&detail.new));
            format!("| {} | {} | {old} | {new} |\n", code(&change.subject), code(&detail.subject))
        })
        .collect();
    if !inner.is_empty() {
        let head = "| change | part | before | now |\n|---|---|---|---|\n";
        text.push_str(&folded("What that comes to", &format!("{head}{}", inner.concat())));
    }
    if !study.renames.is_empty() && study.class() > Class::Cosmetic {
        let renames = study.renames.iter().map(|name| format!("{} `{}` -> `{}`", name.what, name.old, name.new));
        text.push_str(&format!("Renamed: {}.\n\n", renames.collect::<Vec<_>>().join(", ")));
    }
    text
}

fn folded(summary: &str, inside: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{inside}\n</details>\n\n")
}

/// Text in backticks, safe in a cell of a table.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|").replace('\n', " ");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}
