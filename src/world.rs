//! What lies outside the program: files, behind one trait, so that checking is testable in memory.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Where source files come from.
pub trait World {
    /// The text of a file.
    ///
    /// # Errors
    /// Whatever reading meets: missing, not permitted, not UTF-8.
    fn read(&self, path: &Path) -> io::Result<String>;
}

/// The machine's own file system.
pub struct Disk;

impl World for Disk {
    fn read(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }
}

/// Files that live in memory.
#[derive(Default)]
pub struct Memory(pub BTreeMap<PathBuf, String>);

impl World for Memory {
    fn read(&self, path: &Path) -> io::Result<String> {
        self.0.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}
