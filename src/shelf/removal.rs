//! What goes with a cell that is removed: its mark, and the segments that nothing else needs.

use super::marks::Marks;
use super::usage::{Size, parent, segments, size};
use crate::store::{Held, Leases, Removal, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What is to be removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removing {
    /// Finished cells, by their keys.
    pub cells: Vec<String>,
    /// Segments, those behind others first.
    pub segments: Vec<(String, Size)>,
    /// Segments of theirs that stay, and why.
    pub kept: BTreeMap<String, Kept>,
}

/// Why a segment stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// A finished cell is made of it.
    Needed { cell: String },
    /// A run that is not finished goes on from it.
    GoneOnFrom { segment: String },
    /// A process trains it, or something behind it.
    Held { by: String },
}

/// What goes with these finished cells and these segments.
///
/// # Errors
/// If the store cannot be read.
pub fn removing(store: &Store, marks: &Marks, cells: &[String], more: &[String]) -> Result<Removing, StoreError> {
    let chosen: HashSet<&String> = cells.iter().collect();
    let mut needed: HashMap<&str, &str> = HashMap::new();
    let mut own: BTreeSet<String> = BTreeSet::new();
    for (key, finished) in &marks.finished {
        for (segment, _) in &finished.segments {
            if chosen.contains(key) {
                own.insert(segment.clone());
            } else {
                needed.entry(segment).or_insert(key);
            }
        }
    }
    for key in more {
        own.extend(chain(store, key));
    }
    let mut kept: BTreeMap<String, Kept> = BTreeMap::new();
    for key in &own {
        if let Some(cell) = needed.get(key.as_str()) {
            kept.insert(key.clone(), Kept::Needed { cell: (*cell).to_string() });
        }
    }
    // Only what no other finished cell needs can be needed by a run that is not finished alone.
    for key in segments(store)?.into_iter().filter(|key| !needed.contains_key(key.as_str())) {
        let held = match store.segment(&key).held()? {
            Held::By(holder) => Some(format!("process {} on {}", holder.process, holder.host)),
            Held::Nobody | Held::Gone(_) => None,
        };
        if own.contains(&key) && held.is_none() {
            continue;
        }
        for before in chain(store, &key).into_iter().filter(|before| own.contains(before)) {
            let why = match &held {
                Some(by) => Kept::Held { by: by.clone() },
                None => Kept::GoneOnFrom { segment: key.clone() },
            };
            kept.entry(before).or_insert(why);
        }
    }
    let mut removed: Vec<String> = own.into_iter().filter(|key| !kept.contains_key(key)).collect();
    let deep: HashMap<String, usize> = removed.iter().map(|key| (key.clone(), chain(store, key).len())).collect();
    removed.sort_by_key(|key| (std::cmp::Reverse(deep[key]), key.clone()));
    let sized = |key: String| {
        let size = size(store.segment(&key).folder());
        (key, size)
    };
    let cells = cells.iter().filter(|key| marks.finished.contains_key(*key)).cloned().collect();
    Ok(Removing { cells, segments: removed.into_iter().map(sized).collect(), kept })
}

/// A segment with those that it goes on from, itself first.
#[must_use]
pub fn chain(store: &Store, key: &str) -> Vec<String> {
    let mut chain = vec![key.to_string()];
    while let Some(before) = parent(store, &chain[chain.len() - 1]).filter(|before| !chain.contains(before)) {
        chain.push(before);
    }
    chain
}

impl Removing {
    /// What it all takes on disk; marks are too small to count.
    #[must_use]
    pub fn size(&self) -> Size {
        let mut all = Size::default();
        self.segments.iter().for_each(|(_, size)| all += *size);
        all
    }

    /// Removes it: marks first, so that no mark stands without its segments. Gives what stayed after all, because a
    /// process came to hold it.
    ///
    /// # Errors
    /// If something cannot be removed; what was removed before stays removed.
    pub fn carry_out(&self, store: &Store, leases: &Leases) -> Result<Vec<String>, StoreError> {
        for key in &self.cells {
            store.unmark(key)?;
        }
        let mut stayed = Vec::new();
        for (key, _) in &self.segments {
            if let Removal::Held(_) = store.remove_segment(key, leases)? {
                stayed.push(key.clone());
            }
        }
        Ok(stayed)
    }
}
