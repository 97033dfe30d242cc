//! The command line: one file a subcommand. Nothing else prints or chooses an exit code.

mod check;
mod data;
mod doc;
mod explain;
mod fmt;
mod plan;
mod progress;
pub mod render;
mod report;
mod run;
mod terminal;
pub mod unified;

use clap::{Parser, Subcommand};

/// A language for studying how transformers learn from context.
#[derive(Parser)]
#[command(name = "icl", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find everything that is wrong with programs, before a step is trained.
    Check(check::Arguments),
    /// Lay programs out in the one way: files in place, or standard input to standard output.
    Fmt(fmt::Arguments),
    /// List the cells of a study with steps, parameters and operations.
    Plan(plan::Arguments),
    /// Train what is missing, then print the tables and draw the figures.
    Run(run::Arguments),
    /// Look at data sources.
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
    /// Stopped by Ctrl-C or a signal; what was done is kept.
    Stopped = 130,
}

/// Reads the command line and runs what it asks for.
#[must_use]
pub fn main() -> Exit {
    let exit = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Fmt(arguments) => fmt::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Data(arguments) => data::run(&arguments),
        Command::Doc(arguments) => doc::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
    };
    if exit == Exit::Done && terminal::lost() { Exit::Failed } else { exit }
}
