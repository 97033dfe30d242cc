//! Embeddings that the user computed and saved as `.npy`, `.npz`, `.safetensors` or `.h5`.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::error::DataError;
use super::files::arrays::{self, Entry};
use super::files::number::Number;
use super::files::{Opened, hash, recognise};
use super::shapes::IMAGES;
use super::source::{ArraySource, ShapesSpec};

/// What a file with embeddings holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrayInfo {
    /// Rows of the array.
    pub rows: usize,
    /// Numbers in a row.
    pub width: usize,
    /// The BLAKE3 hash of the whole file, in hexadecimal.
    pub hash: String,
}

/// Looks at every number of an array and hashes its file (some seconds for a gigabyte). The key names
/// an array of a file that may hold several and may be left out where there is one only.
///
/// # Errors
/// [`DataError::Read`], [`DataError::Format`], [`DataError::File`], [`DataError::Dtype`], [`DataError::Key`], and
/// [`DataError::Shape`] where the array has not two dimensions; [`DataError::NotFinite`].
pub fn inspect(path: &Path, key: Option<&str>) -> Result<ArrayInfo, DataError> {
    let (opened, entry, number) = open(path, key)?;
    let [rows, width] = two(path, &entry, &[IMAGES], None)?;
    scan(&opened, &entry, number, width, |_| ())?;
    Ok(ArrayInfo { rows, width, hash: hash(&opened)? })
}

/// Reads all numbers of an array of `rows` rows and as many columns, with what [`inspect`] says.
///
/// # Errors
/// Those of [`inspect`]; [`DataError::Shape`] where it has other sizes.
pub fn square(path: &Path, key: Option<&str>, size: usize) -> Result<(ArrayInfo, Vec<f32>), DataError> {
    let (opened, entry, number) = open(path, key)?;
    let [rows, width] = two(path, &entry, &[size], Some(size))?;
    if rows != size || width != size {
        return Err(shape(path, &entry, &[size], Some(size)));
    }
    let mut values = Vec::with_capacity(size * size);
    scan(&opened, &entry, number, width, |value| values.push(value))?;
    Ok((ArrayInfo { rows, width, hash: hash(&opened)? }, values))
}

/// An array that has been checked and whose rows can be read.
pub struct ArrayFile {
    opened: Opened,
    body: Body,
    number: Number,
    width: usize,
    /// Whether rows are those of the whole published data set.
    published: bool,
}

/// Where its numbers are read.
enum Body {
    /// In the file, from this byte on.
    File(File, u64),
    /// Unpacked.
    Memory(Vec<u8>),
}

impl ArrayFile {
    /// Opens the embeddings of `spec` and reads the file once to check its hash and every number.
    /// An empty hash is not compared.
    ///
    /// # Errors
    /// Those of [`inspect`]; [`DataError::Shape`] where the array is neither
    /// `[480000, spec.width]` nor `[spec.rows(), spec.width]`; [`DataError::Changed`].
    pub fn open(spec: &ShapesSpec, source: &ArraySource) -> Result<Self, DataError> {
        let path = Path::new(&source.path);
        let (opened, entry, number) = open(path, source.key.as_deref())?;
        let mut wanted = vec![IMAGES, spec.rows()];
        wanted.dedup();
        let [rows, width] = two(path, &entry, &wanted, Some(spec.width))?;
        if !wanted.contains(&rows) || width != spec.width {
            return Err(shape(path, &entry, &wanted, Some(spec.width)));
        }
        let found = hash(&opened)?;
        if !source.hash.is_empty() && source.hash != found {
            let expected = source.hash.clone();
            return Err(DataError::Changed { path: path.to_owned(), expected, found });
        }
        scan(&opened, &entry, number, width, |_| ())?;
        let body = match entry.plain() {
            Some(start) => Body::File(opened.again()?, start),
            None => Body::Memory(entry.unpack(&opened)?.into_inner()),
        };
        Ok(Self { opened, body, number, width, published: rows == IMAGES })
    }

    /// Reads the embedding of `row` of `spec` into `out`, as wide as the array.
    ///
    /// # Errors
    /// [`DataError::Read`].
    pub fn read(&mut self, spec: &ShapesSpec, row: u32, out: &mut [f32]) -> Result<(), DataError> {
        let place = if self.published { spec.published_index(row) } else { row };
        let size = self.number.size();
        let mut bytes = vec![0; self.width * size];
        let place = u64::from(place) * bytes.len() as u64;
        match &mut self.body {
            Body::File(file, start) => file
                .seek(SeekFrom::Start(*start + place))
                .and_then(|_| file.read_exact(&mut bytes))
                .map_err(|error| self.opened.unreadable(&error))?,
            Body::Memory(all) => bytes.copy_from_slice(&all[place as usize..][..self.width * size]),
        }
        for (out, bytes) in out.iter_mut().zip(bytes.chunks_exact(size)) {
            *out = self.number.read(bytes) as f32;
        }
        Ok(())
    }
}

/// Opens a file and chooses one array, whose numbers are floats in the order of rows.
fn open(path: &Path, key: Option<&str>) -> Result<(Opened, Entry, Number), DataError> {
    let format = |reason: &str| DataError::Format { path: path.to_owned(), reason: reason.to_owned() };
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if !["npy", "npz", "safetensors", "h5", "hdf5"].contains(&ending.as_str()) {
        // A file that is missing is told as such.
        Opened::new(path)?;
        return Err(format("its name ends in none of .npy, .npz, .safetensors and .h5"));
    }
    let kind = recognise(path)?;
    let mut opened = Opened::new(path)?;
    let entries = arrays::entries(kind, &mut opened)?;
    let keys = || entries.iter().map(|entry| entry.name.clone()).filter(|name| !name.is_empty()).collect();
    let missing = || DataError::Key { path: path.to_owned(), key: key.map(str::to_owned), keys: keys() };
    let entry = match (key, entries.as_slice()) {
        (Some(_), [only]) if only.name.is_empty() => return Err(missing()),
        (Some(key), entries) => entries.iter().find(|entry| entry.name == key).ok_or_else(missing)?,
        (None, [only]) => only,
        (None, _) => return Err(missing()),
    };
    let dtype = || DataError::Dtype { path: path.to_owned(), found: entry.dtype.clone() };
    let number = entry.number.filter(|number| number.is_embedding()).ok_or_else(dtype)?;
    if entry.by_columns {
        return Err(format("it is stored by columns; save numpy.ascontiguousarray of it"));
    }
    if entry.plain().is_none() && entry.bytes().is_none_or(|bytes| bytes > arrays::UNPACKED) {
        return Err(entry.too_large(&opened));
    }
    Ok((opened, entry.clone(), number))
}

/// The two dimensions of an array, neither of them 0.
fn two(path: &Path, entry: &Entry, rows: &[usize], width: Option<usize>) -> Result<[usize; 2], DataError> {
    match entry.shape[..] {
        [rows, width] if rows > 0 && width > 0 => Ok([rows as usize, width as usize]),
        _ => Err(shape(path, entry, rows, width)),
    }
}

fn shape(path: &Path, entry: &Entry, rows: &[usize], width: Option<usize>) -> DataError {
    let (path, found) = (path.to_owned(), entry.shape.clone());
    DataError::Shape { path, found, rows: rows.to_vec(), width }
}

/// Looks at each number of an array, and hands it on.
fn scan(
    opened: &Opened,
    entry: &Entry,
    number: Number,
    width: usize,
    mut each: impl FnMut(f32),
) -> Result<(), DataError> {
    let mut at = 0;
    arrays::blocks(opened, entry, u64::MAX, |bytes| {
        for bytes in bytes.chunks_exact(number.size()) {
            let value = number.read(bytes) as f32;
            if !value.is_finite() {
                let (row, column) = (at / width, at % width);
                return Err(DataError::NotFinite { path: opened.path.clone(), row, column });
            }
            each(value);
            at += 1;
        }
        Ok(())
    })
}
