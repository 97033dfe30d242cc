//! Taking things away again: from under nobody's hands, and so that a reader sees all of a segment or none.

use super::lease::{Held, Holder, Leases, Taken};
use super::{Store, StoreError, absent, make_folder, remove};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What came of removing a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    Removed,
    /// Another process trains it, so that it stays.
    Held(Holder),
}

/// Where segments go on their way out; what is left there by a process that was killed is of no use.
pub const REMOVED: &str = "removed";

impl Store {
    /// Takes the mark of a cell away; its segments stay.
    ///
    /// # Errors
    /// If it is there and cannot be removed.
    pub fn unmark(&self, key: &str) -> Result<(), StoreError> {
        remove(&self.root().join("cells").join(format!("{key}.toml")))
    }

    /// Removes what a measure is compared with.
    ///
    /// # Errors
    /// If it is there and cannot be removed.
    pub fn remove_levels(&self, key: &str) -> Result<(), StoreError> {
        remove(&self.root().join("levels").join(format!("{key}.json")))
    }

    /// Removes a file or folder that may be gone already.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(&self, path: &Path) -> Result<(), StoreError> {
        if !path.is_dir() {
            return remove(path);
        }
        match fs::remove_dir_all(path) {
            Err(error) if !absent(&error) => Err(StoreError::io(path, "cannot remove")(error)),
            _ => Ok(()),
        }
    }

    /// Removes a segment under its lease, unless a process that lives holds that.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove_segment(&self, key: &str, leases: &Leases) -> Result<Removal, StoreError> {
        let segment = self.segment(key);
        let folder = segment.folder();
        match segment.held()? {
            Held::By(holder) => return Ok(Removal::Held(holder)),
            Held::Gone(holder) => leases.clear(folder, &holder)?,
            Held::Nobody => {}
        }
        if !folder.is_dir() {
            return Ok(Removal::Removed);
        }
        match leases.take(folder) {
            Ok(Taken::By(holder)) => Ok(Removal::Held(holder)),
            Ok(Taken::Lease(lease)) => {
                lease.hold()?;
                self.take_out(key, folder)?;
                Ok(Removal::Removed)
            }
            // A disk that is full has no room for a lease, and is what one removes things for.
            Err(StoreError::Io { error, .. }) if full(&error) => {
                self.take_out(key, folder)?;
                Ok(Removal::Removed)
            }
            Err(error) => Err(error),
        }
    }

    /// Moves a folder away in one step, then removes it file by file.
    fn take_out(&self, key: &str, folder: &Path) -> Result<(), StoreError> {
        let aside = self.root().join(REMOVED);
        let number = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |at| at.as_nanos());
        let to: PathBuf = aside.join(format!("{key}.{}.{number}", std::process::id()));
        // Where there is no room for a folder either, it is removed where it stands.
        let moved = make_folder(&aside).is_ok() && fs::rename(folder, &to).is_ok();
        let removed = self.remove(if moved { &to } else { folder });
        // The last one out removes the folder; others may be in it.
        let _ = fs::remove_dir(&aside);
        removed
    }
}

fn full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
