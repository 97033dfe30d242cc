//! Checkpoints as safetensors files that say what they are of and carry the checksum of their numbers.

use crate::engine::state::{Array, from_bytes, to_bytes};
use crate::engine::train::Checkpoint;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Which file of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    pub step: u64,
    pub kind: Kind,
}

/// What a checkpoint is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The weights alone, to be looked at.
    Weights,
    /// Made on the way, so that a run that is killed goes on from there.
    Way,
    /// Where a run or a stage of one ends, so that others go on from there.
    End,
}

impl Kept {
    /// The name of its file.
    #[must_use]
    pub fn name(&self) -> String {
        let kind = match self.kind {
            Kind::Weights => ".weights",
            Kind::Way => "",
            Kind::End => ".end",
        };
        format!("{:010}{kind}.safetensors", self.step)
    }

    /// What a file of this name is.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(".safetensors")?;
        let (digits, kind) = match stem.split_once('.') {
            None => (stem, Kind::Way),
            Some((digits, "weights")) => (digits, Kind::Weights),
            Some((digits, "end")) => (digits, Kind::End),
            Some(_) => return None,
        };
        digits.parse().ok().map(|step| Self { step, kind })
    }

    /// Whether training can go on from it.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.kind != Kind::Weights
    }
}

/// What stands beside the arrays.
#[derive(Serialize, Deserialize)]
struct Note {
    step: u64,
    /// Bits rather than digits, so that a resumed sum is the same to the last bit.
    loss_sum_bits: u64,
    /// BLAKE3 of the names and numbers of the arrays.
    blake3: String,
}

/// One note, because several would be written in no fixed order.
const NOTE: &str = "icl";

/// The bytes of a file.
///
/// # Errors
/// Says what is wrong with the arrays.
pub fn encode(checkpoint: &Checkpoint) -> Result<Vec<u8>, String> {
    let blake3 = checksum(&checkpoint.arrays);
    let note = Note { step: checkpoint.step, loss_sum_bits: checkpoint.loss_sum.to_bits(), blake3 };
    let note = serde_json::to_string(&note).map_err(|error| error.to_string())?;
    to_bytes(&checkpoint.arrays, HashMap::from([(NOTE.to_string(), note)])).map_err(|error| error.to_string())
}

/// The checkpoint in a file.
///
/// # Errors
/// Says what is wrong with the file.
pub fn decode(bytes: &[u8]) -> Result<Checkpoint, String> {
    let (arrays, notes) = from_bytes(bytes).map_err(|error| error.to_string())?;
    let note = notes.get(NOTE).ok_or("it does not say which step it is of")?;
    let note: Note = serde_json::from_str(note).map_err(|error| error.to_string())?;
    if checksum(&arrays) != note.blake3 {
        return Err("its checksum is not that of its numbers".into());
    }
    Ok(Checkpoint { step: note.step, loss_sum: f64::from_bits(note.loss_sum_bits), arrays })
}

/// Of names and numbers in the order of names, so that the order in which they are handed over means nothing.
fn checksum(arrays: &[Array]) -> String {
    let mut ordered: Vec<&Array> = arrays.iter().collect();
    ordered.sort_by(|a, b| a.name.cmp(&b.name));
    let mut hash = blake3::Hasher::new();
    for array in ordered {
        hash.update(array.name.as_bytes());
        hash.update(&array.values.bytes());
    }
    hash.finalize().to_hex()[..32].to_string()
}
