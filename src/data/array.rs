//! Embeddings that the user computed and saved as `.npy` or `.safetensors`.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::array_header::{self, Header, unreadable};
use super::error::DataError;
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

/// Reads the header of `path` and hashes the file (about a second for a gigabyte). The key names
/// an array of a `.safetensors` file and may be left out where there is one only.
///
/// # Errors
/// [`DataError::Read`], [`DataError::Format`], [`DataError::Dtype`], [`DataError::Key`], and
/// [`DataError::Shape`] where the array has not two dimensions.
pub fn inspect(path: &Path, key: Option<&str>) -> Result<ArrayInfo, DataError> {
    let (file, header) = open(path, key)?;
    let [rows, width] = two(path, &header, &[IMAGES], None)?;
    let hash = scan(path, file, None)?;
    Ok(ArrayInfo { rows, width, hash })
}

/// Reads all numbers of an array of `rows` rows and as many columns, with what [`inspect`] says.
///
/// # Errors
/// Those of [`inspect`]; [`DataError::Shape`] where it has other sizes; [`DataError::NotFinite`].
pub fn square(path: &Path, key: Option<&str>, size: usize) -> Result<(ArrayInfo, Vec<f32>), DataError> {
    let (mut file, header) = open(path, key)?;
    let [rows, width] = two(path, &header, &[size], Some(size))?;
    if rows != size || width != size {
        return Err(shape(path, &header, &[size], Some(size)));
    }
    let copy = file.try_clone().map_err(|error| unreadable(path, &error))?;
    let hash = scan(path, copy, Some((&header, width)))?;
    let each = header.number.size();
    let mut bytes = vec![0; size * size * each];
    file.seek(SeekFrom::Start(header.start))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    let values = bytes.chunks_exact(each).map(|bytes| header.number.read(bytes)).collect();
    Ok((ArrayInfo { rows, width, hash }, values))
}

/// An array that has been checked and whose rows can be read.
pub struct ArrayFile {
    path: PathBuf,
    file: File,
    header: Header,
    width: usize,
    /// Whether rows are those of the whole published data set.
    published: bool,
}

impl ArrayFile {
    /// Opens the embeddings of `spec` and reads the file once to check its hash and every number.
    /// An empty hash is not compared.
    ///
    /// # Errors
    /// Those of [`inspect`]; [`DataError::Shape`] where the array is neither
    /// `[480000, spec.width]` nor `[spec.rows(), spec.width]`; [`DataError::NotFinite`];
    /// [`DataError::Changed`].
    pub fn open(spec: &ShapesSpec, source: &ArraySource) -> Result<Self, DataError> {
        let path = Path::new(&source.path);
        let (file, header) = open(path, source.key.as_deref())?;
        let mut wanted = vec![IMAGES, spec.rows()];
        wanted.dedup();
        let [rows, width] = two(path, &header, &wanted, Some(spec.width))?;
        if !wanted.contains(&rows) || width != spec.width {
            return Err(shape(path, &header, &wanted, Some(spec.width)));
        }
        let copy = file.try_clone().map_err(|error| unreadable(path, &error))?;
        let hash = scan(path, copy, Some((&header, width)))?;
        if !source.hash.is_empty() && source.hash != hash {
            let expected = source.hash.clone();
            return Err(DataError::Changed { path: path.to_owned(), expected, found: hash });
        }
        Ok(Self { path: path.to_owned(), file, header, width, published: rows == IMAGES })
    }

    /// Reads the embedding of `row` of `spec` into `out`, as wide as the array.
    ///
    /// # Errors
    /// [`DataError::Read`].
    pub fn read(&mut self, spec: &ShapesSpec, row: u32, out: &mut [f32]) -> Result<(), DataError> {
        let place = if self.published { spec.published_index(row) } else { row };
        let size = self.header.number.size();
        let mut bytes = vec![0; self.width * size];
        let start = self.header.start + u64::from(place) * bytes.len() as u64;
        self.file
            .seek(SeekFrom::Start(start))
            .and_then(|_| self.file.read_exact(&mut bytes))
            .map_err(|error| unreadable(&self.path, &error))?;
        for (out, bytes) in out.iter_mut().zip(bytes.chunks_exact(size)) {
            *out = self.header.number.read(bytes);
        }
        Ok(())
    }
}

/// Opens a file and reads the header of one array.
fn open(path: &Path, key: Option<&str>) -> Result<(File, Header), DataError> {
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let header = array_header::read(path, &mut file, key)?;
    Ok((file, header))
}

/// The two dimensions of an array, neither of them 0.
fn two(path: &Path, header: &Header, rows: &[usize], width: Option<usize>) -> Result<[usize; 2], DataError> {
    match header.shape[..] {
        [rows, width] if rows > 0 && width > 0 => Ok([rows, width]),
        _ => Err(shape(path, header, rows, width)),
    }
}

fn shape(path: &Path, header: &Header, rows: &[usize], width: Option<usize>) -> DataError {
    let (path, found) = (path.to_owned(), header.shape.clone());
    DataError::Shape { path, found, rows: rows.to_vec(), width }
}

/// Hashes a file from its beginning and, given a header, looks at each number of its array.
fn scan(path: &Path, file: File, array: Option<(&Header, usize)>) -> Result<String, DataError> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    let mut hasher = blake3::Hasher::new();
    let mut file = BufReader::with_capacity(1 << 18, file);
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    if let Some((header, width)) = array {
        let mut head = vec![0; header.start as usize];
        file.read_exact(&mut head).map_err(failed)?;
        hasher.update(&head);
        let size = header.number.size();
        let mut bytes = vec![0; width * size];
        for row in 0..header.shape[0] {
            file.read_exact(&mut bytes).map_err(failed)?;
            hasher.update(&bytes);
            let mut numbers = bytes.chunks_exact(size);
            if let Some(column) = numbers.position(|at| !header.number.read(at).is_finite()) {
                return Err(DataError::NotFinite { path: path.to_owned(), row, column });
            }
        }
    }
    let mut bytes = vec![0; 1 << 16];
    loop {
        match file.read(&mut bytes).map_err(failed)? {
            0 => return Ok(hasher.finalize().to_hex().to_string()),
            count => hasher.update(&bytes[..count]),
        };
    }
}
