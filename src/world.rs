//! What lies outside the program: files, behind one trait, so that checking is testable in memory.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Where source files come from.
pub trait World {
    /// The text of a file.
    ///
    /// # Errors
    /// Whatever reading meets: missing, not permitted, not UTF-8.
    fn read(&self, path: &Path) -> io::Result<String>;

    /// The bytes of a file that is no larger than `most`.
    ///
    /// # Errors
    /// Whatever reading meets; [`io::ErrorKind::FileTooLarge`].
    fn bytes(&self, path: &Path, most: u64) -> io::Result<Vec<u8>>;
}

/// The machine's own file system.
pub struct Disk;

impl World for Disk {
    fn read(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }

    fn bytes(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
    }
}

/// Files that live in memory.
#[derive(Default)]
pub struct Memory(pub BTreeMap<PathBuf, String>);

impl World for Memory {
    fn read(&self, path: &Path) -> io::Result<String> {
        self.0.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn bytes(&self, path: &Path, _most: u64) -> io::Result<Vec<u8>> {
        self.read(path).map(String::into_bytes)
    }
}
