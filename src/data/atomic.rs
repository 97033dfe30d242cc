//! Writing a file so that a reader sees the old one or the new one, and never a part.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes `bytes` beside `path`, syncs them, and renames them to `path`; permissions stay those of the file before.
///
/// # Errors
/// Those of the file system; `path` is then what it was before.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
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
