//! The embeddings of a data set: read from disk where they are, computed where they are not.

use std::path::{Path, PathBuf};

use super::array::ArrayFile;
use super::blend::Blend;
use super::error::DataError;
use super::pictures::ImageFile;
use super::source::ShapesSpec;
use super::store::{Guard, Store};

/// Rows computed and saved together, so that what is done outlives a kill.
pub const BATCH: usize = 4096;
/// Marks a row that is not in memory.
const ABSENT: u32 = u32::MAX;

/// Embeddings by row, as many as have been fetched.
pub struct Embeddings {
    spec: ShapesSpec,
    /// For each row its place in `data`, or [`ABSENT`].
    places: Vec<u32>,
    /// `[fetched rows, width]`
    data: Vec<f32>,
    origin: Origin,
    /// The published images, where they are not drawn.
    images: Option<ImageFile>,
    blend: Option<Blend>,
    warnings: Vec<DataError>,
}

impl std::fmt::Debug for Embeddings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embeddings").field("spec", &self.spec).finish_non_exhaustive()
    }
}

/// Where rows come from.
enum Origin {
    /// A file of the user's.
    Array(Box<ArrayFile>),
    /// Computed, and kept on disk.
    Disk(Store),
    /// Computed, with a disk that can be read but not written.
    ReadOnly(Store),
    /// Computed.
    Memory,
}

impl Embeddings {
    /// Opens the embeddings of `spec`; nothing is computed yet.
    ///
    /// Embeddings that cost nothing (`entangled` 0) and those of the user's are not cached; with
    /// `cache_dir` `None` none are. A folder that cannot be written is no error: see
    /// [`Embeddings::warnings`].
    ///
    /// # Errors
    /// A fault of `spec` ([`ShapesSpec::check`]) or of the user's file ([`ArrayFile::open`], [`ImageFile::open`]).
    pub fn open(spec: &ShapesSpec, cache_dir: Option<&Path>) -> Result<Self, DataError> {
        spec.check()?;
        let mut warnings = Vec::new();
        let origin = match (&spec.embedding, cache_dir) {
            (Some(source), _) => Origin::Array(Box::new(ArrayFile::open(spec, source)?)),
            (None, Some(folder)) if spec.entangled > 0.0 => {
                let mut store = Store::new(spec, folder);
                store.look();
                match store.try_lock() {
                    Ok(_) => Origin::Disk(store),
                    Err(error) => {
                        warnings.push(error);
                        Origin::ReadOnly(store)
                    }
                }
            }
            _ => Origin::Memory,
        };
        // Where nothing is entangled and where embeddings are given, no image is looked at.
        let source = spec.images.as_ref().filter(|_| spec.entangled > 0.0 && spec.embedding.is_none());
        let images = source.map(|source| ImageFile::open(spec, source)).transpose()?;
        let places = vec![ABSENT; spec.rows()];
        let spec = spec.clone();
        Ok(Self { spec, places, data: Vec::new(), origin, images, blend: None, warnings })
    }

    /// Brings `rows` into memory. Those that are nowhere are computed in batches by `threads`
    /// threads (their number changes no bit) and saved batch by batch; `progress` is told how many
    /// of how many have been computed, and is called now and then while another process computes.
    ///
    /// # Errors
    /// [`DataError::Row`] for a row that does not exist, or [`DataError::Read`] and [`DataError::File`] where the user's
    /// file cannot be read. A cache that fails is only a warning.
    pub fn fetch(
        &mut self,
        rows: &[u32],
        threads: usize,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), DataError> {
        let count = self.spec.rows();
        if let Some(&row) = rows.iter().find(|&&row| row as usize >= count) {
            return Err(DataError::Row { row, rows: count });
        }
        let mut wanted: Vec<u32> = rows.iter().copied().filter(|&row| self.places[row as usize] == ABSENT).collect();
        wanted.sort_unstable();
        wanted.dedup();
        self.data.reserve_exact(wanted.len() * self.spec.width);

        if let Origin::Array(file) = &mut self.origin {
            let mut row_values = vec![0.0; self.spec.width];
            for row in wanted {
                file.read(&self.spec, row, &mut row_values)?;
                self.places[row as usize] = (self.data.len() / self.spec.width) as u32;
                self.data.extend_from_slice(&row_values);
            }
            return Ok(());
        }
        let absent = self.read_present(wanted);
        let total = absent.len();
        let mut done = 0;
        for batch in absent.chunks(BATCH) {
            self.complete(batch, threads, &mut || progress(done, total))?;
            done += batch.len();
            progress(done, total);
        }
        Ok(())
    }

    /// The embedding of `row`.
    ///
    /// # Panics
    /// Where the row has not been fetched.
    #[must_use]
    pub fn gather(&self, row: u32) -> &[f32] {
        let place = self.places[row as usize];
        assert!(place != ABSENT, "row {row} has not been fetched");
        let start = place as usize * self.spec.width;
        &self.data[start..start + self.spec.width]
    }

    /// For each row its place among those in memory, `u32::MAX` where it is none of them, and these, `[fetched rows, width]`.
    #[must_use]
    pub fn table(&self) -> (&[u32], &[f32]) {
        (&self.places, &self.data)
    }

    /// Copies the embeddings of `rows` into `out` `[rows, width]`.
    ///
    /// # Panics
    /// Where a row has not been fetched or `out` has another length.
    pub fn gather_into(&self, rows: &[u32], out: &mut [f32]) {
        assert_eq!(out.len(), rows.len() * self.spec.width);
        for (&row, out) in rows.iter().zip(out.chunks_exact_mut(self.spec.width)) {
            out.copy_from_slice(self.gather(row));
        }
    }

    /// Whether `row` is in memory.
    #[must_use]
    pub fn has(&self, row: u32) -> bool {
        self.places.get(row as usize).is_some_and(|&place| place != ABSENT)
    }

    /// Numbers in an embedding.
    #[must_use]
    pub fn width(&self) -> usize {
        self.spec.width
    }

    /// The folder on disk, if there is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Disk(store) | Origin::ReadOnly(store) => Some(store.folder()),
            Origin::Array(_) | Origin::Memory => None,
        }
    }

    /// What went wrong with the cache so far: embeddings are right all the same, but will have to
    /// be computed again.
    #[must_use]
    pub fn warnings(&self) -> &[DataError] {
        &self.warnings
    }

    /// Reads what is on disk of `wanted`, and returns the rest.
    fn read_present(&mut self, wanted: Vec<u32>) -> Vec<u32> {
        let (Origin::Disk(store) | Origin::ReadOnly(store)) = &mut self.origin else {
            return wanted;
        };
        store.look();
        let (present, mut absent): (Vec<u32>, Vec<u32>) = wanted.into_iter().partition(|&row| store.has(row));
        for batch in present.chunks(BATCH) {
            absent.extend(self.read_batch(batch));
        }
        absent.sort_unstable();
        absent
    }

    /// Reads rows that are said to be on disk, and returns those that are not.
    fn read_batch(&mut self, rows: &[u32]) -> Vec<u32> {
        let (Origin::Disk(store) | Origin::ReadOnly(store)) = &mut self.origin else {
            return rows.to_vec();
        };
        let mut values = vec![0.0; rows.len() * self.spec.width];
        match store.read(rows, &mut values) {
            Ok(lost) => {
                let kept = |row: &u32| lost.binary_search(row).is_err();
                self.keep(rows, &values, kept);
                lost
            }
            Err(error) => {
                self.warnings.push(error);
                self.origin = Origin::Memory;
                rows.to_vec()
            }
        }
    }

    /// Brings into memory rows that were not on disk when last looked.
    fn complete(&mut self, batch: &[u32], threads: usize, idle: &mut dyn FnMut()) -> Result<(), DataError> {
        let lock = self.lock(idle);
        let mut absent = batch.to_vec();
        if lock.is_some() {
            // Another process may have computed them meanwhile.
            absent = self.read_present(absent);
        }
        if absent.is_empty() {
            return Ok(());
        }
        let mut values = vec![0.0; absent.len() * self.spec.width];
        let spec = &self.spec;
        if let Some(file) = &mut self.images {
            let places: Vec<u32> = absent.iter().map(|&row| file.place(spec, row)).collect();
            let (blend, pictures) = match &mut self.blend {
                Some(blend) => (blend, file.read(places)?),
                none => {
                    let (blend, pictures) = Blend::of_file(spec, file, &places, threads)?;
                    (none.insert(blend), pictures)
                }
            };
            let file = &*file;
            blend.embed_from(&pictures, |row| file.place(spec, row), &absent, &mut values, threads);
        } else {
            let blend = self.blend.get_or_insert_with(|| Blend::new(spec, threads));
            blend.embed(&absent, &mut values, threads);
        }
        self.keep(&absent, &values, |_| true);
        if let (Some(lock), Origin::Disk(store)) = (lock, &mut self.origin)
            && let Err(error) = store.add(&lock, &absent, &values)
        {
            self.give_up(error);
        }
        Ok(())
    }

    /// Takes the lock of a disk that can be written.
    fn lock(&mut self, idle: &mut dyn FnMut()) -> Option<Guard> {
        let Origin::Disk(store) = &self.origin else { return None };
        match store.lock(idle) {
            Ok(lock) => Some(lock),
            Err(error) => {
                self.give_up(error);
                None
            }
        }
    }

    /// Writes no more; what is on disk can still be read.
    fn give_up(&mut self, error: DataError) {
        self.warnings.push(error);
        self.origin = match std::mem::replace(&mut self.origin, Origin::Memory) {
            Origin::Disk(store) => Origin::ReadOnly(store),
            other => other,
        };
    }

    /// Puts those of `rows` that are to be kept into memory.
    fn keep(&mut self, rows: &[u32], values: &[f32], kept: impl Fn(&u32) -> bool) {
        for (row, values) in rows.iter().zip(values.chunks_exact(self.spec.width)) {
            if kept(row) {
                self.places[*row as usize] = (self.data.len() / self.spec.width) as u32;
                self.data.extend_from_slice(values);
            }
        }
    }
}

/// The folder of the cache by the environment: `ICL_CACHE`; else `icl` in `XDG_CACHE_HOME`; else
/// `.cache/icl` in `HOME`. `look_up` returns the value of a variable; an empty one counts as none,
/// and so does a relative `XDG_CACHE_HOME` (as its specification says).
pub fn default_cache_dir(look_up: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let find = |name: &str| look_up(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    find("ICL_CACHE")
        .or_else(|| find("XDG_CACHE_HOME").filter(|at| at.is_absolute()).map(|at| at.join("icl")))
        .or_else(|| find("HOME").map(|at| at.join(".cache").join("icl")))
}
