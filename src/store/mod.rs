//! Cells on disk: plain folders that survive being killed at any instant.
//!
//! A run folder holds `cells/KEY/` with `cell.json` (what the key is a hash of), `levels.json`, `curve.jsonl`,
//! `checkpoint.safetensors` and, at the end, `DONE`. Every file but the curve is written beside itself and renamed;
//! the curve is appended to, and what lies behind the last checkpoint is cut off when a run goes on.

mod cell;
mod folder;

pub use cell::{CellStore, Ended, State};
pub use folder::RunFolder;

use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};

/// What went wrong on disk, where.
#[derive(Debug)]
pub enum StoreError {
    /// Reading or writing failed.
    Io { path: PathBuf, doing: &'static str, error: io::Error },
    /// A file does not hold what it should.
    Damaged { path: PathBuf, reason: String },
    /// Another process runs in this folder.
    Busy { path: PathBuf },
}

impl StoreError {
    fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { path: path.to_path_buf(), doing, error }
    }
}

impl Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, doing, error } => {
                write!(f, "{} {}: {error}", doing, path.display())?;
                match error.kind() {
                    io::ErrorKind::StorageFull => {
                        write!(f, "; make room or choose another folder with --out, then run again")
                    }
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                        write!(f, "; choose a folder that can be written with --out")
                    }
                    _ => Ok(()),
                }
            }
            Self::Damaged { path, reason } => {
                write!(f, "{} is damaged ({reason}); remove its folder to compute the cell anew", path.display())
            }
            Self::Busy { path } => {
                write!(
                    f,
                    "another process is running in {}; wait for it, or choose another folder with --out",
                    path.display()
                )
            }
        }
    }
}

impl std::error::Error for StoreError {}
