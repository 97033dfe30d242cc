//! `icl report`: the tables of a study as far as it is, without training.

use super::check::program;
use super::form::Tabular;
use super::report::{expected, left_out, studies};
use super::run::Choice;
use super::spending::Spending;
use super::store::Place;
use super::terminal::{print, warn};
use super::{Exit, curves, page};
use crate::plan::{Plan, plans};
use crate::report::Table;
use crate::report::concluded::conclude;
use std::path::{Path, PathBuf};

const CODES: &str = "Exit codes: 0 the tables were printed; 1 the program has errors, or the store cannot be read; 2 the command \
    line is wrong; 3 with --expect, a claim is not supported.";

/// Arguments of `icl report`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
pub struct Arguments {
    /// The program, or the folder of a run, which has it.
    file: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// How to print the tables.
    #[arg(long, value_enum, default_value_t = Tabular::Text)]
    format: Tabular,
    /// Only these tables: plateau, details, final, onset, measures, claims.
    #[arg(long = "table", value_name = "NAME")]
    tables: Vec<String>,
    /// Write one page that opens without a network, with curves to look into: report.html in the folder of the run, or FILE.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    // Not asked for, asked for, asked for in a file: clap's own form.
    #[allow(clippy::option_option)]
    html: Option<Option<PathBuf>>,
    /// End with exit code 3 unless every `expect` line is supported.
    #[arg(long)]
    expect: bool,
    /// The folder that the study was run with, whose store is looked at.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// What the folder of a run says of it.
#[derive(Default, serde::Deserialize)]
struct Said {
    experiment: String,
    trial_steps: Option<u64>,
    #[serde(default)]
    set: std::collections::BTreeMap<String, String>,
}

pub fn run(arguments: &Arguments) -> Exit {
    match report(arguments) {
        Ok(exit) => exit,
        Err((exit, reason)) => {
            warn(&format!("{reason}\n"));
            exit
        }
    }
}

fn report(arguments: &Arguments) -> Result<Exit, (Exit, String)> {
    let mut selection = arguments.choice.selection().map_err(|reason| (Exit::Usage, reason))?;
    let mut folder = None;
    let (mut file, mut set, mut only) = (arguments.file.clone(), arguments.choice.set.clone(), None);
    let mut out = arguments.out.clone();
    if file.is_dir() {
        let said = said(&file).map_err(|reason| (Exit::Failed, reason))?;
        set.splice(0..0, said.set);
        selection.limit = selection.limit.or(said.trial_steps);
        only = Some(said.experiment);
        // Its store stands in it, or in the folder above where a file has several experiments; else it is the shared one.
        let beside = [Some(file.as_path()), file.parent()];
        out = out.or_else(|| {
            let near = beside.into_iter().flatten().find(|folder| folder.join("store/store.toml").is_file());
            near.map(Path::to_path_buf)
        });
        folder = Some(file.clone());
        file = file.join("program.icl");
    }
    let store = arguments.place.store(out.as_deref());
    let Some(program) = program(&file, &set, (&Spending::default(), &selection)) else { return Ok(Exit::Failed) };
    let mut experiments = program.experiments;
    if let Some(name) = &only {
        experiments.retain(|experiment| experiment.name == *name);
    }
    let plans = plans(experiments, &selection).map_err(|reason| (Exit::Usage, reason))?;
    let several = plans.len() > 1;
    if several && matches!(arguments.html, Some(Some(_))) {
        return Err((
            Exit::Usage,
            "a page tells of one experiment; leave out the file's name or name a run's folder".into(),
        ));
    }
    let mut whole = Exit::Done;
    for plan in plans {
        if let Some(to) = &arguments.html {
            let root = folder
                .clone()
                .unwrap_or_else(|| super::run::folder((&arguments.file, arguments.out.as_deref()), &plan, several));
            let asked = page::Asked { file: &file, set: &set, root: &root, to: to.as_deref() };
            let made = page::write(&plan, &store, &asked).map_err(|reason| (Exit::Failed, reason))?;
            print(&format!("page: {}\n", made.display()));
            if !arguments.expect && arguments.tables.is_empty() {
                continue;
            }
        }
        match tabulate(arguments, &plan, &store)? {
            Exit::Done => {}
            exit => whole = exit,
        }
    }
    Ok(whole)
}

fn said(folder: &Path) -> Result<Said, String> {
    let path = folder.join("run.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!("{} is no folder of a run: {} cannot be read: {error}", folder.display(), path.display())
    })?;
    toml::from_str(&text).map_err(|error| format!("{} cannot be read: {}", path.display(), error.message()))
}

fn tabulate(arguments: &Arguments, plan: &Plan, store: &crate::store::Store) -> Result<Exit, (Exit, String)> {
    let failed = |reason: String| (Exit::Failed, reason);
    let cells = curves::all(plan, store).map_err(|error| failed(error.to_string()))?;
    let done = cells.iter().filter(|cell| cell.finished).count();
    if done == 0 {
        warn(&format!("no cell of `{}` is finished in {}\n", plan.experiment.name, store.root().display()));
    }
    let left_out = left_out(plan);
    let studies = studies(plan, &cells, &left_out);
    let concluded = conclude(&plan.experiment, &studies).map_err(|error| failed(error.to_string()))?;
    let names: Vec<&str> = concluded.tables.iter().map(|(name, _)| name.as_str()).collect();
    if let Some(unknown) = arguments.tables.iter().find(|asked| !names.contains(&asked.as_str())) {
        return Err((
            Exit::Usage,
            format!("`{}` has no table `{unknown}`; it has {}", plan.experiment.name, names.join(", ")),
        ));
    }
    let asked = |name: &String| arguments.tables.is_empty() || arguments.tables.contains(name);
    let printed: Vec<(String, Table)> = concluded.tables.iter().filter(|(name, _)| asked(name)).cloned().collect();
    arguments.format.print(&printed, &concluded.findings);
    Ok(if arguments.expect { expected(&concluded) } else { Exit::Done })
}
