//! HDF5 files (<https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html>) as h5py writes them unless it is asked for the newest format:
//! groups by symbol tables or compact links, datasets that are contiguous, compact, or in chunks under a B-tree of version 1, which
//! are plain or went through deflate, shuffle and Fletcher's checksum. What is written otherwise is told as such.

mod chunks;
mod cursor;
mod dataset;
mod group;
mod object;
mod rows;

use super::super::error::DataError;
use super::Opened;
use super::arrays::{Entry, Place};
use cursor::Cursor;

pub use dataset::Dataset;
pub use rows::Reader;

/// How such a file begins, at byte 0, 512, 1024, 2048 and so on.
const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";
/// The most objects of a file that are listed.
const OBJECTS: usize = 10_000;
/// How deep groups may lie in groups.
const DEEP: usize = 32;

pub const CURE: &str = "write it again with h5py, with libver='earliest'";

/// A file of this format.
struct Hdf5<'o> {
    opened: &'o mut Opened,
    /// What addresses count from.
    base: u64,
    /// Bytes of an address, and of a length.
    wide: (usize, usize),
    /// Where the header of the outermost group is.
    root: u64,
}

/// Where the format begins in a file, if it does.
pub fn begins(opened: &mut Opened) -> Option<u64> {
    let length = opened.length;
    let places = std::iter::once(0).chain((9..32).map(|power| 1_u64 << power));
    let mut places = places.take_while(|at| at + 8 <= length);
    places.find(|&at| opened.bytes(at, 8).is_ok_and(|bytes| bytes == MAGIC))
}

impl<'o> Hdf5<'o> {
    /// Reads the first block.
    fn open(opened: &'o mut Opened) -> Result<Self, DataError> {
        let Some(start) = begins(opened) else {
            return Err(opened.fault("is no HDF5 file", "download it again"));
        };
        let length = (opened.length - start).min(256);
        let head = opened.bytes(start, length)?;
        let Some((wide, base, end, root)) = superblock(&head) else {
            return Err(opened.fault("is damaged: its first block makes no sense", CURE));
        };
        if end > opened.length {
            return Err(opened.short());
        }
        Ok(Self { opened, base: if base == 0 { start } else { base }, wide, root })
    }

    /// Bytes at an address.
    fn bytes(&mut self, address: u64, count: u64) -> Result<Vec<u8>, DataError> {
        self.opened.bytes(self.base.saturating_add(address), count)
    }

    fn damaged(&self, what: &str, address: u64) -> DataError {
        self.opened.fault(&format!("is damaged: {what} at byte {address} makes no sense"), CURE)
    }

    /// All datasets, by their paths.
    fn datasets(&mut self) -> Result<Vec<Dataset>, DataError> {
        let mut found = Vec::new();
        let mut open = vec![(String::new(), self.root, 0)];
        let mut seen = std::collections::BTreeSet::new();
        while let Some((path, address, depth)) = open.pop() {
            if !seen.insert(address) {
                continue;
            }
            if seen.len() > OBJECTS || depth > DEEP {
                return Err(self
                    .opened
                    .fault(&format!("holds more than {OBJECTS} objects"), "take out the datasets that are needed"));
            }
            let messages = self.messages(address)?;
            if let Some(dataset) = self.dataset(&path, address, &messages)? {
                found.push(dataset);
            } else {
                for (name, address) in self.members(address, &messages)? {
                    open.push((format!("{path}/{name}"), address, depth + 1));
                }
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }
}

/// Sizes of addresses and lengths, what addresses count from, where the file ends, and the address of the root's header.
fn superblock(head: &[u8]) -> Option<((usize, usize), u64, u64, u64)> {
    let version = *head.get(8)?;
    let wide_at = if version < 2 { 13 } else { 9 };
    let wide = (usize::from(*head.get(wide_at)?), usize::from(*head.get(wide_at + 1)?));
    if ![2, 4, 8].contains(&wide.0) || ![2, 4, 8].contains(&wide.1) {
        return None;
    }
    let mut cursor = Cursor::new(head, wide);
    match version {
        0 | 1 => {
            cursor.skip(if version == 0 { 24 } else { 28 })?;
            let base = cursor.address()??;
            // Where free space is listed, the end, the driver; then the entry of the root: its name and its header.
            cursor.address()?;
            let end = cursor.address()??;
            cursor.address()?;
            cursor.address()?;
            Some((wide, base, end, cursor.address()??))
        }
        2 | 3 => {
            cursor.skip(12)?;
            let base = cursor.address()??;
            cursor.address()?;
            let end = cursor.address()??;
            Some((wide, base, end, cursor.address()??))
        }
        _ => None,
    }
}

/// The datasets of a file as arrays.
///
/// # Errors
/// [`DataError::File`] where it is damaged, or written in a way that is not read.
pub fn entries(opened: &mut Opened) -> Result<Vec<Entry>, DataError> {
    let datasets = Hdf5::open(opened)?.datasets()?;
    let entry = |dataset: Dataset| Entry {
        name: dataset.name.trim_start_matches('/').to_owned(),
        dtype: dataset.dtype.clone(),
        number: dataset.number,
        shape: dataset.shape.clone(),
        by_columns: false,
        place: match &dataset.unread {
            Some(reason) => Place::Unread(reason.clone()),
            None => Place::Hdf5(Box::new(dataset)),
        },
    };
    Ok(datasets.into_iter().map(entry).collect())
}
