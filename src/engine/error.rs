//! What can go wrong in the engine, as values with their reasons.

use crate::data::DataError;
use std::fmt;

/// Why the engine could not do what was asked.
#[derive(Debug)]
pub enum Error {
    /// Sizes that do not fit each other; the text says which.
    Shape(String),
    /// A value that is infinite or not a number.
    NotFinite { what: String },
    /// A minimum that was not reached; the text says of what, and how near the search came.
    NotConverged(String),
    /// A saved state without an array that the network needs.
    MissingArray { name: String },
    /// A saved state with an array that the network does not know.
    UnknownArray { name: String },
    /// A saved array of another shape than the network's.
    WrongShape { name: String, expected: Vec<usize>, found: Vec<usize> },
    /// Bytes that are no saved state; the text says why.
    Unreadable(String),
    /// A site that the model does not have.
    NoSuchSite(String),
    /// A line of a task that cannot be computed; the text names it and says why.
    Draw(String),
    /// A part of the language that is checked and planned but not run yet.
    NotRun(String),
    /// A model that exists and cannot be read.
    Data(DataError),
    /// A card that is missing, or does not do what it is asked.
    Card(String),
    /// A fault of the tensor library.
    Tensor(candle_core::Error),
}

pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(text) => write!(f, "sizes do not fit: {text}"),
            Self::NotFinite { what } => write!(f, "{what} is not finite"),
            Self::NotConverged(text) => write!(f, "not converged: {text}"),
            Self::MissingArray { name } => write!(f, "the saved state lacks the array {name}"),
            Self::UnknownArray { name } => write!(f, "the saved state has an array that the model lacks: {name}"),
            Self::WrongShape { name, expected, found } => {
                write!(f, "the saved array {name} has shape {found:?}, the model's has {expected:?}")
            }
            Self::Unreadable(text) => write!(f, "the saved state cannot be read: {text}"),
            Self::NoSuchSite(text) => write!(f, "the model has no site {text}"),
            Self::Draw(text) => f.write_str(text),
            Self::NotRun(what) => write!(f, "this version does not run {what} yet"),
            Self::Data(error) => error.fmt(f),
            Self::Card(text) => f.write_str(text),
            Self::Tensor(error) => write!(f, "tensor library: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Self::Tensor(error)
    }
}

/// `Ok` when `holds`, else a shape error with the given words.
pub(crate) fn ensure(holds: bool, words: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::Shape(words())) }
}
