//! What the output is: a terminal with a width and colours, or a pipe.

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

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
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let width = columns.or_else(|| live.then(terminal_columns).flatten()).unwrap_or(100).max(40);
        Self { live, colour: live && !plain, width }
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
