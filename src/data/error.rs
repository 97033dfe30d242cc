//! What can be wrong with data, each with its reason and its cure in plain words.

use std::fmt;
use std::path::{Path, PathBuf};

/// A fault of a data specification, of a file with embeddings, or of the cache.
///
/// [`DataError::reason`] says what is wrong and [`DataError::cure`] what to do about it;
/// `Display` writes both.
#[derive(Clone, Debug, PartialEq)]
pub enum DataError {
    /// A factor was given no value, or more values than are published.
    Values { factor: &'static str, asked: usize, published: usize },
    /// The width of the embedding is 0 or above [`crate::data::source::MAX_WIDTH`].
    Width(usize),
    /// The share of entanglement is no number in [0, 1].
    Entangled(f64),
    /// A row outside the data set was asked for.
    Row { row: u32, rows: usize },
    /// A file that holds embeddings could not be read.
    Read { path: PathBuf, reason: String },
    /// A file that holds embeddings is not laid out as its name says.
    Format { path: PathBuf, reason: String },
    /// A file is damaged, too large, or written in a way that is not read; the reason names the file and the place in it.
    File { reason: String, cure: String },
    /// A table has no such column.
    Column { path: PathBuf, column: String, columns: Vec<String> },
    /// The numbers are of a type that is not read.
    Dtype { path: PathBuf, found: String },
    /// The array is not `[rows, width]`.
    Shape { path: PathBuf, found: Vec<u64>, rows: Vec<usize>, width: Option<usize> },
    /// A number is infinite or no number at all, after rounding to 32 bits.
    NotFinite { path: PathBuf, row: usize, column: usize },
    /// The file has no array of this name; `None` where a name is needed and none was given.
    Key { path: PathBuf, key: Option<String>, keys: Vec<String> },
    /// The file is not the one that was hashed.
    Changed { path: PathBuf, expected: String, found: String },
    /// The cache folder cannot be used; embeddings are kept in memory instead.
    Cache { path: PathBuf, reason: String },
    /// A file could not be written.
    Write { path: PathBuf, reason: String },
}

impl DataError {
    /// A fault of a file, in words.
    #[must_use]
    pub fn file(reason: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::File { reason: reason.into(), cure: cure.into() }
    }

    /// A file that the machine does not let be read.
    #[must_use]
    pub fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), reason: error.to_string() }
    }

    /// What is wrong, as one clause without a full stop.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Values { factor, asked: 0, .. } => format!("factor {factor} is given 0 values"),
            Self::Values { factor, asked, published } => {
                format!("factor {factor} is given {asked} values, but only {published} are published")
            }
            Self::Width(width) => format!("an embedding cannot be {width} wide"),
            Self::Entangled(e) => format!("the share of entanglement is {e}, outside 0 to 1"),
            Self::Row { row, rows } => {
                format!("row {row} was asked for, but there are {rows} rows")
            }
            Self::Read { path, reason } => format!("cannot read {}: {reason}", path.display()),
            Self::Format { path, reason } => format!("{}: {reason}", path.display()),
            Self::File { reason, .. } => reason.clone(),
            Self::Column { path, column, .. } => format!("{} has no column `{column}`", path.display()),
            Self::Dtype { path, found } => {
                format!("{} holds numbers of type {found}", path.display())
            }
            Self::Shape { path, found, rows, width } => {
                let rows = rows.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
                let width = width.map_or("width".to_owned(), |w| w.to_string());
                let path = path.display();
                format!("{path} has shape {found:?}, but [{rows}, {width}] is needed")
            }
            Self::NotFinite { path, row, column } => {
                format!("{}: row {row}, column {column} is not a finite number", path.display())
            }
            Self::Key { path, key: Some(key), .. } => {
                format!("{} has no array named \"{key}\"", path.display())
            }
            Self::Key { path, key: None, keys } => {
                format!("{} holds {} arrays and none is named", path.display(), keys.len())
            }
            Self::Changed { path, expected, found } => {
                format!("{} has changed: its hash was {expected} and is {found}", path.display())
            }
            Self::Cache { path, reason } => {
                format!("cannot keep embeddings in {}: {reason}", path.display())
            }
            Self::Write { path, reason } => format!("cannot write {}: {reason}", path.display()),
        }
    }

    /// What to do about it, as one clause without a full stop.
    #[must_use]
    pub fn cure(&self) -> String {
        match self {
            Self::Values { published, .. } => format!("give between 1 and {published}"),
            Self::Width(_) => {
                format!("give a width between 1 and {}", crate::data::source::MAX_WIDTH)
            }
            Self::Entangled(_) => "give a number between 0 and 1".to_owned(),
            Self::Row { rows, .. } => format!("ask for rows 0 to {}", rows.saturating_sub(1)),
            Self::Read { .. } => "check the path and that you may read the file".to_owned(),
            Self::Format { .. } => "write it again with numpy.save or safetensors.numpy.save_file".to_owned(),
            Self::File { cure, .. } => cure.clone(),
            Self::Column { columns, .. } => format!("the columns are {}", columns.join(", ")),
            Self::Dtype { .. } => {
                "save little-endian 32 or 64 bit floats (safetensors also 16 bit and bfloat16)".to_owned()
            }
            Self::Shape { .. } => {
                "give one row per image, in the published order or in the order of the data set".to_owned()
            }
            Self::NotFinite { .. } => "mend the program that wrote the embeddings".to_owned(),
            Self::Key { keys, .. } if keys.is_empty() => "leave the key out".to_owned(),
            Self::Key { keys, .. } => format!("choose among the keys {}", keys.join(", ")),
            Self::Changed { .. } => "bring the old file back, or start a new study for the new one".to_owned(),
            Self::Cache { .. } => "free some space or set ICL_CACHE to a folder you may write; \
                 until then they are computed anew in every run"
                .to_owned(),
            Self::Write { .. } => "free some space or choose a folder you may write".to_owned(),
        }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.reason(), self.cure())
    }
}

impl std::error::Error for DataError {}
