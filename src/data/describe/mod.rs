//! What lies in a file: its columns, arrays or images, with their types, sizes, counts and a sample.

mod array;
mod column;

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::error::DataError;
use super::files::arrays::entries;
use super::files::images::{Images, look};
use super::files::tables::{self, Layout};
use super::files::{Kind, Opened, recognise};
use super::shapes;
use super::table::{self, TableSpec};

pub use array::Array;
pub use column::{Column, Type};

/// The most bytes of arrays that are looked at; what is larger is looked at from its beginning.
pub const LOOKED_AT: u64 = 256 << 20;

/// What lies in a file or folder.
#[derive(Clone, Debug, Serialize)]
pub struct Description {
    pub path: String,
    /// What it is, in words.
    pub format: &'static str,
    /// Its bytes on disk.
    pub bytes: u64,
    #[serde(flatten)]
    pub contents: Contents,
    /// What of the language reads it, and the bytes that an array takes in memory then.
    pub read_by: Option<String>,
    pub memory: Option<u64>,
    /// Why the language does not read it as it is.
    pub not_read: Option<Reason>,
}

/// A reason with its cure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    pub reason: String,
    pub cure: String,
}

impl From<DataError> for Reason {
    fn from(error: DataError) -> Self {
        Self { reason: error.reason(), cure: error.cure() }
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Contents {
    Table {
        rows: u64,
        columns: Vec<Column>,
        /// The first rows.
        sample: Vec<Vec<String>>,
    },
    Arrays {
        arrays: Vec<Array>,
    },
    Images {
        images: Images,
    },
}

/// Looks into a file or folder. `sample` rows are kept as they are.
///
/// # Errors
/// [`DataError`] where it is damaged or of no kind that is read.
pub fn describe(path: &Path, sample: usize) -> Result<Description, DataError> {
    let kind = recognise(path)?;
    match kind {
        Kind::Table(layout) => of_table(path, layout, kind.title(), sample),
        Kind::Png | Kind::Folder => {
            let images = look(path)?;
            let format = if kind == Kind::Folder { "folder of PNG images" } else { kind.title() };
            Ok(Description {
                path: path.display().to_string(),
                format,
                bytes: images.bytes,
                contents: Contents::Images { images },
                read_by: None,
                memory: None,
                not_read: Some(unspoken()),
            })
        }
        _ => of_arrays(path, kind),
    }
}

/// The language has no word for images other than those of `shapes3d`.
fn unspoken() -> Reason {
    Reason {
        reason: "no word of the language reads it".into(),
        cure: "compute an embedding of every image, save them with numpy.save, and read that with `array`".into(),
    }
}

fn of_table(path: &Path, layout: Layout, format: &'static str, sample: usize) -> Result<Description, DataError> {
    let opened = Opened::new(path)?;
    let bytes = opened.length;
    let mut rows = tables::open(path, layout, opened.file)?;
    let names = rows.columns().to_vec();
    let mut gathered = column::Gathered::new(&names);
    let (mut kept, mut cells) = (Vec::new(), Vec::new());
    while rows.next(&mut cells)? {
        gathered.add(&cells);
        if kept.len() < sample {
            kept.push(cells.clone());
        }
    }
    drop(rows);
    let (count, columns) = gathered.done();
    // Words rather than numbers, where both could.
    let names = || columns.iter().filter(|column| column.names_rows(count));
    let key =
        names().find(|column| column.kind == Type::Text).or_else(|| names().next()).map(|column| column.name.clone());
    let shown = path.display().to_string();
    let read = if bytes > table::LARGEST {
        Err(table::too_large(&shown))
    } else {
        let all = fs::read(path).map_err(|error| DataError::unreadable(path, &error));
        all.and_then(|all| TableSpec::read(&shown, &all, key.as_deref()))
    };
    let (read_by, not_read) = match read {
        Ok(table) => (Some(format!("table(\"{shown}\", key: \"{}\")", table.key)), None),
        Err(fault) => (None, Some(fault.into())),
    };
    let contents = Contents::Table { rows: count, columns, sample: kept };
    Ok(Description { path: shown, format, bytes, contents, read_by, memory: None, not_read })
}

fn of_arrays(path: &Path, kind: Kind) -> Result<Description, DataError> {
    let mut opened = Opened::new(path)?;
    let entries = entries(kind, &mut opened)?;
    // Small ones are looked at as a whole, and large ones share what is left.
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&at| entries[at].bytes());
    let (mut left, mut arrays) = (LOOKED_AT, vec![None; entries.len()]);
    for (done, &at) in order.iter().enumerate() {
        let array = Array::look(&opened, &entries[at], left / (entries.len() - done) as u64)?;
        left = left.saturating_sub(array.looked_at);
        arrays[at] = Some(array);
    }
    let arrays: Vec<Array> = arrays.into_iter().flatten().collect();
    let shown = path.display().to_string();
    let spoken = matches!(kind, Kind::Npy | Kind::Npz | Kind::Safetensors | Kind::Hdf5);
    let published = |array: &Array| array.name == "images" && array.shape == [shapes::IMAGES as u64, 64, 64, 3];
    let images = kind == Kind::Hdf5 && arrays.iter().any(published);
    let read = arrays.iter().find(|array| array.not_read.is_none()).filter(|_| spoken && !images);
    let key = |array: &Array| if array.name.is_empty() { String::new() } else { format!(", key: \"{}\"", array.name) };
    let read_by = match read {
        _ if images => Some(format!("shapes3d(\"{shown}\")")),
        _ => read.map(|array| format!("array(\"{shown}\"{})", key(array))),
    };
    let memory = read.and_then(|array| array.memory);
    let not_read = match &read_by {
        Some(_) => None,
        None if spoken => arrays.first().and_then(|array| array.not_read.clone()),
        None => Some(unspoken()),
    };
    let contents = Contents::Arrays { arrays };
    Ok(Description { path: shown, format: kind.title(), bytes: opened.length, contents, read_by, memory, not_read })
}
