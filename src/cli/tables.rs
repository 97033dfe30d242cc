//! `icl report`: the tables of a study as far as it is, without training.

use super::form::Tabular;
use super::report::expected;
use super::run::Choice;
use super::seen::Seen;
use super::store::Place;
use super::studies::{self, Named, Refused};
use super::terminal::{print, warn};
use super::{Exit, curves, page};
use crate::plan::Plan;
use crate::report::Table;
use crate::report::concluded::conclude;
use crate::store::Store;
use std::path::PathBuf;

const CODES: &str = "Exit codes: 0 the tables were printed; 1 the program has errors, or the store cannot be read; 2 the command \
    line is wrong; 3 with --expect, a claim is not supported.";

/// Arguments of `icl report`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
pub struct Arguments {
    /// The program, the folder of a run, which has it, or the name of one under runs.
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

pub fn run(arguments: &Arguments) -> Exit {
    report(arguments).unwrap_or_else(Refused::tell)
}

fn report(arguments: &Arguments) -> Result<Exit, Refused> {
    let all = studies::named(&arguments.file, &arguments.choice, &arguments.place, arguments.out.as_deref())?;
    if all.len() > 1 && matches!(arguments.html, Some(Some(_))) {
        let reason = "a page tells of one experiment; leave out the file's name or name a run's folder";
        return Err(Refused::new(Exit::Usage, reason));
    }
    let mut whole = Exit::Done;
    for Named { plan, file, set, store, folder, .. } in &all {
        if let Some(to) = &arguments.html {
            let asked = page::Asked { file, set, root: folder, to: to.as_deref() };
            let made = page::write(plan, store, &asked).map_err(Refused::failed)?;
            print(&format!("page: {}\n", made.display()));
            if !arguments.expect && arguments.tables.is_empty() {
                continue;
            }
        }
        match tabulate(arguments, plan, store)? {
            Exit::Done => {}
            exit => whole = exit,
        }
    }
    Ok(whole)
}

fn tabulate(arguments: &Arguments, plan: &Plan, store: &Store) -> Result<Exit, Refused> {
    let cells = curves::all(plan, store).map_err(Refused::failed)?;
    let done = cells.iter().filter(|cell| cell.finished).count();
    if done == 0 {
        warn(&format!("no cell of `{}` is finished in {}\n", plan.experiment.name, store.root().display()));
    }
    let seen = Seen::of(plan, &cells);
    let concluded = conclude(&seen.experiment, &seen.studies()).map_err(Refused::failed)?;
    let names: Vec<&str> = concluded.tables.iter().map(|(name, _)| name.as_str()).collect();
    if let Some(unknown) = arguments.tables.iter().find(|asked| !names.contains(&asked.as_str())) {
        let reason = format!("`{}` has no table `{unknown}`; it has {}", plan.experiment.name, names.join(", "));
        return Err(Refused::new(Exit::Usage, reason));
    }
    let asked = |name: &String| arguments.tables.is_empty() || arguments.tables.contains(name);
    let printed: Vec<(String, Table)> = concluded.tables.iter().filter(|(name, _)| asked(name)).cloned().collect();
    arguments.format.print(&printed, &concluded.findings);
    Ok(if arguments.expect { expected(&concluded) } else { Exit::Done })
}
