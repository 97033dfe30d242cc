//! The folder of one segment.

use super::cells::Names;
use super::checkpoint::{Kept, Kind, decode, encode};
use super::curve::{Curve, Record, line};
use super::lease::{Held, Lease, held};
use super::{StoreError, absent, make_folder, names, read, remove, write};
use crate::engine::state::weights;
use crate::engine::train::Checkpoint;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The curve of a segment that nobody trains.
const WHOLE: &str = "curve.jsonl";

/// A segment on disk.
#[derive(Clone, Debug)]
pub struct Segment {
    folder: PathBuf,
}

impl Segment {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder, with what its key is a hash of.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(&self, identity: &str) -> Result<(), StoreError> {
        let path = self.folder.join("segment.json");
        if path.exists() {
            return Ok(());
        }
        make_folder(&self.folder.join("checkpoints"))?;
        write(&path, identity.as_bytes())
    }

    /// Says what its runs are called, for those who look at it before one is finished; no part of its identity.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn call(&self, names: &Names) -> Result<(), StoreError> {
        write(&self.folder.join("names.toml"), toml::to_string(names).unwrap_or_default().as_bytes())
    }

    /// What the run was called that was trained here last.
    #[must_use]
    pub fn called(&self) -> Option<Names> {
        toml::from_str(&read(&self.folder.join("names.toml")).ok().flatten()?).ok()
    }

    /// What its key is a hash of, where it was begun.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn identity(&self) -> Result<Option<String>, StoreError> {
        read(&self.folder.join("segment.json"))
    }

    /// Who trains it now, as far as one look tells.
    ///
    /// # Errors
    /// If its lease cannot be read.
    pub fn held(&self) -> Result<Held, StoreError> {
        held(&self.folder)
    }

    /// All that was measured so far, by whoever trained it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn curve(&self) -> Result<Curve, StoreError> {
        let mut curve = Curve::default();
        for name in self.parts()? {
            let path = self.folder.join(name);
            match fs::read(&path) {
                Ok(bytes) => curve.read(&bytes),
                // Put together by another process meanwhile.
                Err(error) if absent(&error) => {}
                Err(error) => return Err(StoreError::io(&path, "cannot read")(error)),
            }
        }
        Ok(curve)
    }

    /// The files that the curve stands in.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn parts(&self) -> Result<Vec<String>, StoreError> {
        let mut names = names(&self.folder)?;
        names.retain(|name| name.strip_prefix("curve.").is_some_and(|rest| rest.strip_suffix("jsonl").is_some()));
        Ok(names)
    }

    /// Its checkpoints, by step.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<Kept>, StoreError> {
        let mut kept: Vec<Kept> =
            names(&self.folder.join("checkpoints"))?.iter().filter_map(|name| Kept::of(name)).collect();
        kept.sort_unstable();
        Ok(kept)
    }

    fn path(&self, kept: Kept) -> PathBuf {
        self.folder.join("checkpoints").join(kept.name())
    }

    /// A checkpoint; none where it is damaged or gone, since it can be made again.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn checkpoint(&self, kept: Kept) -> Result<Option<Checkpoint>, StoreError> {
        let path = self.path(kept);
        match fs::read(&path) {
            Ok(bytes) => Ok(decode(&bytes).ok().filter(|checkpoint| checkpoint.step == kept.step)),
            Err(error) if absent(&error) => Ok(None),
            Err(error) => Err(StoreError::io(&path, "cannot read")(error)),
        }
    }

    /// What is wrong with a checkpoint's file, if something is.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn fault(&self, kept: Kept) -> Result<Option<String>, StoreError> {
        let path = self.path(kept);
        let bytes = fs::read(&path).map_err(StoreError::io(&path, "cannot read"))?;
        Ok(decode(&bytes).err())
    }
}

/// Who holds the lease on a segment, and may write it.
pub struct Writer {
    segment: Segment,
    lease: Lease,
    /// The growing curve of this writer alone.
    growing: Option<File>,
}

impl Writer {
    /// The writer of a segment.
    ///
    /// # Errors
    /// If what a killed process left behind cannot be removed.
    pub fn new(segment: Segment, lease: Lease) -> Result<Self, StoreError> {
        // What was not renamed yet is of no use.
        for folder in [segment.folder.clone(), segment.folder.join("checkpoints")] {
            for name in names(&folder)?.iter().filter(|name| name.strip_suffix(".part").is_some()) {
                remove(&folder.join(name))?;
            }
        }
        Ok(Self { segment, lease, growing: None })
    }

    fn growing_path(&self) -> PathBuf {
        self.segment.folder.join(format!("curve.{}.jsonl", self.lease.nonce()))
    }

    /// Appends a record to the curve.
    ///
    /// # Errors
    /// If it cannot be written, or the lease is lost.
    pub fn append(&mut self, record: &Record) -> Result<(), StoreError> {
        self.lease.hold()?;
        let path = self.growing_path();
        let failed = StoreError::io(&path, "cannot write");
        let file = match self.growing.as_mut() {
            Some(file) => file,
            None => match OpenOptions::new().create(true).append(true).open(&path) {
                Ok(file) => self.growing.insert(file),
                Err(error) => return Err(failed(error)),
            },
        };
        // A line that was cut short by a full disk must not take the next one with it.
        let whole = file.write_all(line(record).as_bytes());
        if whole.is_err() {
            let _ = file.write_all(b"\n");
        }
        whole.map_err(failed)
    }

    /// Keeps a checkpoint; the curve is synced before, so that no checkpoint is ahead of it.
    ///
    /// # Errors
    /// If it cannot be written, or the lease is lost.
    pub fn keep(&mut self, checkpoint: &Checkpoint, kind: Kind) -> Result<(), StoreError> {
        self.sync()?;
        let kept = Kept { step: checkpoint.step, kind };
        let path = self.segment.path(kept);
        let bytes = encode(checkpoint).map_err(|reason| StoreError::Damaged { path: path.clone(), reason })?;
        self.lease.hold()?;
        write(&path, &bytes)?;
        // Lesser ones of the same step say nothing more.
        let mut lesser = [Kind::Weights, Kind::Way].into_iter().filter(|less| *less < kind);
        lesser.try_for_each(|kind| remove(&self.segment.path(Kept { kind, ..kept })))
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        let path = self.growing_path();
        match &self.growing {
            Some(file) => file.sync_all().map_err(StoreError::io(&path, "cannot sync")),
            None => Ok(()),
        }
    }

    /// Takes the moments away from a checkpoint.
    ///
    /// # Errors
    /// If it cannot be read or written, or the lease is lost.
    pub fn thin(&mut self, kept: Kept) -> Result<(), StoreError> {
        if let Some(mut checkpoint) = self.segment.checkpoint(kept)? {
            checkpoint.arrays = weights(&checkpoint.arrays);
            let path = self.segment.path(Kept { kind: Kind::Weights, ..kept });
            let bytes = encode(&checkpoint).map_err(|reason| StoreError::Damaged { path: path.clone(), reason })?;
            self.lease.hold()?;
            write(&path, &bytes)?;
        }
        self.drop(kept)
    }

    /// Removes a checkpoint.
    ///
    /// # Errors
    /// If it cannot be removed, or the lease is lost.
    pub fn drop(&mut self, kept: Kept) -> Result<(), StoreError> {
        self.lease.hold()?;
        remove(&self.segment.path(kept))
    }

    /// Puts the curve's files together into one.
    ///
    /// # Errors
    /// If it cannot be written, or the lease is lost.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        self.growing = None;
        if self.segment.parts()?.iter().all(|name| name == WHOLE) {
            return Ok(());
        }
        self.gather()
    }

    /// Writes the curve anew in one file, without the lines that are damaged.
    ///
    /// # Errors
    /// If it cannot be written, or the lease is lost.
    pub fn gather(&mut self) -> Result<(), StoreError> {
        self.growing = None;
        let parts = self.segment.parts()?;
        let curve = self.segment.curve()?;
        self.lease.hold()?;
        write(&self.segment.folder.join(WHOLE), curve.lines().as_bytes())?;
        for name in parts.iter().filter(|name| *name != WHOLE) {
            remove(&self.segment.folder.join(name))?;
        }
        Ok(())
    }

    /// Lets go of the segment.
    pub fn release(self) {
        self.lease.release();
    }
}
