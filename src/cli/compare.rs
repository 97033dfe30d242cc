//! `icl compare`: what several studies found, side by side.

use super::Exit;
use super::curves;
use super::diff::words;
use super::form::Tabular;
use super::rm::of;
use super::run::Choice;
use super::seen::Seen;
use super::store::Place;
use super::studies::{Named, Refused, named};
use super::terminal::warn;
use crate::data::atomic;
use crate::diff::comparable::{Unlike, unlike};
use crate::diff::{Change, between};
use crate::registry::nearest;
use crate::report::compared::{Compared, findings, forest, shared, table};
use crate::report::study::CellCurve;
use crate::report::{Column, Drawn, Picture, Table};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const CODES: &str = "Exit codes: 0 the findings were printed; 1 a program has errors, or a store cannot be read, or no study has a \
    finished run; 2 the command line is wrong. docs/reports.md tells more.";

/// Arguments of `icl compare`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
pub struct Arguments {
    /// The studies, two at least: programs, folders of runs, or names of those under runs. The others are told against the
    /// first; a program of several experiments is as many studies.
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Only the last values of these measures; all that the studies have in common by default.
    #[arg(long = "measure", value_name = "NAME")]
    measures: Vec<String>,
    /// How to print the tables.
    #[arg(long, value_enum, default_value_t = Tabular::Text)]
    format: Tabular,
    /// Draw the lengths of the plateaus with their intervals, in the form that the file's name ends in: .svg, .pdf, .png or
    /// .csv.
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// A study with the curves that it has so far.
struct Read {
    named: Named,
    label: String,
    cells: Vec<CellCurve>,
}

impl Read {
    fn seen(&self) -> Seen<'_> {
        Seen::of(&self.named.plan, &self.cells)
    }

    fn compared<'s>(&self, seen: &'s Seen<'_>) -> Result<Compared<'s>, Refused> {
        let unmade = |error| Refused::failed(format!("the statistics of {} cannot be made: {error}", self.label));
        Compared::new(self.label.clone(), &seen.experiment, seen.studies()).map_err(unmade)
    }
}

/// Changes that a line of differences tells.
const TOLD: usize = 8;

pub fn run(arguments: &Arguments) -> Exit {
    compare(arguments).map_or_else(Refused::tell, |()| Exit::Done)
}

fn compare(arguments: &Arguments) -> Result<(), Refused> {
    let form = arguments.figure.as_deref().map(drawn_as).transpose()?;
    let all = read(arguments)?;
    let seen: Vec<Seen<'_>> = all.iter().map(Read::seen).collect();
    let side_by_side: Vec<Compared<'_>> =
        all.iter().zip(&seen).map(|(one, seen)| one.compared(seen)).collect::<Result<_, _>>()?;
    let (common, others) = shared(&side_by_side);
    let measures = if arguments.measures.is_empty() { common } else { asked(arguments, &side_by_side)? };
    let plans: Vec<_> = all.iter().map(|one| &one.named.plan).collect();
    let mut apart = unlike(&plans, &measures);
    apart.extend(versions(&all));
    let mut findings_table = table(&side_by_side, &measures, arguments.format == Tabular::Csv);
    findings_table.notes.extend(twins(&all));
    if arguments.measures.is_empty() {
        findings_table.notes.extend(others.iter().map(|(name, having)| {
            format!("`{name}` has no column: only {} measures it; --measure {name} shows it.", having.join(", "))
        }));
    }
    let changes: Vec<Vec<Change>> = plans[1..].iter().map(|plan| between(plans[0], plan).changes).collect();
    let mut tables =
        vec![("findings".to_string(), findings_table), ("differences".into(), differences(&all, &changes))];
    if !apart.is_empty() {
        tables.push(("unlike".into(), obstacles(&all, &apart)));
    }
    let in_full = document(&all, findings(&side_by_side, &measures), &changes, &apart);
    arguments.format.print(&tables, &in_full);
    if let (Some(path), Some(form)) = (&arguments.figure, form) {
        let picture =
            Picture { name: "plateaus".into(), asked: String::new(), drawn: Drawn::Forest(forest(&side_by_side)) };
        let written = atomic::write(path, &form(&picture));
        written.map_err(|error| Refused::failed(format!("cannot write {}: {error}", path.display())))?;
        arguments.format.say(&format!("figure: {}\n", path.display()));
    }
    Ok(())
}

type Form = fn(&Picture) -> Vec<u8>;

/// The form of a figure by the ending of its file's name.
fn drawn_as(path: &Path) -> Result<Form, Refused> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("svg") => Ok(|picture| picture.svg().into_bytes()),
        Some("pdf") => Ok(Picture::pdf),
        Some("png") => Ok(|picture| picture.png(2.0)),
        Some("csv") => Ok(|picture| picture.csv().into_bytes()),
        _ => Err(Refused::new(Exit::Usage, format!("a figure is .svg, .pdf, .png or .csv: not {}", path.display()))),
    }
}

/// Reads every study that is named.
fn read(arguments: &Arguments) -> Result<Vec<Read>, Refused> {
    let mut found: Vec<(PathBuf, Named)> = Vec::new();
    for run in &arguments.runs {
        for named in named(run, &Choice::default(), &arguments.place, None)? {
            let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.into());
            let same = |(_, other): &&(PathBuf, Named)| {
                whole(&other.file) == whole(&named.file) && other.plan.experiment.name == named.plan.experiment.name
            };
            if found.iter().find(same).is_some() {
                let reason = format!("{} is named twice; name each study once", run.display());
                return Err(Refused::new(Exit::Usage, reason));
            }
            found.push((run.clone(), named));
        }
    }
    if let [(run, _)] = found.as_slice() {
        let run = run.display();
        let reason = format!(
            "icl compare sets several studies side by side; name another beside {run}, or see `icl report {run}`"
        );
        return Err(Refused::new(Exit::Usage, reason));
    }
    let labels = labels(&found);
    let mut all = Vec::with_capacity(found.len());
    for ((run, named), label) in found.into_iter().zip(labels) {
        let cells = curves::all(&named.plan, &named.store).map_err(Refused::failed)?;
        if !cells.iter().any(|cell| cell.finished) {
            let store = named.store.root().display();
            warn(&format!("no cell of {label} is finished in {store}; `icl run {}` trains them\n", run.display()));
        }
        all.push(Read { named, label, cells });
    }
    if all.iter().all(|one| one.cells.iter().all(|cell| !cell.finished)) {
        return Err(Refused::failed("there is nothing to compare yet"));
    }
    Ok(all)
}

/// What studies are called: by their experiment where that tells them apart, else by what was named.
fn labels(found: &[(PathBuf, Named)]) -> Vec<String> {
    let alone = |name: &str, names: &[String]| names.iter().filter(|other| *other == name).count() == 1;
    let experiments: Vec<String> = found.iter().map(|(_, named)| named.plan.experiment.name.clone()).collect();
    let stems: Vec<String> = (found.iter())
        .map(|(run, _)| run.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned()))
        .collect();
    let told = |at: usize| {
        if alone(&experiments[at], &experiments) {
            experiments[at].clone()
        } else if alone(&stems[at], &stems) {
            stems[at].clone()
        } else {
            format!("{} of {}", experiments[at], found[at].0.display())
        }
    };
    (0..found.len()).map(told).collect()
}

/// The measures that are asked for by name.
fn asked(arguments: &Arguments, all: &[Compared<'_>]) -> Result<Vec<String>, Refused> {
    let known: Vec<String> = all.iter().flat_map(Compared::measures).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    for name in &arguments.measures {
        if !known.contains(&name.as_str()) {
            let meant =
                nearest(name, known.iter().copied()).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let there: BTreeSet<&str> = known.iter().copied().collect();
            let there: Vec<&str> = there.into_iter().collect();
            let reason = format!("no study measures `{name}`{meant}\nthey measure {}", there.join(", "));
            return Err(Refused::new(Exit::Usage, reason));
        }
    }
    Ok(arguments.measures.clone())
}

/// Versions of icl that wrote the folders, where they are not one.
fn versions(all: &[Read]) -> Option<Unlike> {
    let own = env!("CARGO_PKG_VERSION").to_string();
    let said: Vec<String> = all.iter().map(|one| one.named.version.clone().unwrap_or_else(|| own.clone())).collect();
    said.iter().any(|other| *other != said[0]).then(|| Unlike {
        what: "icl".into(),
        said,
        so: "another version may compute another thing; results of one that does have keys of their own",
    })
}

/// Studies that are the same runs under two names: what is measured of them, and for how long, may differ.
fn twins(all: &[Read]) -> Vec<String> {
    let trained = |one: &Read| -> BTreeSet<String> {
        one.named.plan.cells.iter().map(|cell| cell.segments.last().unwrap_or(&cell.key).to_string()).collect()
    };
    let mut notes = Vec::new();
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            let (a, b) = (trained(one), trained(other));
            let both = a.intersection(&b).count();
            let which =
                if a.len() == both && b.len() == both { "all of their runs".into() } else { of(both as u64, "run") };
            if both > 0 {
                notes.push(format!("{} and {} share {which}: that they agree says nothing.", one.label, other.label));
            }
        }
    }
    notes
}

/// What each study states unlike the first, in a line.
fn differences(all: &[Read], changes: &[Vec<Change>]) -> Table {
    let first = &all[0].label;
    let rows = all[1..].iter().zip(changes).map(|(one, changes)| {
        let mut told: Vec<String> = changes.iter().take(TOLD).map(words::whole).collect();
        if changes.len() > TOLD {
            told.push(format!("and {} more", changes.len() - TOLD));
        }
        let told = if told.is_empty() { "nothing".into() } else { told.join("; ") };
        vec![one.label.clone(), told]
    });
    Table {
        title: format!("what their programs state unlike {first}"),
        columns: vec![Column::left("study"), Column::left("differs in")],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

/// What keeps the findings from being compared, with what each study states.
fn obstacles(all: &[Read], apart: &[Unlike]) -> Table {
    let row = |one: &Unlike| vec![one.what.clone(), stated(all, &one.said), one.so.to_string()];
    Table {
        title: "not comparable as they stand".into(),
        columns: ["unlike", "stated", "so that"].map(Column::left).to_vec(),
        rows: apart.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

/// What studies state, those that state the same together: `50% in a and c, 40% in b`.
fn stated(all: &[Read], said: &[String]) -> String {
    let mut told: Vec<(&String, Vec<&str>)> = Vec::new();
    for (one, said) in all.iter().zip(said) {
        match told.iter_mut().find(|(known, _)| *known == said) {
            Some((_, studies)) => studies.push(&one.label),
            None => told.push((said, vec![&one.label])),
        }
    }
    told.iter().map(|(said, studies)| format!("{said} in {}", studies.join(" and "))).collect::<Vec<_>>().join(", ")
}

fn document(all: &[Read], mut findings: Vec<Value>, changes: &[Vec<Change>], apart: &[Unlike]) -> Value {
    for (one, told) in all.iter().zip(&mut findings) {
        if let Some(told) = told.as_object_mut() {
            let finished = one.cells.iter().filter(|cell| cell.finished).count();
            told.insert("program".into(), json!(one.named.file));
            told.insert("runs".into(), json!({ "finished": finished, "planned": one.cells.len() }));
        }
    }
    let differences = all[1..].iter().zip(changes);
    let differences: Vec<Value> = differences
        .map(|(one, changes)| json!({ "study": one.label, "unlike": all[0].label, "changes": changes }))
        .collect();
    json!({ "studies": findings, "differences": differences, "unlike": apart })
}
