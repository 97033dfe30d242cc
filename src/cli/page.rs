//! `icl report --html`: a study as one page.

use super::curves;
use super::report::BEFORE;
use super::seen::Seen;
use super::unified::unified;
use super::work::Work;
use crate::check::Override;
use crate::plan::Plan;
use crate::report::concluded::conclude;
use crate::report::number::{count, duration, flops};
use crate::report::page::Page;
use crate::report::study::CellCurve;
use crate::report::{Column, Table, pictures};
use crate::store::{RunFolder, Store};
use std::path::{Path, PathBuf};

/// Of what a page is asked for, and where it goes.
pub struct Asked<'a> {
    pub file: &'a Path,
    pub set: &'a [Override],
    /// The folder of the run.
    pub root: &'a Path,
    /// The page's own file, if not in that folder.
    pub to: Option<&'a Path>,
}

/// Writes the page and says where it is.
///
/// # Errors
/// If the store, the program or the page cannot be read or written, or the statistics cannot be made.
pub fn write(plan: &Plan, store: &Store, asked: &Asked<'_>) -> Result<PathBuf, String> {
    let program = std::fs::read_to_string(asked.file)
        .map_err(|error| format!("{} cannot be read: {error}", asked.file.display()))?;
    let cells = curves::all(plan, store).map_err(|error| error.to_string())?;
    let seen = Seen::of(plan, &cells);
    let (experiment, studies) = (&*seen.experiment, seen.studies());
    let concluded = conclude(experiment, &studies).map_err(|error| error.to_string())?;
    let pictures = pictures(experiment, &studies).map_err(|error| error.to_string())?;
    let work = Work::of(plan, store).map_err(|error| error.to_string())?;
    let page = Page {
        experiment,
        studies: &studies,
        pictures: &pictures,
        tables: &concluded.tables,
        runs: runs(plan, &cells),
        work: worked(&work),
        environment: environment(plan),
        command: command(plan, asked),
        change: change(asked.root, &program),
        program: &program,
    };
    let html = page.html();
    match asked.to {
        None => {
            let folder = RunFolder::open(asked.root).map_err(|error| error.to_string())?;
            folder.write("report.html", html.as_bytes()).map_err(|error| error.to_string())
        }
        Some(path) => {
            std::fs::write(path, html).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
            Ok(path.to_path_buf())
        }
    }
}

/// What changed in the program since the last report of the folder, or, where that was of this program, since the one before.
fn change(root: &Path, program: &str) -> Option<String> {
    let kept = |name: &str| std::fs::read_to_string(root.join(name)).ok();
    let last = kept("program.icl");
    let before = last.clone().filter(|last| last != program).or_else(|| kept(BEFORE)).or(last)?;
    Some(unified("program.icl", &before, program, false))
}

/// Every run with where it stands and its key.
fn runs(plan: &Plan, cells: &[CellCurve]) -> Table {
    let columns = vec![Column::left("arm"), Column::right("seed"), Column::left("stands"), Column::left("key")];
    let rows = plan.cells.iter().zip(cells).map(|(cell, curve)| {
        let bound: Vec<String> = plan.point(cell).iter().map(|(name, value)| format!(", {name} = {value}")).collect();
        let stands = match curve.stands {
            _ if curve.finished => "finished".to_owned(),
            Some(step) => format!("at step {}", count(step)),
            None => "not begun".to_owned(),
        };
        vec![format!("{}{}", cell.name, bound.concat()), cell.seed.to_string(), stands, cell.key.to_string()]
    });
    Table { title: "runs".into(), columns, rows: rows.collect(), notes: Vec::new() }
}

fn pairs(title: &str, heads: [&str; 2], rows: Vec<(&str, String)>) -> Table {
    let columns = heads.map(Column::left).to_vec();
    let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    Table { title: title.into(), columns, rows, notes: Vec::new() }
}

fn worked(work: &Work) -> Table {
    let mut table = pairs(
        "work",
        ["of the study", "amount"],
        vec![
            ("planned, every run on its own", format!("{} steps", count(work.planned_steps))),
            ("planned, shared beginnings once", format!("{} steps", count(work.planned_steps_shared))),
            ("planned operations", flops(work.planned_flops)),
            ("needed by the finished runs", format!("{} steps", count(work.needed_steps))),
            ("trained for them, repeats counted", format!("{} steps", count(work.trained_steps))),
            ("time of one thread", duration(work.thread_seconds)),
        ],
    );
    table.columns[1] = Column::right("amount");
    table
}

fn environment(plan: &Plan) -> Table {
    let arm = plan.cells.first().map(|cell| &cell.training);
    let seeds: Vec<String> = {
        let mut seeds: Vec<u64> = plan.cells.iter().map(|cell| cell.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        seeds.iter().map(ToString::to_string).collect()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut rows = vec![
        ("icl", env!("CARGO_PKG_VERSION").to_owned()),
        ("seeds", seeds.join(", ")),
        ("machine of this page", format!("{} {}, {cores} threads", std::env::consts::OS, std::env::consts::ARCH)),
    ];
    if let Some(training) = arm {
        rows.insert(
            1,
            ("arithmetic", format!("{}, {:?}", training.numerics.word(), training.numerics.arithmetic).to_lowercase()),
        );
    }
    pairs("environment", ["what", "value"], rows)
}

/// The command line that makes the study again; words that a shell would read otherwise are quoted.
fn command(plan: &Plan, asked: &Asked<'_>) -> String {
    let mut words = vec!["icl".to_owned(), "run".to_owned(), asked.file.display().to_string()];
    for (name, value) in asked.set {
        words.extend(["--set".to_owned(), format!("{name}={value}")]);
    }
    let (arms, seeds) = &plan.left_out;
    if !arms.is_empty() {
        let mut asked: Vec<&str> = plan.cells.iter().map(|cell| cell.name.as_str()).collect();
        asked.dedup();
        asked.sort_unstable();
        asked.dedup();
        words.extend(asked.into_iter().flat_map(|arm| ["--arm".to_owned(), arm.to_owned()]));
    }
    let mut chosen: Vec<u64> = plan.cells.iter().map(|cell| cell.seed).collect();
    chosen.sort_unstable();
    chosen.dedup();
    let mut own = plan.experiment.seeds.clone();
    own.sort_unstable();
    if !seeds.is_empty() || own != chosen {
        // A list has a comma; a single number would be how many.
        let list: Vec<String> = chosen.iter().map(ToString::to_string).collect();
        words.extend(["--seeds".to_owned(), if list.len() == 1 { format!("{},", list[0]) } else { list.join(",") }]);
    }
    if let Some(limit) = plan.limit {
        words.extend(["--limit".to_owned(), format!("{limit} steps")]);
    }
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
