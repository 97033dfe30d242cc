//! The curves of studies as one long table, a row for each value, in the files of other programs.
//!
//! `series` says what the measures of a run are, `rows` goes through its evaluations, `layout` gives every row its columns.
//! A form of file is an [`Exporter`], which gets one row at a time, so that a study of any length passes through little
//! memory: [`jsonl`], [`csv`], [`parquet`], and [`tensorboard`], which is a folder.

pub mod csv;
pub mod jsonl;
pub mod layout;
pub mod parquet;
pub mod rows;
pub mod series;
pub mod tensorboard;

mod thrift;

pub use layout::{Column, Kind, Layout, Value};
pub use rows::{Row, Run, rows};
pub use series::Series;

use std::io;

/// What writes rows in one form.
pub trait Exporter {
    /// The rows that follow are of this run.
    ///
    /// # Errors
    /// Those of the file system.
    fn run(&mut self, _run: &Run<'_>) -> io::Result<()> {
        Ok(())
    }

    /// One value of that run.
    ///
    /// # Errors
    /// Those of the file system.
    fn row(&mut self, run: &Run<'_>, row: &Row<'_>) -> io::Result<()>;

    /// No row follows: what is held back is written.
    ///
    /// # Errors
    /// Those of the file system.
    fn end(&mut self) -> io::Result<()>;
}
