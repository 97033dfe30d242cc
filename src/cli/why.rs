//! `icl plan --why`: where the value of every setting was written.

use super::Exit;
use super::terminal::{Terminal, print, warn};
use crate::check::Override;
use crate::check::origins::{From, Origin, Origins, origins};
use crate::diagnostic::Sources;
use crate::registry::nearest;
use crate::report::table::render;
use crate::report::{Column, Style, Table};
use crate::world::Disk;
use serde_json::{Value, json};
use std::path::Path;

/// Characters of a value that are shown at least.
const SHOWN: usize = 16;

/// Prints the settings of a program without errors whose path has `name` in it, or all of them.
pub fn show(file: &Path, set: &[Override], arms: &[String], name: Option<&str>, as_json: bool) -> Exit {
    let Ok(mut found) = origins(&Disk, file, set) else { return Exit::Failed };
    for (_, all) in &mut found.experiments {
        all.retain(|(arm, _)| arms.is_empty() || arms.contains(arm));
    }
    found.experiments.retain(|(_, all)| !all.is_empty());
    if let Some(name) = name {
        let words: Vec<String> = (found.experiments.iter().flat_map(|(_, arms)| arms))
            .flat_map(|(_, rows)| rows.iter().flat_map(|row| row.path.split('.').map(ToString::to_string)))
            .collect();
        for (_, rows) in found.experiments.iter_mut().flat_map(|(_, arms)| arms) {
            rows.retain(|row| within(&row.path, name));
        }
        if found.experiments.iter().all(|(_, arms)| arms.iter().all(|(_, rows)| rows.is_empty())) {
            let help = nearest(name, words.iter().map(String::as_str))
                .map_or_else(|| "`icl plan --why` lists all of them".into(), |meant| format!("write `--why {meant}`"));
            warn(&format!("no setting is called `{name}`; {help}\n"));
            return Exit::Usage;
        }
    }
    if as_json {
        print(&format!("{}\n", serde_json::to_string_pretty(&told(&found)).unwrap_or_default()));
        return Exit::Done;
    }
    let terminal = Terminal::out();
    let style = if terminal.live { Style::Unicode } else { Style::Ascii };
    for (experiment, arms) in &found.experiments {
        for table in tables(experiment, arms, &found.sources, terminal.width) {
            print(&format!("{}\n", render(&table, style, Some(terminal.width))));
        }
    }
    Exit::Done
}

/// Whether a path has the words of a name in it, one after another.
fn within(path: &str, name: &str) -> bool {
    format!(".{path}.").contains(&format!(".{name}."))
}

/// What all arms share, then what each has for itself.
fn tables(experiment: &str, arms: &[(String, Vec<Origin>)], sources: &Sources, width: usize) -> Vec<Table> {
    let common = |row: &&Origin| arms.iter().all(|(_, rows)| rows.contains(row));
    let table = |title: String, rows: Vec<&Origin>| {
        let mut lines: Vec<Vec<String>> =
            (rows.into_iter()).map(|row| vec![row.path.clone(), row.value.clone(), said(&row.from, sources)]).collect();
        // Values give way, so that a setting stays on its line.
        let longest = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let room = width.saturating_sub(longest(0) + longest(2) + 4).max(SHOWN);
        lines.iter_mut().for_each(|line| line[1] = short(&line[1], room));
        let columns = vec![Column::left("setting"), Column::left("value"), Column::left("from")];
        Table { title, columns, rows: lines, notes: Vec::new() }
    };
    let first = arms.first().map(|(_, rows)| rows.as_slice()).unwrap_or_default();
    let mut tables = Vec::new();
    let shared: Vec<&Origin> = first.iter().filter(common).collect();
    if !shared.is_empty() {
        let of = if arms.len() > 1 { ": every arm" } else { "" };
        tables.push(table(format!("{experiment}{of}"), shared));
    }
    for (arm, rows) in arms {
        let own: Vec<&Origin> = rows.iter().filter(|row| !common(row)).collect();
        if !own.is_empty() {
            tables.push(table(format!("{experiment}: arm {arm}"), own));
        }
    }
    tables
}

fn short(value: &str, room: usize) -> String {
    if value.chars().count() <= room {
        return value.to_string();
    }
    value.chars().take(room - 3).chain("...".chars()).collect()
}

/// The origin in words: a place, the command line, or the default of the language.
pub fn said(from: &From, sources: &Sources) -> String {
    match from {
        From::Line(span) => place(*span, sources),
        From::Standing(span) => format!("default, {}", place(*span, sources)),
        From::Default => "default".into(),
        From::Set => "--set".into(),
        From::Sweep(span) => format!("sweep, {}", place(*span, sources)),
    }
}

fn place(span: crate::diagnostic::Span, sources: &Sources) -> String {
    let name = sources.get(span.file).map_or("?", |source| source.name.as_str());
    format!("{name}:{}", sources.position(span).0)
}

fn told(found: &Origins) -> Value {
    let row = |row: &Origin| {
        let (kind, span) = match row.from {
            From::Line(span) => ("line", Some(span)),
            From::Standing(span) => ("default", Some(span)),
            From::Default => ("default", None),
            From::Set => ("set", None),
            From::Sweep(span) => ("sweep", Some(span)),
        };
        let at =
            span.map(|span| (found.sources.get(span.file).map(|source| &source.name), found.sources.position(span).0));
        json!({
            "setting": row.path, "value": row.value, "from": kind,
            "file": at.and_then(|(file, _)| file), "line": at.map(|(_, line)| line),
        })
    };
    let experiments = found.experiments.iter().map(|(experiment, arms)| {
        let arms =
            arms.iter().map(|(arm, rows)| json!({ "arm": arm, "settings": rows.iter().map(row).collect::<Vec<_>>() }));
        json!({ "experiment": experiment, "arms": arms.collect::<Vec<_>>() })
    });
    experiments.collect()
}
