//! `icl check`: every finding, of every file.

use super::terminal::{Terminal, print, warn};
use super::{Exit, render};
use crate::check::{Checked, Override, check};
use crate::program::Program;
use crate::world::Disk;
use std::path::{Path, PathBuf};

/// Arguments of `icl check`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Programs to check.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Set a param of the programs: `--set maps=100`.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = knob)]
    set: Vec<Override>,
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
    let mut total = (0, 0);
    for file in &arguments.files {
        let checked = check(&Disk, file, &arguments.set);
        show(&checked);
        let counts = checked.counts();
        print(&format!("{}: {}\n", file.display(), render::tally(counts.0, counts.1)));
        total = (total.0 + counts.0, total.1 + counts.1);
    }
    if total.0 > 0 { Exit::Failed } else { Exit::Done }
}

fn show(checked: &Checked) {
    let terminal = Terminal::err();
    warn(&render::findings(&checked.findings, &checked.sources, terminal.colour, terminal.width));
}

/// Checks a file for a command that trains its program; what this version does not run is a finding here.
pub fn runnable(file: &Path, set: &[Override]) -> Option<Program> {
    let checked = check(&Disk, file, set);
    let refused = if checked.counts().0 == 0 { checked.not_run } else { Vec::new() };
    planned(file, Checked { findings: [checked.findings, refused].concat(), not_run: Vec::new(), ..checked })
}

/// Checks a file for a command that needs its program; findings are printed.
pub fn program(file: &Path, set: &[Override]) -> Option<Program> {
    planned(file, check(&Disk, file, set))
}

fn planned(file: &Path, checked: Checked) -> Option<Program> {
    show(&checked);
    let (errors, warnings) = checked.counts();
    if errors > 0 {
        warn(&format!("{}: {}; nothing was run\n", file.display(), render::tally(errors, warnings)));
        return None;
    }
    let program = checked.program?;
    if program.experiments.is_empty() {
        warn(&format!("{} states no experiment, so there is nothing to run\n", file.display()));
        return None;
    }
    Some(program)
}
