//! The folder of one study's reports.

use super::{StoreError, make_folder, write};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A study's reports, which one process at a time writes; the system lets go of the lock however the process ends.
#[derive(Debug)]
pub struct RunFolder {
    root: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Opens or makes a folder, and waits for whoever is writing there.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        make_folder(root)?;
        let path = root.join("LOCK");
        let lock = File::create(&path).map_err(StoreError::io(&path, "cannot write"))?;
        match lock.lock() {
            // A file system that has no locks loses nothing by it: reports are made again from the store.
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(error) => return Err(StoreError::io(&path, "cannot lock")(error)),
        }
        Ok(Self { root: root.to_path_buf(), _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Takes away a file or folder of an earlier report, so that nothing stale stands beside the new one.
    ///
    /// # Errors
    /// If it is there and cannot be removed.
    pub fn clear(&self, name: &str) -> Result<(), StoreError> {
        let path = self.root.join(name);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io(&path, "cannot remove")(error)),
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
            make_folder(folder)?;
        }
        write(&path, bytes)?;
        Ok(path)
    }
}
