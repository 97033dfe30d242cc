//! What the output is: a terminal with a width and colours, or a pipe.

use std::io::{IsTerminal, Write};

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

/// Prints to standard output; a reader that has gone away is no fault.
pub fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Prints to standard error.
pub fn warn(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Columns of the terminal.
fn terminal_columns() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}
