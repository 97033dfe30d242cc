//! What folders take on disk, and when they were written last.

use crate::store::{Store, StoreError};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// Whether a name is that of something with a key: 32 hexadecimal digits.
#[must_use]
pub fn is_key(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Bytes and files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub bytes: u64,
    pub files: u64,
}

impl std::ops::AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.files += other.files;
    }
}

/// What a file, or a folder with all in it, takes; nothing where it is gone.
#[must_use]
pub fn size(path: &Path) -> Size {
    let mut size = Size::default();
    visit(path, &mut |data| size += Size { bytes: data.len(), files: 1 });
    size
}

/// When something in a folder was written last; none where it is gone.
#[must_use]
pub fn newest(path: &Path) -> Option<SystemTime> {
    let mut newest = fs::metadata(path).and_then(|data| data.modified()).ok()?;
    visit(path, &mut |data| newest = data.modified().map_or(newest, |at| at.max(newest)));
    Some(newest)
}

fn visit(path: &Path, told: &mut dyn FnMut(&fs::Metadata)) {
    let Ok(data) = fs::symlink_metadata(path) else { return };
    if data.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            visit(&entry.path(), told);
        }
    } else {
        told(&data);
    }
}

/// The keys of all segments, whatever else stands in their folder.
pub fn segments(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut names = store.segments()?;
    names.retain(|name| is_key(name));
    Ok(names)
}

/// The segment that another one goes on from, with the identity of the latter; none where that cannot be read.
pub fn parent(store: &Store, key: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Child {
        parent: Option<Parent>,
    }
    #[derive(serde::Deserialize)]
    struct Parent {
        key: String,
    }
    let text = store.segment(key).identity().ok().flatten()?;
    serde_json::from_str::<Child>(&text).ok()?.parent.map(|parent| parent.key)
}
