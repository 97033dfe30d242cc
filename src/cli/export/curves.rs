//! Curves out of the store, as one long table or as event files.

use super::super::check::program;
use super::super::computed;
use super::super::curves::{Stored, each};
use super::super::form::Form;
use super::super::rm::of;
use super::super::spending::Spending;
use super::super::store::{resolve, short, title};
use super::super::studies::{Named, Refused, named};
use super::super::terminal::{print, warn};
use super::place::{Folder, MARK, Target, unwritten};
use super::{Arguments, To};
use crate::cli::Exit;
use crate::export::curves::csv::Csv;
use crate::export::curves::jsonl::Jsonl;
use crate::export::curves::parquet::Parquet;
use crate::export::curves::rows::Clock;
use crate::export::curves::tensorboard::TensorBoard;
use crate::export::curves::{Exporter, Layout, Run, rows};
use crate::plan::{Cell, Plan};
use crate::report::number::bytes;
use crate::shelf::{newest, rows as shelved};
use crate::store::{Held, Store, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::failed(error)
    }
}

/// What was written.
#[derive(Default, Serialize)]
struct Written {
    out: PathBuf,
    to: String,
    studies: Vec<String>,
    values: u64,
    /// Runs by how far they are.
    runs: BTreeMap<&'static str, u64>,
    columns: Vec<String>,
    /// None on standard output.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

pub fn export(arguments: &Arguments) -> Result<(), Refused> {
    let all = asked(arguments)?;
    let begun = |named: &Named| {
        let keys = || named.plan.cells.iter().flat_map(|cell| &cell.segments);
        keys().any(|key| named.store.segment(key.as_str()).folder().is_dir())
    };
    if !all.iter().any(begun) {
        return Err(nothing(&all));
    }
    let layout = Layout::of(all.iter().map(|named| &named.plan.experiment));
    let to = &arguments.to;
    let own = arguments.out.clone();
    let out = own.clone().map_or_else(|| usual(&all, *to), Ok)?;
    let mut written = Written { out: out.clone(), to: to.word(), ..Written::default() };
    written.studies = all.iter().map(|named| named.plan.experiment.name.clone()).collect();
    written.studies.dedup();
    let said = |error: &io::Error| unwritten(&out, error);
    if *to == To::Tensorboard {
        if out == Path::new("-") {
            return Err(Refused::new(Exit::Usage, "--to tensorboard writes a folder; name it with --out"));
        }
        let folder = Folder::begin(&out)?;
        let mut exporter = TensorBoard::new(&folder.part, all.len() > 1);
        fill(&all, &mut exporter, &mut written, &said)?;
        let note = serde_json::to_vec_pretty(&written).unwrap_or_default();
        fs::write(folder.part.join(MARK), note).and_then(|()| folder.finish()).map_err(|error| said(&error))?;
        written.bytes = Some(crate::shelf::size(&out).bytes);
    } else {
        written.columns = layout.columns.iter().map(|column| column.name.clone()).collect();
        if let (None, Some(folder)) = (&own, out.parent()) {
            fs::create_dir_all(folder).map_err(|error| said(&error))?;
        }
        let mut target = Target::begin(&out, arguments.force || own.is_none())?;
        let mut exporter: Box<dyn Exporter> = match to {
            To::Csv => Box::new(Csv::new(layout, &mut target).map_err(|error| said(&error))?),
            To::Parquet => Box::new(Parquet::new(layout, &mut target).map_err(|error| said(&error))?),
            _ => Box::new(Jsonl::new(layout, &mut target)),
        };
        fill(&all, exporter.as_mut(), &mut written, &said)?;
        drop(exporter);
        target.finish().map_err(|error| said(&error))?;
        written.bytes = fs::metadata(&out).ok().map(|file| file.len());
    }
    tell(arguments, &written);
    Ok(())
}

/// The studies that are asked for; of a key, the one cell.
fn asked(arguments: &Arguments) -> Result<Vec<Named>, Refused> {
    let name = Path::new(&arguments.run);
    let digits = arguments.run.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits && !name.exists() && !Path::new("runs").join(name).is_dir() {
        return of_key(arguments).map(|named| vec![named]);
    }
    named(name, &arguments.choice, &arguments.place.place(), None)
}

/// The one cell that has a key, with the study that it is of.
fn of_key(arguments: &Arguments) -> Result<Named, Refused> {
    if arguments.out.is_none() {
        return Err(Refused::new(Exit::Usage, "of one cell, name the file with --out"));
    }
    let (store, marks) = arguments.place.read().map_err(Refused::failed)?;
    let all = shelved(&store, &marks)?;
    let finished = || all.iter().filter(|row| marks.finished.contains_key(&row.key));
    let key = resolve(&arguments.run, finished().map(|row| (row.key.as_str(), title(row)))).map_err(Refused::failed)?;
    let file = PathBuf::from(&marks.finished[key].names.file);
    let selection = arguments.choice.selection().map_err(|reason| Refused::new(Exit::Usage, reason))?;
    let read = program(&file, &arguments.choice.set, (&Spending::default(), &selection));
    let read = read.ok_or_else(|| {
        Refused::failed(format!("{} says what the cell's measures are, and has errors", file.display()))
    })?;
    for plans in computed::each(&read.experiments, &selection) {
        for mut plan in plans.map_err(Refused::failed)? {
            plan.cells.retain(|cell| cell.key.as_str() == key);
            if !plan.cells.is_empty() {
                let folder = PathBuf::new();
                return Ok(Named { plan, file, set: arguments.choice.set.clone(), store, folder, version: None });
            }
        }
    }
    Err(Refused::failed(format!(
        "{} says what the cell's measures are, and has no cell with the key {}: it has changed since, or it was run with \
         --set; name the folder of the run",
        file.display(),
        short(key, 8)
    )))
}

/// Where curves go if nothing is said: into the folder of the run.
fn usual(all: &[Named], to: To) -> Result<PathBuf, Refused> {
    let folder = all.first().map(|named| named.folder.as_path());
    let folder = if all.len() > 1 { folder.and_then(Path::parent) } else { folder };
    let folder = folder.ok_or_else(|| Refused::new(Exit::Usage, "name the file with --out"))?;
    Ok(folder.join(match to {
        To::Tensorboard => "tensorboard".to_string(),
        to => format!("values.{}", to.word()),
    }))
}

/// Gives every value of every run to an exporter.
fn fill(
    all: &[Named],
    exporter: &mut dyn Exporter,
    written: &mut Written,
    said: &dyn Fn(&io::Error) -> Refused,
) -> Result<(), Refused> {
    let mut closed = false;
    let done = all.iter().try_for_each(|named| {
        each(&named.plan, &named.store, &mut |cell, stored| {
            let status = status(cell, &stored, &named.store);
            *written.runs.entry(status).or_default() += 1;
            if stored.curve.points.is_empty() || closed {
                return Ok(());
            }
            match run(named, cell, (&stored, status), exporter) {
                Ok(values) => written.values += values,
                // Whoever reads standard output has seen enough.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => closed = true,
                Err(error) => return Err(said(&error)),
            }
            Ok(())
        })
    });
    done?;
    if written.values == 0 && !closed {
        return Err(nothing(all));
    }
    match exporter.end() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(said(&error)),
        _ => Ok(()),
    }
}

/// That no run has begun.
fn nothing(all: &[Named]) -> Refused {
    let Some(named) = all.first() else { return Refused::failed("there is nothing to export") };
    let (name, store) = (&named.plan.experiment.name, named.store.root().display());
    Refused::failed(format!("no run of `{name}` has begun in {store}; `icl run {}` trains them", named.file.display()))
}

/// Gives the values of a run, and says how many they are.
fn run(named: &Named, cell: &Cell, (stored, status): (&Stored, &str), exporter: &mut dyn Exporter) -> io::Result<u64> {
    let Plan { experiment, .. } = &named.plan;
    let arm = &experiment.arms[cell.arm];
    let curve = &stored.curve;
    let clock = Clock { spent: stored.spent.clone(), ended: ended(named, cell, curve.finished) };
    let run = Run {
        study: &experiment.name,
        of: arm,
        knobs: named.plan.point(cell),
        numbers: experiment.numbers.get(arm.point).map(Vec::as_slice).unwrap_or_default(),
        seed: cell.seed,
        cell: cell.key.as_str(),
        status,
        points: &curve.points,
        levels: &curve.levels,
        entries: &curve.entries,
        fine: &curve.fine,
        plateau: experiment.plateau.as_ref(),
        clock: &clock,
    };
    exporter.run(&run)?;
    let mut values = 0;
    rows(&run, &mut |row| {
        values += 1;
        exporter.row(&run, row)
    })?;
    Ok(values)
}

/// How far a run is, in the words of `icl ls`.
fn status(cell: &Cell, stored: &Stored, store: &Store) -> &'static str {
    let held = |key: &crate::plan::Key| matches!(store.segment(key.as_str()).held(), Ok(Held::By(_)));
    match &stored.curve {
        _ if stored.diverged => "diverged",
        curve if curve.finished => "finished",
        curve if curve.points.is_empty() => "not begun",
        _ if cell.segments.iter().any(held) => "training",
        _ => "unfinished",
    }
}

/// When the last step of a run was made, in seconds since 1970: when its mark was written, or its segments were last.
fn ended(named: &Named, cell: &Cell, finished: bool) -> f64 {
    let mark = named.store.root().join("cells").join(format!("{}.toml", cell.key));
    let written = if finished {
        fs::metadata(mark).and_then(|mark| mark.modified()).ok()
    } else {
        cell.segments.iter().filter_map(|key| newest(named.store.segment(key.as_str()).folder())).max()
    };
    let since = |at: SystemTime| at.duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64());
    written.map_or(0.0, since)
}

fn tell(arguments: &Arguments, written: &Written) {
    let text = if arguments.format == Form::Json {
        format!("{}\n", serde_json::to_string_pretty(written).unwrap_or_default())
    } else {
        let runs: u64 = written.runs.iter().filter(|(status, _)| **status != "not begun").map(|(_, runs)| runs).sum();
        let all_finished = written.runs.keys().all(|status| *status == "finished");
        let states: Vec<String> = written.runs.iter().map(|(status, runs)| format!("{runs} {status}")).collect();
        let states = if all_finished { String::new() } else { format!(" ({})", states.join(", ")) };
        let size = written.bytes.map_or(String::new(), |size| format!(", {}", bytes(size)));
        format!(
            "{}: {} of {} of {}{states}{size}\n",
            written.out.display(),
            of(written.values, "value"),
            of(runs, "run"),
            written.studies.join(", ")
        )
    };
    if written.out == Path::new("-") { warn(&text) } else { print(&text) }
}
