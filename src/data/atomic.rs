//! Writing a file so that a reader sees the old one or the new one, and never a part.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Files that this process has begun.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Writes `bytes` beside `path`, syncs them, and renames them to `path`; permissions stay those of the file before.
///
/// # Errors
/// Those of the file system; `path` is then what it was before.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    // No other writer has the name: not in this process, nor in one of the same number on another host.
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |at| at.subsec_nanos());
    name.push(format!(".{}.{number}.{at}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = fill(&part, bytes, path).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // What could not be written is of no use; where it cannot be removed either, it stays.
        let _ = fs::remove_file(&part);
    }
    // The rename itself lasts once the folder is synced; not every system lets one open a folder.
    if let (Ok(()), Some(folder)) = (&written, path.parent())
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
    written
}

/// A new file with these bytes and the permissions of the file that it is to replace, if there is one.
fn fill(part: &Path, bytes: &[u8], replaced: &Path) -> io::Result<()> {
    let mut file = File::create(part)?;
    file.write_all(bytes)?;
    if let Ok(old) = fs::metadata(replaced)
        && old.permissions() != file.metadata()?.permissions()
    {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()
}
