//! `icl fmt`: programs in the one layout.

use super::files::{self, Found};
use super::formats::Report;
use super::terminal::{Terminal, print, warn};
use super::unified::unified;
use super::{Exit, render};
use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::syntax::format;
use crate::world::Disk;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// Arguments of `icl fmt`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Programs, and folders whose programs are all formatted; standard input if there are none, or `-`.
    files: Vec<PathBuf>,
    /// Write nothing; name the files that would change, and exit with 1 if there are any.
    #[arg(long)]
    check: bool,
    /// Write nothing; show what would change.
    #[arg(long)]
    diff: bool,
}

/// How many files there were of each kind.
#[derive(Default)]
struct Tally {
    changed: usize,
    same: usize,
    failed: usize,
}

pub fn run(arguments: &Arguments) -> Exit {
    let piped = |file: &PathBuf| file.as_os_str() == "-";
    if arguments.files.iter().all(piped) {
        return standard_input(arguments);
    }
    if arguments.files.iter().any(piped) {
        warn("`-` is standard input, which is formatted alone; name files or `-`\n");
        return Exit::Usage;
    }
    let mut tally = Tally::default();
    for found in files::gather(&arguments.files, &Disk) {
        let changed = match found {
            Found::Program(path) => one(&path, arguments),
            Found::Lost(Report { findings, sources, .. }) => Err(drawn(&findings, &sources)),
        };
        match changed {
            Ok(true) => tally.changed += 1,
            Ok(false) => tally.same += 1,
            Err(reason) => {
                warn(&reason);
                tally.failed += 1;
            }
        }
    }
    warn(&summary(&tally, arguments));
    if tally.failed > 0 || arguments.check && tally.changed > 0 { Exit::Failed } else { Exit::Done }
}

/// Formats one file, and whether that changes it.
fn one(path: &Path, arguments: &Arguments) -> Result<bool, String> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| format!("{name} cannot be read: {error}\n"))?;
    let formatted = formatted(&name, &text)?;
    if formatted == text {
        return Ok(false);
    }
    if !(arguments.check || arguments.diff) {
        files::replace(path, &formatted).map_err(|error| format!("{name} cannot be written: {error}\n"))?;
    }
    show(&name, &text, &formatted, arguments);
    Ok(true)
}

/// From standard input to standard output.
fn standard_input(arguments: &Arguments) -> Exit {
    let name = "standard input";
    let mut input = io::stdin();
    if input.is_terminal() {
        warn("formatting what is typed here, up to Ctrl-D; `icl fmt FILE` formats a file\n");
    }
    let mut text = String::new();
    if let Err(error) = input.read_to_string(&mut text) {
        warn(&format!("{name} cannot be read: {error}\n"));
        return Exit::Failed;
    }
    let formatted = match formatted(name, &text) {
        Ok(formatted) => formatted,
        Err(reason) => {
            warn(&reason);
            return Exit::Failed;
        }
    };
    let changes = formatted != text;
    if !(arguments.check || arguments.diff) {
        print(&formatted);
    } else if changes {
        show(name, &text, &formatted, arguments);
    }
    if arguments.check && changes { Exit::Failed } else { Exit::Done }
}

/// The program in the one layout, or what is wrong with it.
fn formatted(name: &str, text: &str) -> Result<String, String> {
    let mut sources = Sources::default();
    let id = sources.add(name, text);
    format(id, text).map_err(|found| faults(name, &found, &sources))
}

fn faults(name: &str, found: &[Diagnostic], sources: &Sources) -> String {
    let shown = drawn(found, sources);
    let errors = found.iter().filter(|finding| finding.severity == Severity::Error).count();
    format!("{shown}{name}: {}; left as it was\n", render::tally(errors, found.len() - errors))
}

fn drawn(found: &[Diagnostic], sources: &Sources) -> String {
    let terminal = Terminal::err();
    render::findings(found, sources, terminal.colour, terminal.width)
}

/// Says that a file changes: how, or only which.
fn show(name: &str, text: &str, formatted: &str, arguments: &Arguments) {
    if arguments.diff {
        print(&unified(name, text, formatted, Terminal::out().colour));
    } else {
        print(&format!("{name}\n"));
    }
}

/// "1 file formatted, 3 left as they were".
fn summary(tally: &Tally, arguments: &Arguments) -> String {
    let files = |count: usize| if count == 1 { "1 file".to_string() } else { format!("{count} files") };
    let (done, rest) = if arguments.check || arguments.diff {
        ("would change", "would not")
    } else {
        ("formatted", "left as written")
    };
    let mut parts = vec![format!("{} {done}", files(tally.changed)), format!("{} {rest}", tally.same)];
    if tally.failed > 0 {
        parts.push(format!("{} failed", tally.failed));
    }
    format!("{}\n", parts.join(", "))
}
