//! The folder of one study's runs.

use super::{CellStore, StoreError};
use crate::data::atomic;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A run folder, locked by this process while it is open; the system lets go of the lock however the process ends.
#[derive(Debug)]
pub struct RunFolder {
    root: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Opens or makes a run folder.
    ///
    /// # Errors
    /// If it cannot be written, or another process runs in it.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let cells = root.join("cells");
        fs::create_dir_all(&cells).map_err(StoreError::io(&cells, "cannot make the folder"))?;
        let path = root.join("LOCK");
        let lock = File::create(&path).map_err(StoreError::io(&path, "cannot write"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_path_buf(), _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(StoreError::Busy { path: root.to_path_buf() }),
            Err(fs::TryLockError::Error(error)) => Err(StoreError::io(&path, "cannot lock")(error)),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The place of a cell; nothing is written yet.
    #[must_use]
    pub fn cell(&self, key: &str) -> CellStore {
        CellStore::new(self.root.join("cells").join(key))
    }

    /// Takes away a file or folder of an earlier report, so that nothing stale stands beside the new one.
    ///
    /// # Errors
    /// If it is there and cannot be removed.
    pub fn clear(&self, name: &str) -> Result<(), StoreError> {
        let path = self.root.join(name);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io(&path, "cannot remove")(error))
            }
            _ => Ok(()),
        }
    }

    /// Writes a file of the report, whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(StoreError::io(folder, "cannot make the folder"))?;
        }
        atomic::write(&path, bytes).map_err(StoreError::io(&path, "cannot write"))?;
        Ok(path)
    }
}
