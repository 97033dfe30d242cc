//! `icl check --fix` and `--diff`: certain cures written to the named files, or shown.

use super::Exit;
use super::check::{Arguments, exit, further, look, tell};
use super::files::{self, Found, PIPED};
use super::formats::{Counts, Format, Report, say_once};
use super::terminal::{Terminal, print, warn};
use super::unified::unified;
use crate::check::Checked;
use crate::fix::{Change, Mended, mend};
use crate::plan::Selection;
use crate::world::World;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Makes the certain cures, writes or shows them, and tells of what is left.
pub fn run(arguments: &Arguments, world: &dyn World, found: Vec<Found>) -> Exit {
    let programs: Vec<PathBuf> = found.iter().filter_map(Found::program).cloned().collect();
    let own = Own::of(&programs);
    let Mended { checked, changes, count } = mend(world, &programs, &arguments.set, &|path| own.name(path));
    if arguments.diff {
        let colour = Terminal::out().colour;
        for (name, change) in &changes {
            print(&unified(&own.shown(name), &change.before, &change.after, colour));
        }
        let mut reports = look(arguments, world, found);
        say_once(&mut reports);
        let counts = Counts::of(&reports);
        let line = counts.line(&reports);
        warn(&format!("{}, {count} would be mended\n", line.trim_end()));
        return exit(&counts, arguments);
    }
    let mut written = true;
    for (name, change) in &changes {
        if let Err(reason) = write(name, change) {
            warn(&format!("{} is left as it was: {reason}\n", own.shown(name)));
            written = false;
        }
    }
    let mut checked = checked.into_iter();
    let mut reports: Vec<Report> = found
        .into_iter()
        .filter_map(|found| match found {
            Found::Program(_) => checked.next().map(|checked| counted(checked, arguments)),
            Found::Lost(report) => Some(report),
        })
        .collect();
    say_once(&mut reports);
    let counts = Counts { fixed: count, ..Counts::of(&reports) };
    // A mended text that came through a pipe takes standard output for itself.
    let piped = own.piped;
    if piped {
        print(
            &changes
                .get(Path::new(PIPED))
                .map_or_else(|| world.read(Path::new(PIPED)).unwrap_or_default(), |change| change.after.clone()),
        );
    }
    let line = counts.line(&reports);
    if arguments.format == Format::Full && !piped {
        tell(&reports, &counts, arguments.format, print);
        print(&format!("{line}{}", further(&counts)));
    } else {
        tell(&reports, &counts, arguments.format, if piped { warn } else { print });
        if arguments.format != Format::Json {
            warn(&line);
        }
    }
    if written { exit(&counts, arguments) } else { Exit::Failed }
}

/// What is left of a program, and what it costs.
fn counted(mut checked: Checked, arguments: &Arguments) -> Report {
    arguments.spending.hold(&mut checked, &Selection::default());
    Report::of(checked)
}

/// The files that were named, which alone may be changed, under the one name that each has on the disk.
struct Own {
    named: BTreeMap<PathBuf, PathBuf>,
    piped: bool,
}

impl Own {
    fn of(programs: &[PathBuf]) -> Self {
        let named = programs.iter().filter_map(|path| Some((fs::canonicalize(path).ok()?, path.clone())));
        Self { named: named.collect(), piped: programs.iter().any(|path| path == Path::new(PIPED)) }
    }

    fn name(&self, path: &Path) -> Option<PathBuf> {
        if self.piped && path == Path::new(PIPED) {
            return Some(path.to_path_buf());
        }
        fs::canonicalize(path).ok().filter(|name| self.named.contains_key(name))
    }

    fn shown(&self, name: &Path) -> String {
        self.named.get(name).map_or(name, PathBuf::as_path).display().to_string()
    }
}

/// Replaces a file by its mended text, unless somebody else has changed it meanwhile.
fn write(name: &Path, change: &Change) -> io::Result<()> {
    if name == Path::new(PIPED) {
        return Ok(());
    }
    if fs::read_to_string(name)? != change.before {
        return Err(io::Error::other("it was changed meanwhile; check it again"));
    }
    files::replace(name, &change.after)
}
