//! Writing a file so that a reader sees the old one or the new one, and never a part.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Files that this process has begun.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Writes `bytes` beside `path`, syncs them, and renames them to `path`; permissions stay those of the file before.
///
/// # Errors
/// Those of the file system; `path` is then what it was before.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut part = Part::begin(path)?;
    part.write_all(bytes)?;
    part.finish()
}

/// A name beside a path that no other writer has: not in this process, nor in one of the same number on another host.
#[must_use]
pub fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |at| at.subsec_nanos());
    name.push(format!(".{}.{number}.{at}.part", std::process::id()));
    path.with_file_name(name)
}

/// A file that is written beside the path that it will have. Where it is not finished nothing is left of it.
#[derive(Debug)]
pub struct Part {
    /// None once it is finished.
    file: Option<BufWriter<File>>,
    beside: PathBuf,
    path: PathBuf,
}

impl Part {
    /// A new file, which is to have this path.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let beside = beside(path);
        let file = Some(BufWriter::new(File::create(&beside)?));
        Ok(Self { file, beside, path: path.into() })
    }

    /// Syncs what was written and gives it its path, with the permissions of the file before.
    ///
    /// # Errors
    /// Those of the file system; the path is then what it was before.
    pub fn finish(mut self) -> io::Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let whole = file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| {
            if let Ok(old) = fs::metadata(&self.path)
                && old.permissions() != file.metadata()?.permissions()
            {
                file.set_permissions(old.permissions())?;
            }
            file.sync_all()
        });
        let renamed = whole.and_then(|()| fs::rename(&self.beside, &self.path));
        match &renamed {
            Ok(()) => settle(&self.path),
            // What could not be written is of no use; where it cannot be removed either, it stays.
            Err(_) => drop(fs::remove_file(&self.beside)),
        }
        renamed
    }
}

/// Lets a rename last: it does once the folder is synced; not every system lets one open a folder.
pub fn settle(path: &Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // What is still held back is not written either.
            drop(file.into_parts());
            let _ = fs::remove_file(&self.beside);
        }
    }
}
