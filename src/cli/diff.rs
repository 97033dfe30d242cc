//! `icl diff`: what changed in the meaning of programs, what that invalidates, and what it costs.

mod json;
mod markdown;
mod places;
mod results;
mod sides;
mod text;
mod time;
pub mod words;

use super::Exit;
use super::check::knob;
use super::git::repository::{Repository, Revision};
use super::terminal::{Terminal, print, warn};
use crate::check::{Override, check};
use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::diff::{Class, Difference, Keys, Side, difference};
use crate::world::{Disk, World};
use places::{Line, Texts};
use sides::{Asked, Pair};
use std::path::{Path, PathBuf};

/// What exit codes of `icl diff` mean.
const CODES: &str = "Exit codes: 0 compared; 1 with --exit-code, the meaning differs; 2 the command line is wrong, or a side \
    cannot be read or has errors.\n\nREV is anything that git calls a revision: main, HEAD~2, v1.0. One revision is compared \
    with the working tree; without any it is HEAD. `A...B` begins where both parted. docs/diff.md tells more.";

/// Arguments of `icl diff`.
#[derive(clap::Args)]
#[command(after_help = CODES, override_usage = "icl diff [OPTIONS] [FILE]\n       icl diff [OPTIONS] REV [FILE]...\n       \
    icl diff [OPTIONS] REV..REV [FILE]...\n       icl diff [OPTIONS] FILE FILE\n       icl diff --results RUN RUN")]
pub struct Arguments {
    /// Revisions, then files or folders; two files without a revision are compared with each other.
    #[arg(value_name = "REV | FILE")]
    what: Vec<String>,
    /// Set a param of both sides: `--set maps=100`.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = knob)]
    set: Vec<Override>,
    /// How to print it; Markdown is silent where the meaning is the same.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Time real steps, about a second for each side, and say how long the work takes on this machine.
    #[arg(long)]
    time: bool,
    /// Exit with 1 where the meaning differs.
    #[arg(long)]
    exit_code: bool,
    /// Compare what two runs found: two run folders.
    #[arg(long)]
    results: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

/// What there is to say of a file.
struct Told {
    /// How the file is called now, or was.
    name: String,
    /// How it was called, where it is another name.
    was: Option<String>,
    /// It states no experiment on either side.
    module: bool,
    outcome: Outcome,
}

enum Outcome {
    /// Both sides are programs; a place before and now for each change, study by study.
    Compared(Difference, Vec<Vec<[Option<Line>; 2]>>),
    /// A side has errors.
    Faulty(Vec<Faulty>),
}

/// A side that is no program.
struct Faulty {
    /// `before` or `now`.
    side: &'static str,
    sources: Sources,
    errors: Vec<Diagnostic>,
}

impl Told {
    fn class(&self) -> Class {
        match &self.outcome {
            Outcome::Compared(difference, _) => difference.class(),
            Outcome::Faulty(_) => Class::Cosmetic,
        }
    }

    fn faulty(&self) -> bool {
        matches!(self.outcome, Outcome::Faulty(_))
    }
}

pub fn run(arguments: &Arguments) -> Exit {
    if arguments.results {
        return results::run(&arguments.what, arguments.format, arguments.exit_code);
    }
    match compared(arguments) {
        Ok(told) => tell(&told, arguments),
        Err(reason) => {
            warn(&format!("{reason}\n"));
            Exit::Usage
        }
    }
}

fn compared(arguments: &Arguments) -> Result<Vec<Told>, String> {
    let set = &arguments.set;
    match sides::asked(&arguments.what)? {
        Asked::Files(old, new) => {
            for path in [&old, &new] {
                Disk.read(path).map_err(|reason| format!("{} cannot be read: {reason}", path.display()))?;
            }
            let pair = Pair { old: Some(old), new: Some(new), named: true };
            Ok(told(look((&Disk, &Disk), &pair, set).into_iter().collect(), arguments.time))
        }
        Asked::Sides { old, new, paths } => {
            let repository = Repository::open()?;
            let (old_tree, new_tree) = sides::trees(&repository, &old, new.as_deref())?;
            let before = Revision::new(&repository, &old_tree);
            let now: Box<dyn World> = match &new_tree {
                Some(tree) => Box::new(Revision::new(&repository, tree)),
                None => Box::new(Disk),
            };
            let pairs = sides::pairs(&repository, (&old_tree, new_tree.as_deref()), &paths)?;
            let looked = pairs.iter().filter_map(|pair| look((&before, &*now), pair, set)).collect();
            Ok(once(told(looked, arguments.time)))
        }
    }
}

/// Leaves out modules whose faults are told with the programs that use them.
fn once(told: Vec<Told>) -> Vec<Told> {
    let users = |name: &str| {
        told.iter().any(|other| match &other.outcome {
            Outcome::Faulty(sides) => {
                let reads = |faulty: &Faulty| faulty.sources.files.iter().any(|source| source.name == name);
                other.name != name && sides.iter().any(reads)
            }
            Outcome::Compared(..) => false,
        })
    };
    let told_twice: Vec<bool> = told.iter().map(|one| one.faulty() && one.module && users(&one.name)).collect();
    told.into_iter().zip(told_twice).filter(|(_, twice)| !twice).map(|(one, _)| one).collect()
}

/// Both sides of a file, checked.
struct Looked {
    name: String,
    was: Option<String>,
    module: bool,
    sides: Result<Box<[(Side, Texts); 2]>, Vec<Faulty>>,
}

/// Compares files. A cell that another of them had or has is not run again.
fn told(looked: Vec<Looked>, time: bool) -> Vec<Told> {
    let mut keys = Keys::default();
    if looked.len() > 1 {
        for [(old, _), (new, _)] in looked.iter().filter_map(|one| one.sides.as_deref().ok()) {
            keys.add(old, new);
        }
    }
    let compared = |Looked { name, was, module, sides }| {
        let outcome = match sides {
            Err(faulty) => Outcome::Faulty(faulty),
            Ok(sides) => {
                let [(old, old_texts), (new, new_texts)] = &*sides;
                let mut difference = difference(old, new, &keys);
                if time {
                    time::take(&mut difference, old, new);
                }
                let places = difference.studies.iter().map(|study| {
                    let names = (study.old.as_deref(), study.new.as_deref());
                    study.changes.iter().map(|change| places::find(old_texts, new_texts, names, change)).collect()
                });
                let places = places.collect();
                Outcome::Compared(difference, places)
            }
        };
        Told { name, was, module, outcome }
    };
    looked.into_iter().map(compared).collect()
}

/// Checks both sides of a file; `None` where nobody asked for it and it states no experiment on either side.
fn look((before, now): (&dyn World, &dyn World), pair: &Pair, set: &[Override]) -> Option<Looked> {
    let looked = |world: &dyn World, path: &Option<PathBuf>| path.as_ref().map(|path| check(world, path, set));
    let (old, new) = (looked(before, &pair.old), looked(now, &pair.new));
    let stated = old.iter().chain(&new).any(|checked| !checked.places.is_empty());
    let errors = |finding: &&Diagnostic| finding.severity == Severity::Error;
    let mut faulty = Vec::new();
    for (side, checked) in [("before", &old), ("now", &new)] {
        let Some(checked) = checked else { continue };
        let errors: Vec<Diagnostic> = checked.findings.iter().filter(errors).cloned().collect();
        if !errors.is_empty() {
            faulty.push(Faulty { side, sources: checked.sources.clone(), errors });
        }
    }
    if !pair.named && !stated && faulty.is_empty() {
        return None;
    }
    let shown = |path: &Path| path.display().to_string();
    let name = pair.new.as_ref().or(pair.old.as_ref()).map(|path| shown(path)).unwrap_or_default();
    let was = pair.old.as_ref().map(|path| shown(path)).filter(|was| *was != name);
    let side = |checked: Option<crate::check::Checked>| match checked {
        None => (Side::default(), Texts::default()),
        Some(checked) => {
            let texts = Texts::new(&checked.sources);
            (Side { reports: texts.reports(), program: checked.program.unwrap_or_default() }, texts)
        }
    };
    let sides = if faulty.is_empty() { Ok(Box::new([side(old), side(new)])) } else { Err(faulty) };
    Some(Looked { name, was, module: !stated, sides })
}

fn tell(told: &[Told], arguments: &Arguments) -> Exit {
    match arguments.format {
        Format::Text => print(&text::text(told, Terminal::out())),
        Format::Markdown => print(&markdown::markdown(told)),
        Format::Json => print(&json::json(told)),
    }
    if arguments.format != Format::Text {
        for faulty in told.iter().filter(|one| one.faulty()) {
            warn(&text::faults(faulty, Terminal::err()));
        }
    }
    if told.iter().any(Told::faulty) {
        Exit::Usage
    } else if arguments.exit_code && told.iter().any(|one| one.class() > Class::Cosmetic) {
        Exit::Failed
    } else {
        Exit::Done
    }
}
