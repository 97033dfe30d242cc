//! Results on disk: plain folders, named by what they mean, that survive being killed at any instant.
//!
//! ```text
//! runs/store/                    the store: results by their keys, shared by all studies
//!   store.toml                   the form of what follows
//!   segments/KEY/                weights that training a stage leads to, and what was measured of them
//!     segment.json               what the key is a hash of
//!     names.toml                 what the run was called that was trained here last
//!     curve.jsonl                evaluations, a line each, with its checksum; curve.NONCE.jsonl while it is trained
//!     checkpoints/STEP.end.safetensors       where a run or its stage ends: everything that training goes on from
//!     checkpoints/STEP.safetensors           the same, made on the way
//!     checkpoints/STEP.weights.safetensors   the weights alone, of one made on the way before
//!     LEASE, LEASE.NONCE         who trains it, and the sign that it lives
//!   levels/KEY.json              what a measure is compared with
//!   cells/KEY.toml               the mark of a finished cell: its segments, its names, what it ended with
//!   index.sqlite                 what the marks say, in one file, for `icl ls`; made again at will
//!   removed/                     segments on their way out
//! runs/NAME/                     a study's reports, which can be made again from the store
//! ```
//!
//! Every file but a growing curve is written beside itself, synced and renamed. A line that was cut short, or whose
//! checksum is wrong, counts as not written. Nothing is locked by the system: folders of a network file system will do.

mod cells;
mod checkpoint;
mod curve;
mod folder;
mod lease;
mod removal;
mod segment;

pub use cells::{Finished, Names};
pub use checkpoint::{Kept, Kind};
pub use curve::{Curve, Evaluated, Record, damaged_lines};
pub use folder::RunFolder;
pub use lease::{Held, Holder, Lease, Leases, Taken};
pub use removal::{REMOVED, Removal};
pub use segment::{Segment, Writer};

use crate::data::atomic;
use crate::engine::measure::Levels;
use serde::de::DeserializeOwned;
use std::fmt::{self, Display};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The form of the store that this version reads and writes.
const FORM: u32 = 1;

/// What store.toml says.
#[derive(serde::Deserialize)]
struct Form {
    form: u32,
}

/// All results under one folder.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store at a folder; nothing is read or made yet.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folders of a store that is to be written.
    ///
    /// # Errors
    /// If they cannot be made, or it is a store of another form.
    pub fn open(&self) -> Result<(), StoreError> {
        if !self.exists()? {
            for name in ["segments", "levels", "cells"] {
                make_folder(&self.root.join(name))?;
            }
            write(&self.root.join("store.toml"), format!("form = {FORM}\n").as_bytes())?;
        }
        Ok(())
    }

    /// Whether there is a store in its folder; nothing is made.
    ///
    /// # Errors
    /// If that cannot be read, or it is a store of another form.
    pub fn exists(&self) -> Result<bool, StoreError> {
        let path = self.root.join("store.toml");
        let Some(text) = read(&path)? else { return Ok(false) };
        let form: Form = toml::from_str(&text)
            .map_err(|error| StoreError::Damaged { path: path.clone(), reason: error.message().to_string() })?;
        if form.form == FORM { Ok(true) } else { Err(StoreError::Form { path, found: form.form }) }
    }

    /// The folder of a segment.
    #[must_use]
    pub fn segment(&self, key: &str) -> Segment {
        Segment::new(self.root.join("segments").join(key))
    }

    /// Keeps what a measure is compared with, by the measure's key.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep_levels(&self, key: &str, levels: &Levels) -> Result<(), StoreError> {
        let folder = self.root.join("levels");
        make_folder(&folder)?;
        write(&folder.join(format!("{key}.json")), &serde_json::to_vec_pretty(levels).unwrap_or_default())
    }

    /// What a measure is compared with, if that is known.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn levels(&self, key: &str) -> Result<Option<Levels>, StoreError> {
        json(&self.root.join("levels").join(format!("{key}.json")))
    }
}

/// What went wrong on disk, where.
#[derive(Debug)]
pub enum StoreError {
    /// Reading or writing failed.
    Io { path: PathBuf, doing: &'static str, error: io::Error },
    /// A file does not hold what it should.
    Damaged { path: PathBuf, reason: String },
    /// The store was made by another version.
    Form { path: PathBuf, found: u32 },
    /// Another process took a segment over, because this one gave no sign of life.
    Lost { path: PathBuf },
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
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                        write!(f, "; make room or choose another store with --store, then run again")
                    }
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                        write!(f, "; choose folders that can be written with --out and --store")
                    }
                    _ => Ok(()),
                }
            }
            Self::Damaged { path, reason } => {
                write!(f, "{} is damaged ({reason}); remove it, and run again to make it anew", path.display())
            }
            Self::Form { path, found } => {
                write!(
                    f,
                    "{} says that this store has form {found}, but this version of icl reads form {FORM}; choose another with --store",
                    path.display()
                )
            }
            Self::Lost { path } => {
                write!(
                    f,
                    "another process took over {} because this one gave no sign of life; nothing more is written there",
                    path.display()
                )
            }
        }
    }
}

impl std::error::Error for StoreError {}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(StoreError::io(path, "cannot make the folder"))
}

/// Writes a file, whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    atomic::write(path, bytes).map_err(StoreError::io(path, "cannot write"))
}

/// The text of a file; none where there is none.
fn read(path: &Path) -> Result<Option<String>, StoreError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if absent(&error) => Ok(None),
        Err(error) => Err(StoreError::io(path, "cannot read")(error)),
    }
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    let Some(text) = read(path)? else { return Ok(None) };
    let damaged =
        |error: serde_json::Error| StoreError::Damaged { path: path.to_path_buf(), reason: error.to_string() };
    serde_json::from_str(&text).map(Some).map_err(damaged)
}

/// Removes a file that may be gone already.
fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if !absent(&error) => Err(StoreError::io(path, "cannot remove")(error)),
        _ => Ok(()),
    }
}

fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The names in a folder, in order; none where there is no folder.
fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io(folder, "cannot read")(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(StoreError::io(folder, "cannot read"))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}
