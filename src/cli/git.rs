//! `icl git`: programs that read well in `git diff`, and a hook that keeps broken ones out.

mod hook;
mod install;
pub mod repository;

use super::Exit;
use super::terminal::{print, warn};
use crate::diagnostic::FileId;
use crate::syntax::format;
use repository::Repository;
use std::path::PathBuf;

/// Arguments of `icl git`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Let git show programs of this repository in the one layout, with the item around each change.
    ///
    /// Sets diff.icl.textconv and diff.icl.xfuncname in the repository's own configuration and writes `*.icl diff=icl`
    /// into .gitattributes. Doing it again changes nothing.
    Install {
        /// Check staged programs before every commit too.
        #[arg(long)]
        hook: bool,
        /// Put the hook in place of one that another program wrote, which is kept beside it.
        #[arg(long, requires = "hook")]
        force: bool,
    },
    /// Take back what `icl git install` set and wrote.
    Uninstall,
    /// Print a program as `git diff` is to show it: in the one layout where it can be read, else as it is.
    Textconv { file: PathBuf },
    /// Check and format-check what is staged, as the pre-commit hook does; exits with 1 where something is wrong.
    Hook,
}

pub fn run(arguments: &Arguments) -> Exit {
    match &arguments.command {
        Command::Textconv { file } => textconv(file),
        Command::Install { hook, force } => {
            done(Repository::open().and_then(|found| install::install(&found, *hook, *force)))
        }
        Command::Uninstall => done(Repository::open().and_then(|found| install::uninstall(&found))),
        Command::Hook => match Repository::open().and_then(|found| hook::staged(&found)) {
            Ok(exit) => exit,
            Err(reason) => done(Err(reason)),
        },
    }
}

fn done(outcome: Result<String, String>) -> Exit {
    match outcome {
        Ok(told) => {
            print(&told);
            Exit::Done
        }
        Err(reason) => {
            warn(&format!("{reason}\n"));
            Exit::Failed
        }
    }
}

/// Git shows nothing where this fails, so it prints whatever the file holds.
fn textconv(file: &PathBuf) -> Exit {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(reason) => {
            warn(&format!("{} cannot be read: {reason}\n", file.display()));
            return Exit::Failed;
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    print(&format(FileId::default(), &text).unwrap_or_else(|_| text.to_string()));
    Exit::Done
}
