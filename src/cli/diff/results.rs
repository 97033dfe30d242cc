//! `icl diff --results`: what two runs found, side by side.

use super::super::Exit;
use super::super::terminal::{Terminal, print, warn};
use super::Format;
use crate::diff::results::{Findings, Found, Line, compare};
use crate::report::number::{NOT_REACHED, at_least, count, p_value, percent, steps};
use crate::report::table::render;
use crate::report::{Column, Style, Table};
use std::fs;
use std::path::{Path, PathBuf};

/// The findings of an experiment of both runs, under its name where a run has several.
struct Both {
    name: Option<String>,
    old: Findings,
    new: Findings,
}

pub fn run(folders: &[String], format: Format, exit_code: bool) -> Exit {
    let [old, new] = folders else {
        warn("--results takes two run folders, as in `icl diff --results runs/before runs/now`\n");
        return Exit::Usage;
    };
    let both = match read(Path::new(old), Path::new(new)) {
        Ok(both) => both,
        Err(reason) => {
            warn(&format!("{reason}\n"));
            return Exit::Usage;
        }
    };
    let mut differs = false;
    let mut documents = Vec::new();
    for Both { name, old: before, new: after } in &both {
        let lines = compare(before, after);
        differs |= lines.iter().any(|line| !line.same());
        match format {
            Format::Json => documents.push(serde_json::json!({
                "experiment": name, "old": old, "new": new, "findings": lines.iter().map(document).collect::<Vec<_>>(),
            })),
            _ => print(&shown(&lines, (old, new), name.as_deref(), (before, after), format)),
        }
    }
    if format == Format::Json {
        print(&format!("{}\n", serde_json::to_string_pretty(&documents).unwrap_or_default()));
    }
    if exit_code && differs { Exit::Failed } else { Exit::Done }
}

/// The experiments that both folders hold.
fn read(old: &Path, new: &Path) -> Result<Vec<Both>, String> {
    for folder in [old, new] {
        if !folder.is_dir() {
            return Err(format!(
                "{} is no folder; a run folder is what `icl run` writes, such as runs/NAME",
                folder.display()
            ));
        }
    }
    if old.join(FILE).is_file() || new.join(FILE).is_file() {
        return Ok(vec![Both { name: None, old: findings(old)?, new: findings(new)? }]);
    }
    // A program of several experiments has a folder for each.
    let (inside, other) = (experiments(old), experiments(new));
    let shared: Vec<&String> = inside.iter().filter(|name| other.contains(name)).collect();
    if shared.is_empty() {
        let without = if inside.is_empty() { old } else { new };
        return Err(format!(
            "{} holds no findings ({FILE}); `icl run` writes them for a study with a plateau",
            without.display()
        ));
    }
    let read = |name: &&String| {
        Ok(Both { name: Some((*name).clone()), old: findings(&old.join(name))?, new: findings(&new.join(name))? })
    };
    shared.iter().map(read).collect()
}

const FILE: &str = "plateau.json";

fn experiments(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let with = entries.filter(|entry| entry.path().join(FILE).is_file());
    let mut names: Vec<String> = with.map(|entry| entry.file_name().to_string_lossy().to_string()).collect();
    names.sort();
    names
}

fn findings(folder: &Path) -> Result<Findings, String> {
    let path: PathBuf = folder.join(FILE);
    let text = fs::read_to_string(&path).map_err(|reason| {
        format!("{} cannot be read: {reason}; `icl run` writes it for a study with a plateau", path.display())
    })?;
    serde_json::from_str(&text).map_err(|reason| format!("{} is not as `icl run` writes it: {reason}", path.display()))
}

fn shown(
    lines: &[Line],
    (old, new): (&str, &str),
    name: Option<&str>,
    sides: (&Findings, &Findings),
    format: Format,
) -> String {
    let differing: Vec<&Line> = lines.iter().filter(|line| !line.same()).collect();
    let title = name.map_or_else(|| format!("{old} -> {new}"), |name| format!("{name}: {old} -> {new}"));
    if differing.is_empty() {
        return format!("{title}: the same findings\n");
    }
    let mut table = Table {
        title,
        columns: vec![
            Column::left("arm or claim"),
            Column::left("finding"),
            Column::right("before"),
            Column::right("now"),
            Column::right("difference"),
        ],
        ..Table::default()
    };
    for line in &differing {
        table.rows.push(vec![
            line.of.clone(),
            line.what.to_string(),
            said(line.old.as_ref()),
            said(line.new.as_ref()),
            apart(line),
        ]);
    }
    let same = lines.len() - differing.len();
    if same > 0 {
        table.notes.push(format!("{same} other findings are the same."));
    }
    for (folder, side) in [(old, sides.0), (new, sides.1)] {
        if let Some(limit) = side.limit {
            table.notes.push(format!("{folder} is a trial of {} steps.", count(limit)));
        }
    }
    if let (Some(a), Some(b)) = (sides.0.summary.horizon, sides.1.summary.horizon)
        && a != b
    {
        let (a, b) = (steps(a), steps(b));
        table
            .notes
            .push(format!("Means are restricted to {a} steps before and to {b} now, so they cannot be compared."));
    }
    let terminal = Terminal::out();
    let (style, width) = match format {
        Format::Markdown => (Style::Markdown, None),
        _ if terminal.live => (Style::Unicode, Some(terminal.width)),
        _ => (Style::Ascii, Some(terminal.width)),
    };
    render(&table, style, width)
}

fn said(found: Option<&Found>) -> String {
    match found {
        None => "none".into(),
        Some(Found::Escaped(k, n)) => format!("{k} of {n}"),
        Some(Found::Exit(None)) => NOT_REACHED.into(),
        Some(Found::Exit(Some(step)) | Found::Mean(step, false)) => steps(*step),
        Some(Found::Mean(step, true)) => at_least(*step),
        Some(Found::Progress(share)) => percent(*share),
        Some(Found::Count(runs)) => runs.to_string(),
        Some(Found::Verdict(verdict, p)) => {
            p.map_or_else(|| verdict.clone(), |p| format!("{verdict}, p {}", p_value(p)))
        }
    }
}

/// The difference with its sign.
fn apart(line: &Line) -> String {
    let Some(difference) = line.difference().filter(|difference| *difference != 0.0) else { return String::new() };
    let sign = if difference > 0.0 { "+" } else { "-" };
    let size = difference.abs();
    let text = match line.new {
        Some(Found::Progress(_)) => percent(size),
        _ => steps(size),
    };
    format!("{sign}{text}")
}

fn document(line: &Line) -> serde_json::Value {
    let mut value = serde_json::to_value(line).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.insert("difference".into(), serde_json::json!(line.difference()));
    }
    value
}
