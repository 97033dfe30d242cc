//! `icl check`: every finding, of every file.

use super::files::{self, Found, Piped};
use super::formats::{Counts, Format, Report, say_once, text};
use super::render::counted;
use super::spending::Spending;
use super::terminal::{Terminal, print, warn};
use super::{Exit, mend, render};
use crate::check::Override;
use crate::engine::network::arithmetic;
use crate::plan::Selection;
use crate::program::Program;
use crate::program::experiment::Experiment;
use crate::program::training::{Arithmetic, Width};
use crate::world::{Disk, World};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// What exit codes of `icl check` mean.
const CODES: &str = "Exit codes: 0 there are no errors; 1 there are errors, or warnings with --deny-warnings, or a file \
    cannot be read or written; 2 the command line is wrong.\n\nStandard output has the findings, in the form that \
    --format says. docs/checking.md tells more.";

/// Arguments of `icl check`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
pub struct Arguments {
    /// Programs, and folders whose programs are all checked; `-` is standard input; the current folder if there are none.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Set a param of the programs: `--set maps=100`.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = knob)]
    pub set: Vec<Override>,
    /// How to print what is found.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Fail where there are warnings too.
    #[arg(long)]
    deny_warnings: bool,
    #[command(flatten)]
    pub spending: Spending,
    /// Make the certain cures in the named files, then check again.
    #[arg(long)]
    fix: bool,
    /// Show what --fix would change, and write nothing.
    #[arg(long)]
    pub diff: bool,
}

/// Reads `name=value`.
pub fn knob(text: &str) -> Result<Override, String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, as in maps=100")?;
    if name.trim().is_empty() || value.trim().is_empty() {
        return Err("write NAME=VALUE, as in maps=100".into());
    }
    Ok((name.trim().to_string(), value.trim().to_string()))
}

pub fn run(arguments: &Arguments) -> Exit {
    let paths = if arguments.paths.is_empty() { vec![PathBuf::from(".")] } else { arguments.paths.clone() };
    let piped = paths.iter().any(|path| path == Path::new("-"));
    let mends = arguments.fix || arguments.diff;
    if piped && mends && paths.len() > 1 {
        warn("what --fix makes of standard input goes to standard output, so `-` stands alone; name files or `-`\n");
        return Exit::Usage;
    }
    let world: Box<dyn World> = if piped { Box::new(Piped(standard_input())) } else { Box::new(Disk) };
    let found = files::gather(&paths, &*world);
    if mends { mend::run(arguments, &*world, found) } else { checked(arguments, &*world, found) }
}

/// The program that comes through a pipe.
pub fn standard_input() -> io::Result<String> {
    let mut input = io::stdin();
    if input.is_terminal() {
        warn("checking what is typed here, up to Ctrl-D; `icl check FILE` checks a file\n");
    }
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    Ok(text)
}

/// Checks what was found, and tells of it.
fn checked(arguments: &Arguments, world: &dyn World, found: Vec<Found>) -> Exit {
    let mut reports = look(arguments, world, found);
    say_once(&mut reports);
    let counts = Counts::of(&reports);
    tell(&reports, &counts, arguments.format, print);
    let line = counts.line(&reports);
    match arguments.format {
        Format::Full => print(&format!("{line}{}", further(&counts))),
        Format::Brief | Format::Github => warn(&line),
        Format::Json => {}
    }
    exit(&counts, arguments)
}

/// What else to know of the findings.
pub fn further(counts: &Counts) -> String {
    let mut text = String::new();
    if counts.fixable > 0 {
        text.push_str(&format!("`icl check --fix` mends {} of them\n", counts.fixable));
    }
    if counts.errors == 0 && counts.not_run > 0 {
        let parts = counted(counts.not_run, "part");
        text.push_str(&format!("{parts} can be planned, but not run by this version; `icl run` names them\n"));
    }
    text
}

/// What there is to say of everything that was found.
pub fn look(arguments: &Arguments, world: &dyn World, found: Vec<Found>) -> Vec<Report> {
    let look = |found| match found {
        Found::Program(path) => {
            files::look(world, &path, &arguments.set, (&arguments.spending, &Selection::default())).0
        }
        Found::Lost(report) => report,
    };
    found.into_iter().map(look).collect()
}

/// Prints findings by a printer, where there are any or the form needs a document without them.
pub fn tell(reports: &[Report], counts: &Counts, format: Format, by: fn(&str)) {
    let told = text(reports, counts, format, Terminal::out());
    if !told.is_empty() {
        by(&told);
    }
}

/// The exit code that counts come to.
pub fn exit(counts: &Counts, arguments: &Arguments) -> Exit {
    let denied = arguments.deny_warnings && counts.warnings > 0;
    if counts.errors > 0 || denied { Exit::Failed } else { Exit::Done }
}

/// Checks a file for a command that trains its program; what this version does not run is a finding here.
pub fn runnable(file: &Path, set: &[Override], asked: (&Spending, &Selection)) -> Option<Program> {
    let (mut report, program) = files::look(&Disk, file, set, asked);
    if Counts::of(std::slice::from_ref(&report)).errors == 0 && !report.not_run.is_empty() {
        // A line for each is enough, since nothing is wrong with the program.
        report.findings = std::mem::take(&mut report.not_run);
        let reports = std::slice::from_ref(&report);
        warn(&text(reports, &Counts::of(reports), Format::Brief, Terminal::err()));
        let parts = counted(report.findings.len(), "part");
        warn(&format!("{}: {parts} not run by this version; nothing was run\n", file.display()));
        return None;
    }
    planned(file, report, program)
}

/// Checks a file for a command that needs its program; findings are printed.
pub fn program(file: &Path, set: &[Override], asked: (&Spending, &Selection)) -> Option<Program> {
    let (report, program) = files::look(&Disk, file, set, asked);
    planned(file, report, program)
}

fn planned(file: &Path, report: Report, program: Option<Program>) -> Option<Program> {
    let terminal = Terminal::err();
    warn(&render::findings(&report.findings, &report.sources, terminal.colour, terminal.width));
    let reports = [report];
    let counts = Counts::of(&reports);
    if counts.errors > 0 {
        warn(&format!("{}; nothing was run\n", counts.line(&reports).trim_end()));
        return None;
    }
    let mut program = program?;
    if program.experiments.is_empty() {
        warn(&format!("{} states no experiment, so there is nothing to run\n", file.display()));
        return None;
    }
    compute_with(&mut program.experiments, arithmetic());
    Some(program)
}

/// Says what operations the numbers of 32 bits go through; those of 64 bits are always those of the plain engine.
pub fn compute_with(experiments: &mut [Experiment], arithmetic: Arithmetic) {
    let arms = experiments.iter_mut().flat_map(|experiment| &mut experiment.arms);
    for numerics in arms.map(|arm| &mut arm.training.numerics).filter(|numerics| numerics.width == Width::F32) {
        numerics.arithmetic = arithmetic;
    }
}
