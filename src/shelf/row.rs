//! Cells as rows: those that are finished, and runs that are not.

use super::marks::Marks;
use super::usage::{newest, parent, segments};
use crate::store::{Held, Names, Store, StoreError};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::SystemTime;

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Finished,
    /// Its loss was not finite; that is how it ended.
    Diverged,
    /// A process trains it.
    Training,
    /// Nobody trains it, and no finished cell needs it.
    Unfinished,
}

impl State {
    /// In a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Diverged => "diverged",
            Self::Training => "training",
            Self::Unfinished => "unfinished",
        }
    }
}

/// A cell, or a run that has none yet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Of the cell; of a run that is not finished, of the segment that it is in.
    pub key: String,
    pub state: State,
    #[serde(flatten)]
    pub names: Names,
    /// Steps that are behind it.
    pub steps: u64,
    /// Time of training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    pub results: BTreeMap<String, f64>,
    pub segments: Vec<(String, u64)>,
    /// Who trains it: process and host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trained_by: Option<String>,
    /// When it was written last, of a run that is not finished.
    #[serde(skip)]
    pub written: Option<SystemTime>,
}

/// The rows of a store: finished cells, then runs that are not finished.
///
/// # Errors
/// If the folders of the store cannot be read.
pub fn rows(store: &Store, marks: &Marks) -> Result<Vec<Row>, StoreError> {
    let mut rows: Vec<Row> = (marks.finished.iter())
        .map(|(key, finished)| Row {
            key: key.clone(),
            state: if finished.diverged.is_some() { State::Diverged } else { State::Finished },
            names: finished.names.clone(),
            steps: finished.steps,
            seconds: Some(finished.seconds),
            results: finished.results.clone(),
            segments: finished.segments.clone(),
            trained_by: None,
            written: None,
        })
        .collect();
    rows.extend(runs(store, marks)?);
    Ok(rows)
}

/// Runs that are not finished: segments that no finished cell needs and that nothing goes on from, or that are held.
fn runs(store: &Store, marks: &Marks) -> Result<Vec<Row>, StoreError> {
    let needed: HashSet<&str> =
        marks.finished.values().flat_map(|f| &f.segments).map(|(key, _)| key.as_str()).collect();
    let root = store.root().join("segments");
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    for key in segments(store)? {
        // Of a segment that finished cells need, it is only asked whether a lease is there at all.
        let lease = !needed.contains(key.as_str()) || root.join(&key).join("LEASE").exists();
        if !lease {
            continue;
        }
        let by = match store.segment(&key).held()? {
            Held::By(holder) => Some(format!("process {} on {}", holder.process, holder.host)),
            Held::Gone(_) | Held::Nobody => None,
        };
        if by.is_some() || !needed.contains(key.as_str()) && store.segment(&key).folder().join("segment.json").exists()
        {
            found.push((key, by));
        }
    }
    let parents: HashMap<String, String> =
        found.iter().filter_map(|(key, _)| Some((key.clone(), parent(store, key)?))).collect();
    let behind: HashSet<&String> = parents.values().collect();
    let leaves = found.into_iter().filter(|(key, by)| by.is_some() || !behind.contains(key));
    Ok(leaves.map(|(key, by)| run(store, key, by)).collect())
}

/// A run that is not finished, from what its segments say.
fn run(store: &Store, key: String, by: Option<String>) -> Row {
    let mut chain: Vec<(String, Option<u64>)> = vec![(key.clone(), None)];
    let mut first = identity(store, &key);
    let settings = first.as_ref().map(batch).unwrap_or_default();
    while let Some(before) = first.as_ref().and_then(|at| at["parent"]["key"].as_str()).map(ToString::to_string) {
        // A chain that leads back to itself was written by nobody here.
        if chain.iter().any(|(known, _)| *known == before) {
            break;
        }
        // A guard's step stands in no identity.
        let left = first.as_ref().and_then(|at| at["parent"]["left"]["after"].as_u64());
        first = identity(store, &before);
        chain.push((before, left));
    }
    chain.reverse();
    let mut names = Names { settings, ..Names::default() };
    if let Some(start) = first.as_ref().map(|first| &first["start"]) {
        names.seed = start["seed"].as_u64().unwrap_or_default();
        let model = &start["model"];
        if let Some(width) = model["width"].as_u64() {
            names.settings.insert("width".into(), width.to_string());
        }
        let blocks = model["blocks"].as_array().map(Vec::as_slice).unwrap_or_default();
        let layers = blocks.iter().filter(|block| block.get("attention").is_some()).count();
        names.settings.insert("layers".into(), layers.to_string());
    }
    let segment = store.segment(&key);
    let names = segment.called().unwrap_or(names);
    let curve = segment.curve().unwrap_or_default();
    let kept = segment.checkpoints().unwrap_or_default();
    let measured = curve.points.keys().next_back().copied().unwrap_or_default();
    let steps = kept.last().map_or(0, |kept| kept.step).max(measured);
    let segments = chain.into_iter().map(|(key, left)| (key, left.unwrap_or(steps))).collect();
    Row {
        written: newest(segment.folder()),
        state: if by.is_some() { State::Training } else { State::Unfinished },
        key,
        names,
        steps,
        seconds: (curve.worked.0 > 0).then_some(curve.worked.1),
        results: BTreeMap::new(),
        segments,
        trained_by: by,
    }
}

fn identity(store: &Store, key: &str) -> Option<Value> {
    serde_json::from_str(&store.segment(key).identity().ok().flatten()?).ok()
}

fn batch(identity: &Value) -> BTreeMap<String, String> {
    let batch = identity["batch"].as_u64().map(|batch| ("batch".to_string(), batch.to_string()));
    batch.into_iter().collect()
}
