//! Tables: rows of cells under named columns, one row at a time.

mod parquet;
mod text;

use std::io::{Read, Seek};
use std::path::Path;

use super::super::error::DataError;

/// The most columns of a table. What is wider is an array of numbers rather than a table.
pub const COLUMNS: usize = 4096;

/// How a file writes its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Tabs,
    Commas,
    /// A JSON object a line.
    Lines,
    Parquet,
}

impl Layout {
    /// What a file's name says.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let ending = super::ending(path);
        [Self::Tabs, Self::Commas, Self::Lines, Self::Parquet]
            .into_iter()
            .find(|layout| layout.endings().contains(&ending.as_str()))
    }

    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Tabs => "table with tabs",
            Self::Commas => "table with commas",
            Self::Lines => "table of JSON lines",
            Self::Parquet => "Parquet table",
        }
    }

    #[must_use]
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Tabs => &["tsv"],
            Self::Commas => &["csv"],
            Self::Lines => &["jsonl"],
            Self::Parquet => &["parquet"],
        }
    }
}

/// What a file is read from.
pub trait Bytes: Read + Seek {}
impl<T: Read + Seek> Bytes for T {}

/// The rows of a table.
pub trait Rows {
    /// The names of the columns, each another, and at most [`COLUMNS`].
    fn columns(&self) -> &[String];

    /// Reads the next row: a cell for each column, empty where nothing stands there. `false` behind the last.
    ///
    /// # Errors
    /// [`DataError::File`], with the row, counted from 1 below the header.
    fn next(&mut self, cells: &mut Vec<String>) -> Result<bool, DataError>;
}

/// Opens the table of `from`, which is called `path`.
///
/// # Errors
/// [`DataError::File`] where it does not begin as such a table does.
pub fn open<'a>(path: &Path, layout: Layout, from: impl Bytes + 'a) -> Result<Box<dyn Rows + 'a>, DataError> {
    Ok(match layout {
        Layout::Tabs => Box::new(text::Delimited::open(path, from, b'\t')?),
        Layout::Commas => Box::new(text::Delimited::open(path, from, b',')?),
        Layout::Lines => Box::new(text::Lines::open(path, from)?),
        Layout::Parquet => Box::new(parquet::Parquet::open(path, from)?),
    })
}

/// Whether columns can be those of a table.
fn columns_fit(path: &Path, columns: &[String]) -> Result<(), DataError> {
    let path = path.display();
    if columns.len() > COLUMNS {
        let reason = format!("{path} has {} columns, and a table has at most {COLUMNS}", columns.len());
        return Err(DataError::file(reason, "save numbers as an array: .npy, .npz or .safetensors"));
    }
    let mut known = std::collections::BTreeMap::new();
    for (at, column) in columns.iter().enumerate() {
        if let Some(first) = known.insert(column, at) {
            let reason = format!("{path} has two columns `{column}`: column {} and column {}", first + 1, at + 1);
            return Err(DataError::file(reason, "rename one of them"));
        }
    }
    Ok(())
}
