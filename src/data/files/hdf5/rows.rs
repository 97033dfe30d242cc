//! The numbers of a dataset in order, a slab at a time.

use std::io::{self, Read};

use super::super::super::error::DataError;
use super::super::Opened;
use super::chunks::{CHUNK, Chunk, list};
use super::dataset::{Dataset, Layout};

/// Bytes that are read at once of a dataset without chunks.
const PIECE: u64 = 4 << 20;
/// The most bytes of a slab: of all chunks that begin in the same row.
const SLAB: u64 = 256 << 20;

/// Reads the rows of a dataset: those of a slab are unpacked together and kept until those of another are asked for.
pub struct Reader {
    opened: Opened,
    dataset: Dataset,
    chunks: Vec<Chunk>,
    /// The sizes of a chunk, where there are chunks.
    chunk: Vec<u64>,
    rows: u64,
    /// Bytes of a row.
    width: u64,
    /// Rows of a slab.
    tall: u64,
    /// The slab that is kept, and its bytes.
    kept: Option<(u64, Vec<u8>)>,
    /// Bytes that were handed on.
    at: u64,
}

impl Reader {
    /// Prepares to read.
    ///
    /// # Errors
    /// [`DataError::File`] where the dataset is not read, its tree is damaged, or its chunks are too large.
    pub fn new(mut opened: Opened, dataset: Dataset) -> Result<Self, DataError> {
        let size = dataset.number.map_or(1, |number| number.size() as u64);
        if let Some(reason) = &dataset.unread {
            let reason = format!("cannot be read: of `{}`, {reason}", dataset.name);
            return Err(opened.fault(&reason, super::CURE));
        }
        // One number is a row of one.
        let rows = dataset.shape.first().copied().unwrap_or(1);
        let width = dataset.shape.iter().skip(1).try_fold(size, |product, &n| product.checked_mul(n));
        let huge = |opened: &Opened| {
            let reason = format!("has chunks in `{}` of more than {} MiB", dataset.name, CHUNK >> 20);
            opened.fault(&reason, "write it again with smaller chunks")
        };
        let Some(width) = width.filter(|width| width.checked_mul(rows).is_some()) else { return Err(huge(&opened)) };
        let (mut chunks, mut chunk) = (Vec::new(), Vec::new());
        let mut tall = (PIECE / width.max(1)).max(1);
        if let Layout::Chunked(tree, sizes) = &dataset.layout {
            let whole = sizes.iter().try_fold(size, |product, &n| product.checked_mul(n));
            if whole.is_none_or(|whole| whole > CHUNK) {
                return Err(huge(&opened));
            }
            tall = sizes[0];
            chunk.clone_from(sizes);
            if let Some(tree) = tree {
                chunks = list(&mut opened, &dataset, *tree)?;
            }
        }
        if tall.min(rows).saturating_mul(width) > SLAB {
            let reason = format!("takes more than {} MiB for the rows of a chunk of `{}`", SLAB >> 20, dataset.name);
            return Err(opened.fault(&reason, "write it again with fewer rows in a chunk"));
        }
        Ok(Self { opened, dataset, chunks, chunk, rows, width, tall, kept: None, at: 0 })
    }

    /// The sizes of the dataset.
    #[must_use]
    pub fn shape(&self) -> &[u64] {
        &self.dataset.shape
    }

    /// The bytes of a row, with those of its slab read before if they are not kept.
    ///
    /// # Errors
    /// [`DataError::Read`]; [`DataError::File`] where it is damaged.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn row(&mut self, row: u64) -> Result<&[u8], DataError> {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        let width = self.width as usize;
        let first = row / self.tall * self.tall;
        let slab = self.slab(first)?;
        let start = (row - first) as usize * width;
        Ok(&slab[start..start + width])
    }

    /// The bytes of the rows from `first` on, the first of a slab.
    fn slab(&mut self, first: u64) -> Result<&[u8], DataError> {
        if self.kept.as_ref().is_none_or(|(kept, _)| *kept != first) {
            let count = self.tall.min(self.rows - first);
            let mut out = match self.kept.take() {
                Some((_, mut out)) => {
                    out.clear();
                    out
                }
                None => Vec::new(),
            };
            match self.dataset.layout.clone() {
                // What was never written is 0.
                Layout::Contiguous(None) => out.resize((count * self.width) as usize, 0),
                Layout::Contiguous(Some(address)) => {
                    let start = self.dataset.base.saturating_add(address).saturating_add(first * self.width);
                    out = self.opened.bytes(start, count * self.width)?;
                }
                Layout::Compact(bytes) => {
                    let from = (first * self.width) as usize;
                    let part = bytes.get(from..from + (count * self.width) as usize);
                    out.extend_from_slice(part.ok_or_else(|| self.opened.short())?);
                }
                Layout::Chunked(..) => {
                    out.resize((count * self.width) as usize, 0);
                    self.unpack(first, count, &mut out)?;
                }
            }
            self.kept = Some((first, out));
        }
        Ok(self.kept.as_ref().map_or(&[], |(_, bytes)| bytes.as_slice()))
    }

    /// Unpacks the chunks that begin at row `first` into `out`, `count` rows.
    fn unpack(&mut self, first: u64, count: u64, out: &mut [u8]) -> Result<(), DataError> {
        let size = self.dataset.number.map_or(1, |number| number.size() as u64);
        let whole = self.chunk.iter().product::<u64>() * size;
        let line = (whole / self.chunk[0]) as usize;
        let begin = self.chunks.partition_point(|chunk| chunk.from[0] < first);
        let end = self.chunks.partition_point(|chunk| chunk.from[0] <= first);
        for at in begin..end {
            let chunk = &self.chunks[at];
            let fits = chunk.from.iter().zip(&self.dataset.shape).zip(&self.chunk);
            if !fits.clone().all(|((from, size), chunk)| from < size && from % chunk == 0) {
                let reason = format!("is damaged: a chunk of `{}` lies outside of it", self.dataset.name);
                return Err(self.opened.fault(&reason, super::CURE));
            }
            let runs = self.runs(chunk, size);
            // One colour of an image is a byte at a time, for which a call to copy it takes several times as long.
            let single = runs.iter().all(|run| run.length == 1);
            let bytes = chunk.read(&mut self.opened, &self.dataset, whole)?;
            let width = self.width as usize;
            for (from, to) in bytes.chunks_exact(line).zip(out.chunks_exact_mut(width)).take(count as usize) {
                if single {
                    runs.iter().for_each(|run| to[run.to] = from[run.from]);
                    continue;
                }
                for run in &runs {
                    to[run.to..run.to + run.length].copy_from_slice(&from[run.from..run.from + run.length]);
                }
            }
        }
        Ok(())
    }

    /// Which bytes of one row of a chunk go where in a row of the dataset.
    fn runs(&self, chunk: &Chunk, size: u64) -> Vec<Run> {
        let mut runs = vec![Run { from: 0, to: 0, length: size as usize }];
        // From the last index to the second: a run for each value of an index; along the last they make one.
        let (mut inner, mut outer) = (size, size);
        for axis in (1..self.chunk.len()).rev() {
            let (from, whole, part) = (chunk.from[axis], self.dataset.shape[axis], self.chunk[axis]);
            let count = part.min(whole - from);
            let last = axis + 1 == self.chunk.len();
            runs = if last {
                vec![Run { from: 0, to: (from * size) as usize, length: (count * size) as usize }]
            } else {
                let shifted = |at: u64| {
                    let (inner, outer) = ((at * inner) as usize, ((from + at) * outer) as usize);
                    runs.iter().map(move |run| Run { from: run.from + inner, to: run.to + outer, length: run.length })
                };
                (0..count).flat_map(shifted).collect()
            };
            inner *= part;
            outer *= whole;
        }
        runs
    }
}

/// Bytes that stay together.
#[derive(Clone, Copy)]
struct Run {
    from: usize,
    to: usize,
    length: usize,
}

impl Read for Reader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let whole = self.rows * self.width;
        if self.at >= whole || out.is_empty() {
            return Ok(0);
        }
        let (row, width, tall) = (self.at / self.width, self.width, self.tall);
        let first = row / tall * tall;
        let skip = (self.at - first * width) as usize;
        let slab = self.slab(first).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let count = out.len().min(slab.len() - skip);
        out[..count].copy_from_slice(&slab[skip..skip + count]);
        self.at += count as u64;
        Ok(count)
    }
}
