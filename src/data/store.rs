//! Embeddings on disk: a folder for each data set, safe to share and safe to kill.
//!
//! `rows.f32` holds the rows as little-endian 32 bit floats, each at its place, with holes where
//! none was computed. `present.bits` says which are there, followed by its own hash; it is
//! replaced as a whole, and only after the rows it adds have been synced. `spec.json` says what
//! the rows are; where it is not what it should be, nothing beside it is believed. Whoever writes
//! holds the lock on `lock`, which ends with the process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::atomic;
use super::encoder::ENCODER_VERSION;
use super::error::DataError;
use super::scene::RENDERER_VERSION;
use super::source::ShapesSpec;

/// The folder of one data set.
pub struct Store {
    folder: PathBuf,
    rows: usize,
    width: usize,
    description: String,
    /// Which rows were there when last looked, one bit each.
    present: Vec<u8>,
}

/// The right to write, until dropped.
pub struct Guard {
    _lock: File,
}

impl Store {
    /// The folder of `spec` within `cache_dir`; nothing is read or made yet.
    #[must_use]
    pub fn new(spec: &ShapesSpec, cache_dir: &Path) -> Self {
        let mut description = serde_json::json!({
            "values": spec.values,
            "width": spec.width,
            "entangled": spec.entangled,
            "encoder_version": ENCODER_VERSION,
            "renderer_version": RENDERER_VERSION,
        });
        if let Some(images) = &spec.images {
            description["images"] = images.hash.as_str().into();
        }
        let description = description.to_string();
        let name = blake3::hash(description.as_bytes()).to_hex();
        let folder = cache_dir.join("shapes").join(name.as_str());
        let present = vec![0; spec.rows().div_ceil(8)];
        Self { folder, rows: spec.rows(), width: spec.width, description, present }
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether `row` was there when [`Store::look`] last looked.
    #[must_use]
    pub fn has(&self, row: u32) -> bool {
        self.present[row as usize / 8] >> (row % 8) & 1 == 1
    }

    /// Makes the folder and takes the lock; `None` while another holds it.
    ///
    /// # Errors
    /// [`DataError::Cache`] where the folder cannot be made or written.
    pub fn try_lock(&self) -> Result<Option<Guard>, DataError> {
        fs::create_dir_all(&self.folder).map_err(|error| self.unusable(&error))?;
        let path = self.folder.join("lock");
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = open.map_err(|error| self.unusable(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Guard { _lock: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(self.unusable(&error)),
        }
    }

    /// Takes the lock, waiting for it with `idle` called now and then.
    ///
    /// # Errors
    /// Those of [`Store::try_lock`].
    pub fn lock(&self, mut idle: impl FnMut()) -> Result<Guard, DataError> {
        loop {
            if let Some(guard) = self.try_lock()? {
                return Ok(guard);
            }
            std::thread::sleep(Duration::from_millis(20));
            idle();
        }
    }

    /// Reads which rows are there. Whatever cannot be trusted counts as absent, and nothing is
    /// written.
    pub fn look(&mut self) {
        self.present.fill(0);
        let told = fs::read(self.folder.join("spec.json"));
        if told.ok().as_deref() != Some(self.description.as_bytes()) {
            return;
        }
        let Ok(bytes) = fs::read(self.folder.join("present.bits")) else { return };
        let Some((bits, hash)) = bytes.split_at_checked(self.present.len()) else { return };
        if hash != blake3::hash(bits).as_bytes() {
            return;
        }
        // Rows that a shortened file has lost are absent.
        let length = fs::metadata(self.data_path()).map_or(0, |data| data.len());
        let whole = (length / self.row_bytes() as u64).min(self.rows as u64) as usize;
        self.present.copy_from_slice(bits);
        for row in whole..self.rows {
            self.present[row / 8] &= !(1 << (row % 8));
        }
    }

    /// Reads the rows that are there into `out` `[rows, width]`. Returns those that turn out to
    /// be holes or no numbers, which then count as absent.
    ///
    /// # Errors
    /// [`DataError::Cache`].
    pub fn read(&mut self, rows: &[u32], out: &mut [f32]) -> Result<Vec<u32>, DataError> {
        let mut lost = Vec::new();
        if rows.is_empty() {
            return Ok(lost);
        }
        let mut file = File::open(self.data_path()).map_err(|error| self.unusable(&error))?;
        let mut bytes = Vec::new();
        let mut rest = out;
        for run in runs(rows) {
            bytes.resize(run.len() * self.row_bytes(), 0);
            let read = file.seek(self.place(run[0])).and_then(|_| file.read_exact(&mut bytes));
            read.map_err(|error| self.unusable(&error))?;
            let (own, others) = rest.split_at_mut(run.len() * self.width);
            rest = others;
            for (x, bytes) in own.iter_mut().zip(bytes.as_chunks::<4>().0) {
                *x = f32::from_le_bytes(*bytes);
            }
            for (&row, values) in run.iter().zip(own.chunks_exact(self.width)) {
                if values.iter().all(|x| *x == 0.0) || values.iter().any(|x| !x.is_finite()) {
                    self.present[row as usize / 8] &= !(1 << (row % 8));
                    lost.push(row);
                }
            }
        }
        Ok(lost)
    }

    /// Adds rows: their numbers first, synced, and only then the word that they are there. What
    /// is present must have been read by [`Store::look`] under the same lock.
    ///
    /// # Errors
    /// [`DataError::Cache`], for instance where the disk is full; no row is then said to be there
    /// that is not.
    pub fn add(&mut self, _lock: &Guard, rows: &[u32], values: &[f32]) -> Result<(), DataError> {
        let mut present = self.present.clone();
        for &row in rows {
            present[row as usize / 8] |= 1 << (row % 8);
        }
        let written = self.write_rows(rows, values).and_then(|()| {
            let path = self.folder.join("spec.json");
            if fs::read(&path).ok().as_deref() != Some(self.description.as_bytes()) {
                // Bits beside another description are not ours.
                remove(&self.bits_path())?;
                atomic::write(&path, self.description.as_bytes())?;
            }
            let mut bytes = present.clone();
            bytes.extend_from_slice(blake3::hash(&present).as_bytes());
            atomic::write(&self.bits_path(), &bytes)
        });
        written.map_err(|error| self.unusable(&error))?;
        self.present = present;
        Ok(())
    }

    fn write_rows(&self, rows: &[u32], values: &[f32]) -> io::Result<()> {
        let path = self.data_path();
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        let whole = (self.rows * self.row_bytes()) as u64;
        if file.metadata()?.len() != whole {
            self.settle_length(&file, whole)?;
        }
        let mut rest = values;
        for run in runs(rows) {
            let (own, others) = rest.split_at(run.len() * self.width);
            rest = others;
            let bytes: Vec<u8> = own.iter().flat_map(|x| x.to_le_bytes()).collect();
            file.seek(self.place(run[0]))?;
            file.write_all(&bytes)?;
        }
        file.sync_all()
    }

    /// Gives the file its full length. Before a shortened one grows again, with holes where it
    /// had rows, the bits of those rows are withdrawn.
    fn settle_length(&self, file: &File, whole: u64) -> io::Result<()> {
        let mut bytes = self.present.clone();
        bytes.extend_from_slice(blake3::hash(&self.present).as_bytes());
        atomic::write(&self.bits_path(), &bytes)?;
        file.set_len(whole)
    }

    fn place(&self, row: u32) -> SeekFrom {
        SeekFrom::Start(u64::from(row) * self.row_bytes() as u64)
    }

    fn row_bytes(&self) -> usize {
        self.width * 4
    }

    fn data_path(&self) -> PathBuf {
        self.folder.join("rows.f32")
    }

    fn bits_path(&self) -> PathBuf {
        self.folder.join("present.bits")
    }

    fn unusable(&self, error: &io::Error) -> DataError {
        DataError::Cache { path: self.folder.clone(), reason: error.to_string() }
    }
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Ascending rows in runs of neighbours, each of at most 4096.
fn runs(rows: &[u32]) -> impl Iterator<Item = &[u32]> {
    rows.chunk_by(|a, b| a + 1 == *b).flat_map(|run| run.chunks(4096))
}
