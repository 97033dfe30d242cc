//! The command line: one file a subcommand. Nothing else prints or chooses an exit code.

mod cache;
mod check;
mod compare;
mod computed;
mod curves;
mod data;
mod described;
mod device;
mod diff;
mod doc;
mod estimate;
mod excerpt;
mod explain;
mod export;
mod files;
mod fmt;
mod form;
pub mod formats;
mod gc;
mod git;
mod groups;
mod ls;
mod mend;
pub mod new;
mod page;
pub mod places;
mod plan;
mod planned;
mod prices;
mod progress;
pub mod render;
mod report;
mod rm;
mod run;
mod sample;
mod seen;
mod show;
mod spending;
mod store;
mod studies;
mod tables;
mod terminal;
pub mod unified;
mod verify;
mod why;
mod work;

use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use terminal::Colours;

/// What exit codes mean, at the end of the help.
const CODES: &str = "Exit codes: 0 done, and without errors; 1 the program has errors, or something failed; \
    2 the command line is wrong; 3 with --expect, a claim is not supported; 130 stopped by Ctrl-C or a signal, and what was done is kept.";

/// A language for studying how transformers learn from context.
#[derive(Parser)]
#[command(name = "icl", version, about, max_term_width = 100, after_help = CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// When to write in colour: auto, always or never.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", hide_possible_values = true)]
    #[arg(hide_default_value = true)]
    color: Colours,
}

#[derive(Subcommand)]
enum Command {
    /// Find everything that is wrong with programs, before a step is trained.
    Check(check::Arguments),
    /// Write a program to start from: `icl new my_study`.
    New(new::Arguments),
    /// Lay programs out in the one way: files in place, or standard input to standard output.
    Fmt(fmt::Arguments),
    /// List the cells of a study with what they take: operations, memory, disk, and time on this machine.
    Plan(plan::Arguments),
    /// Train what is missing, then print the tables and draw the figures.
    Run(run::Arguments),
    /// Print the tables of a study again, finished or not, without training.
    Report(tables::Arguments),
    /// Set the findings of several studies side by side, and say what keeps them from being compared.
    Compare(compare::Arguments),
    /// Say what changed in meaning between two programs or revisions, which cells that invalidates, and what it costs.
    Diff(diff::Arguments),
    /// Let git show programs well, and check them before a commit.
    Git(git::Arguments),
    /// List the cells of the store, with the columns in which they differ.
    Ls(ls::Arguments),
    /// Show a cell or segment of the store: what it is of, its curve, its checkpoints.
    Show(show::Arguments),
    /// Remove cells from the store, with what nothing else needs.
    Rm(rm::Arguments),
    /// Remove what of the store is of no more use.
    Gc(gc::Arguments),
    /// Write curves as JSONL, CSV, Parquet or for TensorBoard; or weights, as a GPT-2 of transformers or as safetensors.
    Export(export::Arguments),
    /// Look for damage in the store.
    Verify(verify::Arguments),
    /// Say why cells of a program are not in the store: `icl cache why study.icl`.
    Cache(cache::Arguments),
    /// Print sequences of a task that a person can read, with latents, references and chance.
    Sample(sample::Arguments),
    /// Say what lies in a file of data: `icl data words.tsv`; or show the images of shapes: `icl data shapes`.
    Data(data::Arguments),
    /// Say what is known of a word of the language: `icl doc adamw`, `icl doc std.shapes.classify`.
    Doc(doc::Arguments),
    /// Say what a finding means, or the columns of a table: `icl explain E0303`, `icl explain table`.
    Explain(explain::Arguments),
}

/// How a command ended, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for was done.
    Done = 0,
    /// The program has errors, or something failed.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// What was asked for was done, but a claim that it was to support is not supported.
    Unmet = 3,
    /// Stopped by Ctrl-C or a signal; what was done is kept.
    Stopped = 130,
}

/// Reads the command line and runs what it asks for.
#[must_use]
pub fn main() -> Exit {
    let colours = asked(std::env::args_os());
    terminal::ask(colours);
    let choice = match colours {
        Colours::Auto => ColorChoice::Auto,
        Colours::Always => ColorChoice::Always,
        Colours::Never => ColorChoice::Never,
    };
    let matches = Arguments::command().color(choice).get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let exit = match arguments.command {
        Command::Check(arguments) => check::run(&arguments),
        Command::New(arguments) => new::run(&arguments),
        Command::Fmt(arguments) => fmt::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Report(arguments) => tables::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Git(arguments) => git::run(&arguments),
        Command::Ls(arguments) => ls::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Rm(arguments) => rm::run(&arguments),
        Command::Gc(arguments) => gc::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Cache(arguments) => cache::run(&arguments),
        Command::Sample(arguments) => sample::run(&arguments),
        Command::Data(arguments) => data::run(&arguments),
        Command::Doc(arguments) => doc::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
    };
    if exit == Exit::Done && terminal::lost() { Exit::Failed } else { exit }
}

/// What `--color` asks for, looked for before the command line is read so that its own errors follow it.
fn asked(arguments: impl Iterator<Item = OsString>) -> Colours {
    let mut asked = Colours::Auto;
    let mut before = false;
    for argument in arguments.take_while(|argument| argument != "--") {
        let text = argument.to_string_lossy();
        let value = if before { Some(text.as_ref()) } else { text.strip_prefix("--color=") };
        match value {
            Some("always") => asked = Colours::Always,
            Some("never") => asked = Colours::Never,
            _ => {}
        }
        before = text == "--color";
    }
    asked
}
