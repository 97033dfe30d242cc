//! The marks of finished cells: which segments a cell is made of, what it was called, and what it ended with.

use super::{Store, StoreError, names, read, write};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A finished cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// Steps that the run has.
    pub steps: u64,
    /// The step at which the loss was not finite, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<u64>,
    /// Whether it ended before its last planned step, its exit being confirmed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stopped: bool,
    /// Time of training, of its segments together, whoever shares them.
    pub seconds: f64,
    /// Its segments in order, each with the step after its last.
    pub segments: Vec<(String, u64)>,
    pub names: Names,
    /// What its measures were at the last evaluation, under their names.
    pub results: BTreeMap<String, f64>,
}

/// What a cell was called when it was trained; no part of its identity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Names {
    /// The program.
    pub file: String,
    pub experiment: String,
    pub arm: String,
    pub seed: u64,
    /// What a sweep binds, as written.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub point: BTreeMap<String, String>,
    /// Settings that tell studies apart: width, layers, batch and the like.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Store {
    /// Marks a cell as finished.
    ///
    /// # Errors
    /// If the mark cannot be written.
    pub fn finish(&self, key: &str, finished: &Finished) -> Result<(), StoreError> {
        let path = self.root().join("cells").join(format!("{key}.toml"));
        write(&path, toml::to_string(finished).unwrap_or_default().as_bytes())
    }

    /// The mark of a cell, if it is finished.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn finished(&self, key: &str) -> Result<Option<Finished>, StoreError> {
        let path = self.root().join("cells").join(format!("{key}.toml"));
        let Some(text) = read(&path)? else { return Ok(None) };
        let damaged = |error: toml::de::Error| StoreError::Damaged { path, reason: error.message().to_string() };
        toml::from_str(&text).map(Some).map_err(damaged)
    }

    /// The keys of all finished cells.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn cells(&self) -> Result<BTreeSet<String>, StoreError> {
        let names = names(&self.root().join("cells"))?;
        Ok(names.iter().filter_map(|name| name.strip_suffix(".toml").map(ToString::to_string)).collect())
    }

    /// The keys of all segments.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn segments(&self) -> Result<Vec<String>, StoreError> {
        names(&self.root().join("segments"))
    }
}
