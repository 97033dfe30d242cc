//! Identity by meaning: the hash of everything that determines a cell's curves, and of nothing else.

use crate::program::training::{Observation, Training};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};

/// A cell's key: 128 bits of BLAKE3 over its resolved values, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(String);

/// What the key is a hash of; stored beside the results.
#[derive(Serialize)]
pub struct Identity<'a> {
    pub seed: u64,
    pub training: &'a Training,
    pub observation: &'a Observation,
}

impl Key {
    /// The key of a cell.
    #[must_use]
    pub fn of(seed: u64, training: &Training, observation: &Observation) -> Self {
        let json = json(seed, training, observation);
        Self(blake3::hash(json.as_bytes()).to_hex()[..32].to_string())
    }
}

/// The readable form that is hashed: fields in the order of their types, so that equal meanings give equal text.
#[must_use]
pub fn json(seed: u64, training: &Training, observation: &Observation) -> String {
    serde_json::to_string_pretty(&Identity { seed, training, observation }).unwrap_or_default()
}

impl Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
