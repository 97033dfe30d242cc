//! Files that come from elsewhere: of which kind one is, and what lies in it.
//!
//! Every reader here takes a bounded amount of memory whatever a file says of itself: what it declares is compared with what is
//! there before room is made for it. What is damaged is told with its place.

pub mod arrays;
pub mod hdf5;
mod idx;
pub mod images;
mod npy;
pub mod number;
mod safetensors;
pub mod tables;
mod text;
mod zip;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::error::DataError;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Npy,
    Npz,
    Safetensors,
    /// An array of the MNIST database's format, packed by gzip or not.
    Idx {
        packed: bool,
    },
    Hdf5,
    Table(tables::Layout),
    /// One PNG image.
    Png,
    Folder,
}

impl Kind {
    /// What a reader calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Npy => "numpy array",
            Self::Npz => "archive of numpy arrays",
            Self::Safetensors => "safetensors file",
            Self::Idx { packed: false } => "IDX array",
            Self::Idx { packed: true } => "IDX array, packed by gzip",
            Self::Hdf5 => "HDF5 file",
            Self::Table(layout) => layout.title(),
            Self::Png => "PNG image",
            Self::Folder => "folder",
        }
    }

    /// How the names of such files end.
    const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Npy => &["npy"],
            Self::Npz => &["npz"],
            Self::Safetensors => &["safetensors"],
            Self::Idx { packed: false } => &["idx", "idx1-ubyte", "idx3-ubyte"],
            Self::Idx { packed: true } => &["gz"],
            Self::Hdf5 => &["h5", "hdf5"],
            Self::Table(layout) => layout.endings(),
            Self::Png => &["png"],
            Self::Folder => &[],
        }
    }

    /// How such a file begins; nothing where any text may.
    const fn magic(self) -> &'static [u8] {
        match self {
            Self::Npy => b"\x93NUMPY",
            Self::Npz => b"PK\x03\x04",
            Self::Table(tables::Layout::Parquet) => b"PAR1",
            Self::Png => b"\x89PNG\r\n\x1a\n",
            Self::Idx { packed: true } => b"\x1f\x8b",
            _ => b"",
        }
    }
}

/// The kinds of files, as their names or their first bytes tell them.
const KINDS: [Kind; 11] = [
    Kind::Npy,
    Kind::Npz,
    Kind::Safetensors,
    Kind::Idx { packed: false },
    Kind::Idx { packed: true },
    Kind::Table(tables::Layout::Tabs),
    Kind::Table(tables::Layout::Commas),
    Kind::Table(tables::Layout::Lines),
    Kind::Table(tables::Layout::Parquet),
    Kind::Hdf5,
    Kind::Png,
];

/// A file that is being read.
pub struct Opened {
    pub path: PathBuf,
    pub file: File,
    /// Its bytes.
    pub length: u64,
}

impl Opened {
    /// # Errors
    /// [`DataError::Read`]; [`DataError::File`] where it is a folder or is empty.
    pub fn new(path: &Path) -> Result<Self, DataError> {
        let unreadable = |error: std::io::Error| DataError::unreadable(path, &error);
        let file = File::open(path).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        if about.is_dir() {
            return Err(DataError::file(format!("{} is a folder", path.display()), "name a file in it"));
        }
        if about.len() == 0 {
            return Err(DataError::file(format!("{} is empty", path.display()), "write it again"));
        }
        Ok(Self { path: path.to_owned(), file, length: about.len() })
    }

    /// The same file once more, with a place of its own in it.
    ///
    /// # Errors
    /// [`DataError::Read`].
    pub fn again(&self) -> Result<File, DataError> {
        File::open(&self.path).map_err(|error| self.unreadable(&error))
    }

    /// `count` bytes from `start` on. Whether they are there is looked at before room is made for them.
    ///
    /// # Errors
    /// [`DataError::Read`]; [`DataError::File`] where the file ends before.
    pub fn bytes(&mut self, start: u64, count: u64) -> Result<Vec<u8>, DataError> {
        if start.checked_add(count).is_none_or(|end| end > self.length) {
            return Err(self.short());
        }
        let mut bytes = vec![0; count as usize];
        self.file
            .seek(SeekFrom::Start(start))
            .and_then(|_| self.file.read_exact(&mut bytes))
            .map_err(|error| self.unreadable(&error))?;
        Ok(bytes)
    }

    /// A fault of this file, whose reason goes behind its name.
    #[must_use]
    pub fn fault(&self, reason: &str, cure: &str) -> DataError {
        DataError::file(format!("{} {reason}", self.path.display()), cure)
    }

    /// It ends before what it says is in it.
    #[must_use]
    pub fn short(&self) -> DataError {
        self.fault(&format!("is cut short at {} bytes", self.length), "copy or download it again")
    }

    #[must_use]
    pub fn unreadable(&self, error: &std::io::Error) -> DataError {
        DataError::unreadable(&self.path, error)
    }
}

/// The BLAKE3 hash of a whole file, in hexadecimal.
///
/// # Errors
/// [`DataError::Read`].
pub fn hash(opened: &Opened) -> Result<String, DataError> {
    let mut hasher = blake3::Hasher::new();
    let mut file = opened.again()?;
    let mut bytes = vec![0; 1 << 18];
    loop {
        match file.read(&mut bytes).map_err(|error| opened.unreadable(&error))? {
            0 => return Ok(hasher.finalize().to_hex().to_string()),
            count => hasher.update(&bytes[..count]),
        };
    }
}

/// The last part of a file's name, in small letters.
fn ending(path: &Path) -> String {
    path.extension().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

/// Of which kind a file or folder is, by its first bytes and its name, which must agree.
///
/// # Errors
/// Those of [`Opened::new`]; [`DataError::File`] where it is of no kind that is read, or of another than its name says.
pub fn recognise(path: &Path) -> Result<Kind, DataError> {
    if path.is_dir() {
        return Ok(Kind::Folder);
    }
    let mut opened = Opened::new(path)?;
    let head = opened.bytes(0, opened.length.min(64))?;
    let ending = ending(path);
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let named = KINDS.into_iter().find(|kind| {
        kind.endings().contains(&ending.as_str()) || name.ends_with("-ubyte") && *kind == Kind::Idx { packed: false }
    });
    if head.starts_with(b"version https://git-lfs") {
        return Err(opened.fault("is a pointer of Git LFS, not the file itself", "fetch the file with `git lfs pull`"));
    }
    if [&b"<!DOCTYPE"[..], b"<!doctype", b"<html", b"<HTML"].iter().any(|start| head.starts_with(start)) {
        return Err(opened.fault("is a web page", "download the file itself; the page may ask for a login"));
    }
    match (named, found(&mut opened, &head)?) {
        (named, Some(found)) if named.is_none_or(|named| named == found) => Ok(found),
        (_, Some(found)) => {
            let reason =
                format!("has a name that ends in .{ending}, but begins as a file of another kind: {}", found.title());
            let cure = format!("give it a name that ends in .{}", found.endings()[0]);
            Err(opened.fault(&reason, &cure))
        }
        (Some(Kind::Table(layout)), None) if layout != tables::Layout::Parquet => Ok(Kind::Table(layout)),
        (Some(named), None) => {
            let reason = format!("is no {}: it begins with {}", named.title(), shown(&head));
            Err(opened.fault(&reason, "give the file its right name, or write it again"))
        }
        (None, None) => {
            let all = KINDS.iter().flat_map(|kind| kind.endings()).filter(|ending| !ending.contains("ubyte"));
            let all: Vec<String> = all.map(|ending| format!(".{ending}")).collect();
            Err(opened
                .fault("is of no kind that is read", &format!("give a folder of images or one of {}", all.join(" "))))
        }
    }
}

/// The kind that the first bytes tell.
fn found(opened: &mut Opened, head: &[u8]) -> Result<Option<Kind>, DataError> {
    let begins = |kind: &Kind| !kind.magic().is_empty() && head.starts_with(kind.magic());
    if let Some(kind) = KINDS.into_iter().find(begins) {
        if kind == (Kind::Idx { packed: true }) && !idx::is_packed(opened)? {
            return Err(opened.fault("is packed by gzip", "unpack it with gunzip"));
        }
        return Ok(Some(kind));
    }
    if hdf5::begins(opened).is_some() {
        return Ok(Some(Kind::Hdf5));
    }
    if idx::begins(head) {
        return Ok(Some(Kind::Idx { packed: false }));
    }
    Ok(safetensors::begins(head, opened.length).then_some(Kind::Safetensors))
}

/// The first bytes of a file, as a person reads them.
fn shown(head: &[u8]) -> String {
    let head = &head[..head.len().min(6)];
    if head.iter().all(|byte| (0x20..0x7f).contains(byte)) {
        format!("\"{}\"", String::from_utf8_lossy(head))
    } else {
        let bytes: Vec<String> = head.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("the bytes {}", bytes.join(" "))
    }
}
