//! Writing a file so that a reader sees the old one or the new one, and never a part.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes `bytes` beside `path`, syncs them, and renames them to `path`.
///
/// # Errors
/// Those of the file system; `path` is then what it was before.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = File::create(&part)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&part, path));
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
