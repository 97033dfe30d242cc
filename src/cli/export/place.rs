//! Where an export goes: a file, standard output, or a folder, each whole or not at all.

use super::super::studies::Refused;
use crate::data::atomic::{Part, beside, settle};
use crate::export::curves::tensorboard::FILE;
use std::fs;
use std::io::{self, BufWriter, ErrorKind, Stdout, Write};
use std::path::{Path, PathBuf};

/// What says in a folder that it holds an export.
pub const MARK: &str = "icl.json";

/// Why something could not be written, with what helps.
pub fn unwritten(path: &Path, error: &io::Error) -> Refused {
    let help = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "; make room, or choose another place with --out"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "; choose a place that can be written with --out"
        }
        _ => "",
    };
    Refused::failed(format!("cannot write {}: {error}{help}", path.display()))
}

/// What a file is written to.
pub enum Target {
    File(Part),
    Standard(BufWriter<Stdout>),
}

impl Target {
    /// Begins a file, or standard output where it is called `-`. What is there already is replaced only where that is
    /// `agreed`.
    pub fn begin(path: &Path, agreed: bool) -> Result<Self, Refused> {
        if path == Path::new("-") {
            return Ok(Self::Standard(BufWriter::new(io::stdout())));
        }
        let shown = path.display();
        match fs::metadata(path) {
            Ok(known) if known.is_dir() => {
                return Err(Refused::failed(format!("{shown} is a folder; name a file with --out")));
            }
            Ok(known) if !known.is_file() => {
                return Err(Refused::failed(format!(
                    "{shown} is no plain file, and would be replaced; `--out -` is standard output"
                )));
            }
            Ok(_) if !agreed => return Err(Refused::failed(format!("{shown} is there already; --force replaces it"))),
            _ => {}
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
            let folder = folder.display();
            return Err(Refused::failed(format!(
                "cannot write {shown}: there is no folder {folder}; name another place with --out"
            )));
        }
        Part::begin(path).map(Self::File).map_err(|error| unwritten(path, &error))
    }

    /// Gives the file its name.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::File(part) => part.finish(),
            Self::Standard(mut out) => match out.flush() {
                // A reader that has gone away is no fault.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
                done => done,
            },
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(part) => part.write(bytes),
            Self::Standard(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(part) => part.flush(),
            Self::Standard(out) => out.flush(),
        }
    }
}

/// A folder that is filled beside the path that it will have. Where it is not finished nothing is left of it.
pub struct Folder {
    pub part: PathBuf,
    to: PathBuf,
}

impl Folder {
    /// Begins a folder that is new or empty, or holds an earlier export of event files, which is replaced.
    pub fn begin(to: &Path) -> Result<Self, Refused> {
        let shown = to.display();
        if to.exists() && !to.is_dir() {
            return Err(Refused::failed(format!("{shown} is a file; name a folder with --out")));
        }
        if to.is_dir() && !replaceable(to).map_err(|error| unwritten(to, &error))? {
            return Err(Refused::failed(format!(
                "{shown} holds other files than an export; name a new folder with --out"
            )));
        }
        let folder = Self { part: beside(to), to: to.into() };
        fs::create_dir_all(&folder.part).map_err(|error| unwritten(to, &error))?;
        Ok(folder)
    }

    /// Gives the folder its name, in place of what was there.
    pub fn finish(self) -> io::Result<()> {
        if self.to.exists() {
            let old = beside(&self.to);
            fs::rename(&self.to, &old)?;
            if let Err(error) = fs::rename(&self.part, &self.to) {
                fs::rename(&old, &self.to)?;
                return Err(error);
            }
            fs::remove_dir_all(&old)?;
        } else {
            fs::rename(&self.part, &self.to)?;
        }
        settle(&self.to);
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It is gone where it was given its name.
        let _ = fs::remove_dir_all(&self.part);
    }
}

/// Whether a folder is empty, or holds an export and nothing else.
fn replaceable(folder: &Path) -> io::Result<bool> {
    let empty = fs::read_dir(folder)?.next().is_none();
    Ok(empty || folder.join(MARK).is_file() && ours(folder, true)?)
}

fn ours(folder: &Path, top: bool) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let events = name.starts_with(FILE.0) && name.ends_with(FILE.1);
        let known =
            if entry.file_type()?.is_dir() { ours(&entry.path(), false)? } else { events || top && name == MARK };
        if !known {
            return Ok(false);
        }
    }
    Ok(true)
}
