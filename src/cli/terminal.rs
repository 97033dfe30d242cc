//! What the output is: a terminal with a width and colours, or a pipe.

use std::ffi::OsString;
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// When to write in colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Colours {
    /// On a terminal, unless `NO_COLOR`, `CLICOLOR=0` or `TERM=dumb` is set; everywhere with `CLICOLOR_FORCE=1`.
    #[default]
    Auto,
    /// Always, on a pipe too.
    Always,
    /// Never.
    Never,
}

/// What `--color` asked for, once the command line has been read.
static ASKED: OnceLock<Colours> = OnceLock::new();

/// Keeps what `--color` asked for; the first call counts.
pub fn ask(colours: Colours) {
    let _ = ASKED.set(colours);
}

impl Colours {
    /// Whether to write in colour to a place that a person looks at now, or not, given the environment.
    fn apply(self, live: bool, env: impl Fn(&str) -> Option<OsString>) -> bool {
        let said = |name: &str| env(name).is_some_and(|value| !value.is_empty());
        let zero = |name: &str| env(name).is_some_and(|value| value == "0");
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if said("NO_COLOR") => false,
            Self::Auto if said("CLICOLOR_FORCE") && !zero("CLICOLOR_FORCE") => true,
            Self::Auto => live && !zero("CLICOLOR") && env("TERM").is_none_or(|term| term != "dumb"),
        }
    }
}

/// Columns of what is written to a pipe.
const PIPED: usize = 100;

/// Columns below which nothing can be laid out; a narrower terminal breaks the lines itself.
const LEAST: usize = 40;

/// How to write to standard output or standard error.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// A person looks at it now.
    pub live: bool,
    pub colour: bool,
    pub width: usize,
}

impl Terminal {
    /// Standard output.
    #[must_use]
    pub fn out() -> Self {
        Self::of(std::io::stdout().is_terminal())
    }

    /// Standard error.
    #[must_use]
    pub fn err() -> Self {
        Self::of(std::io::stderr().is_terminal())
    }

    fn of(live: bool) -> Self {
        let colour = ASKED.get().copied().unwrap_or_default().apply(live, |name| std::env::var_os(name));
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|&count| count > 0);
        let width = columns.or_else(|| live.then(terminal_columns).flatten()).unwrap_or(PIPED);
        Self { live, colour, width: width.max(LEAST) }
    }
}

/// Whether something could not be written to standard output.
static LOST: AtomicBool = AtomicBool::new(false);

/// Prints to standard output. A reader that has gone away is no fault; a disk that is full is, see [`lost`].
pub fn print(text: &str) {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe && !LOST.swap(true, Ordering::Relaxed) => {
            warn(&format!("standard output cannot be written: {error}\n"));
        }
        _ => {}
    }
}

/// Whether something that was to be printed could not be.
#[must_use]
pub fn lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// Prints to standard error.
pub fn warn(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Columns of the terminal.
fn terminal_columns() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_the_flag_then_the_environment_then_the_terminal() {
        let with = |set: &'static [(&str, &str)]| {
            move |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        for (colours, live, set, wanted) in [
            (Colours::Auto, true, &[][..], true),
            (Colours::Auto, false, &[], false),
            (Colours::Auto, true, &[("NO_COLOR", "1")], false),
            (Colours::Auto, true, &[("NO_COLOR", "")], true),
            (Colours::Auto, true, &[("CLICOLOR", "0")], false),
            (Colours::Auto, true, &[("TERM", "dumb")], false),
            (Colours::Auto, false, &[("CLICOLOR_FORCE", "1")], true),
            (Colours::Auto, false, &[("CLICOLOR_FORCE", "0")], false),
            (Colours::Auto, false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
            (Colours::Always, false, &[("NO_COLOR", "1")], true),
            (Colours::Never, true, &[("CLICOLOR_FORCE", "1")], false),
        ] {
            assert_eq!(colours.apply(live, with(set)), wanted, "{colours:?} {live} {set:?}");
        }
    }
}
