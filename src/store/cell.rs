//! One cell's folder.

use super::StoreError;
use crate::data::atomic;
use crate::engine::measure::{Levels, Point};
use crate::engine::state::{from_bytes, to_bytes};
use crate::engine::train::Checkpoint;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What a finished cell says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    pub steps: u64,
    /// The step at which the loss was not finite, if it was.
    pub diverged: Option<u64>,
    /// Wall-clock time of training, all attempts together.
    pub seconds: f64,
}

/// How far a cell is.
#[derive(Debug)]
pub enum State {
    Fresh,
    /// It goes on from here; `seconds` were spent before.
    Partial {
        checkpoint: Checkpoint,
        seconds: f64,
    },
    Done(Ended),
}

/// The folder of one cell.
#[derive(Clone, Debug)]
pub struct CellStore {
    folder: PathBuf,
}

impl CellStore {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// How far the cell is; brings the curve back to the last checkpoint where it is partial.
    ///
    /// # Errors
    /// If files cannot be read, or do not hold what they should.
    pub fn state(&self) -> Result<State, StoreError> {
        if let Some(ended) = self.json::<Ended>("DONE")? {
            return Ok(State::Done(ended));
        }
        let path = self.path("checkpoint.safetensors");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Fresh),
            Err(error) => return Err(StoreError::io(&path, "cannot read")(error)),
        };
        let (checkpoint, seconds) = decode(&bytes).map_err(|reason| StoreError::Damaged { path, reason })?;
        let kept: Vec<Point> = self.curve()?.into_iter().filter(|point| point.step <= checkpoint.step).collect();
        let mut text = String::new();
        for point in &kept {
            text.push_str(&line(point));
        }
        self.write("curve.jsonl", text.as_bytes())?;
        Ok(State::Partial { checkpoint, seconds })
    }

    /// Whether the cell is finished.
    ///
    /// # Errors
    /// If its mark cannot be read.
    pub fn ended(&self) -> Result<Option<Ended>, StoreError> {
        self.json("DONE")
    }

    /// Begins a cell: an empty curve beside what its key is a hash of.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(&self, identity: &str) -> Result<(), StoreError> {
        fs::create_dir_all(&self.folder).map_err(StoreError::io(&self.folder, "cannot make the folder"))?;
        self.write("cell.json", identity.as_bytes())?;
        self.write("curve.jsonl", b"")
    }

    /// Keeps the levels of the measures.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn keep_levels(&self, levels: &[Levels]) -> Result<(), StoreError> {
        self.write("levels.json", serde_json::to_string_pretty(levels).unwrap_or_default().as_bytes())
    }

    /// The levels of the measures.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn levels(&self) -> Result<Vec<Levels>, StoreError> {
        Ok(self.json("levels.json")?.unwrap_or_default())
    }

    /// Adds a point to the curve.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn append(&self, point: &Point) -> Result<(), StoreError> {
        let path = self.path("curve.jsonl");
        let append = || OpenOptions::new().append(true).open(&path)?.write_all(line(point).as_bytes());
        append().map_err(StoreError::io(&path, "cannot write"))
    }

    /// The curve so far; a last line that was cut short by a kill counts as not written.
    ///
    /// # Errors
    /// If it cannot be read, or another line than the last is damaged.
    pub fn curve(&self) -> Result<Vec<Point>, StoreError> {
        let path = self.path("curve.jsonl");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io(&path, "cannot read")(error)),
        };
        let lines: Vec<&str> = text.lines().collect();
        let mut points = Vec::with_capacity(lines.len());
        for (at, written) in lines.iter().enumerate() {
            match serde_json::from_str(written) {
                Ok(point) => points.push(point),
                Err(_) if at + 1 == lines.len() => {}
                Err(error) => {
                    return Err(StoreError::Damaged { path, reason: format!("line {}: {error}", at + 1) });
                }
            }
        }
        Ok(points)
    }

    /// Keeps a checkpoint in place of the last; the curve is synced before it, so that no checkpoint is ahead of it.
    ///
    /// # Errors
    /// If it cannot be written; the last checkpoint is then still there.
    pub fn checkpoint(&self, checkpoint: &Checkpoint, seconds: f64) -> Result<(), StoreError> {
        self.sync_curve()?;
        let path = self.path("checkpoint.safetensors");
        let bytes = encode(checkpoint, seconds).map_err(|reason| StoreError::Damaged { path, reason })?;
        self.write("checkpoint.safetensors", &bytes)
    }

    fn sync_curve(&self) -> Result<(), StoreError> {
        let curve = self.path("curve.jsonl");
        let sync = || OpenOptions::new().append(true).open(&curve)?.sync_all();
        sync().map_err(StoreError::io(&curve, "cannot sync"))
    }

    /// That the cell is marked as finished, but lacks points of its curve or levels.
    #[must_use]
    pub fn incomplete(&self) -> StoreError {
        let reason = "it is marked as finished, but lacks evaluations or levels".to_string();
        StoreError::Damaged { path: self.path("curve.jsonl"), reason }
    }

    /// Marks the cell as finished.
    ///
    /// # Errors
    /// If the mark cannot be written.
    pub fn end(&self, ended: &Ended) -> Result<(), StoreError> {
        self.sync_curve()?;
        self.write("DONE", serde_json::to_string_pretty(ended).unwrap_or_default().as_bytes())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path(name);
        atomic::write(&path, bytes).map_err(StoreError::io(&path, "cannot write"))
    }

    fn json<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let path: &Path = &self.path(name);
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io(path, "cannot read")(error)),
        };
        let damaged =
            |error: serde_json::Error| StoreError::Damaged { path: path.to_path_buf(), reason: error.to_string() };
        serde_json::from_str(&text).map(Some).map_err(damaged)
    }
}

fn line(point: &Point) -> String {
    let mut line = serde_json::to_string(point).unwrap_or_default();
    line.push('\n');
    line
}

/// What stands beside the arrays of a checkpoint.
#[derive(Serialize, Deserialize)]
struct Note {
    step: u64,
    /// Bits rather than digits, so that a resumed mean is the same to the last bit.
    loss_sum_bits: u64,
    loss_steps: u64,
    seconds: f64,
}

/// One note, because several would be written in no fixed order.
const NOTE: &str = "icl";

fn encode(checkpoint: &Checkpoint, seconds: f64) -> Result<Vec<u8>, String> {
    let note = Note {
        step: checkpoint.step,
        loss_sum_bits: checkpoint.loss_sum.to_bits(),
        loss_steps: checkpoint.loss_steps,
        seconds,
    };
    let note = serde_json::to_string(&note).map_err(|error| error.to_string())?;
    let notes = HashMap::from([(NOTE.to_string(), note)]);
    to_bytes(&checkpoint.arrays, notes).map_err(|error| error.to_string())
}

fn decode(bytes: &[u8]) -> Result<(Checkpoint, f64), String> {
    let (arrays, notes) = from_bytes(bytes).map_err(|error| error.to_string())?;
    let note = notes.get(NOTE).ok_or("it does not say which step it is of")?;
    let note: Note = serde_json::from_str(note).map_err(|error| error.to_string())?;
    let loss_sum = f64::from_bits(note.loss_sum_bits);
    Ok((Checkpoint { step: note.step, loss_sum, loss_steps: note.loss_steps, arrays }, note.seconds))
}
