//! What of a store is of no more use: segments that no finished cell needs and nobody trains, and what processes that were
//! killed left behind.

use super::marks::Marks;
use super::removal::chain;
use super::usage::{Size, is_key, newest, segments, size};
use crate::store::{Held, Leases, REMOVED, Removal, Store, StoreError};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Files that are written beside themselves are renamed within moments, and holders count every few seconds: what has not
/// changed for so long was left behind.
const LEFT: Duration = Duration::from_hours(1);

/// What a run that is under way has finished is marked within moments, and what it goes on from is held soon.
const ACTIVE: Duration = Duration::from_mins(1);

/// What is of no more use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waste {
    /// Segments, those behind others first.
    pub segments: Vec<(String, Size)>,
    /// What measures of no segment that stays were compared with.
    pub levels: Vec<(String, Size)>,
    /// Files that were not renamed, and folders on their way out.
    pub files: Vec<(PathBuf, Size)>,
    /// Segments that stay, with the lease of a process that is gone.
    pub leases: Vec<String>,
    /// Segments of runs that are not finished, but are young enough to go on.
    pub young: usize,
    /// Segments that a process trains.
    pub held: usize,
}

/// What is of no more use in a store; runs that are not finished are kept while they are younger than `older_than`, and for a
/// minute in any case.
///
/// # Errors
/// If the folders of the store cannot be read.
pub fn waste(store: &Store, marks: &Marks, older_than: Duration) -> Result<Waste, StoreError> {
    let mut waste = Waste::default();
    let older_than = older_than.max(ACTIVE);
    let root = store.root();
    let needed: HashSet<&str> =
        marks.finished.values().flat_map(|f| &f.segments).map(|(key, _)| key.as_str()).collect();
    let all = segments(store)?;
    let mut staying: HashSet<String> = HashSet::new();
    for key in &all {
        let segment = store.segment(key);
        let held = match segment.held()? {
            Held::By(_) => true,
            Held::Gone(_) => {
                waste.leases.push(key.clone());
                false
            }
            Held::Nobody => false,
        };
        waste.held += usize::from(held);
        let begun = segment.folder().join("segment.json").exists();
        let young = !older(newest(segment.folder()), if begun { older_than } else { LEFT.min(older_than) });
        if held || needed.contains(key.as_str()) || young {
            // What stays needs what it goes on from.
            waste.young += usize::from(young && !held && !needed.contains(key.as_str()));
            if needed.contains(key.as_str()) && !held {
                staying.insert(key.clone());
            } else {
                staying.extend(chain(store, key));
            }
        }
    }
    let mut gone: Vec<&String> = all.iter().filter(|key| !staying.contains(*key)).collect();
    let deep: HashMap<&String, usize> = gone.iter().map(|key| (*key, chain(store, key).len())).collect();
    gone.sort_by_key(|key| (std::cmp::Reverse(deep[*key]), (*key).clone()));
    waste.segments = gone.iter().map(|key| ((*key).clone(), size(store.segment(key).folder()))).collect();
    waste.leases.retain(|key| staying.contains(key));
    waste.levels = levels(store, &all, &staying, older_than)?;
    for folder in [root.to_path_buf(), root.join("cells"), root.join("levels")] {
        left_over(&folder, &mut waste.files);
    }
    for key in all.iter().filter(|key| staying.contains(*key)) {
        let folder = root.join("segments").join(key);
        left_over(&folder, &mut waste.files);
        left_over(&folder.join("checkpoints"), &mut waste.files);
    }
    for path in entries(&root.join(REMOVED)) {
        let size = size(&path);
        waste.files.push((path, size));
    }
    Ok(waste)
}

/// Levels of measures that no segment that stays has values of.
fn levels(
    store: &Store,
    all: &[String],
    staying: &HashSet<String>,
    older_than: Duration,
) -> Result<Vec<(String, Size)>, StoreError> {
    let mut unused: HashMap<String, PathBuf> = HashMap::new();
    for path in entries(&store.root().join("levels")) {
        let key = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"));
        if let Some(key) = key.filter(|key| is_key(key))
            && older(newest(&path), older_than)
        {
            unused.insert(key.to_string(), path.clone());
        }
    }
    for key in all.iter().filter(|key| staying.contains(*key)) {
        if unused.is_empty() {
            break;
        }
        for point in store.segment(key).curve()?.points.values() {
            point.values.keys().for_each(|measure| drop(unused.remove(measure)));
        }
    }
    let mut unused: Vec<(String, Size)> = unused.into_iter().map(|(key, path)| (key, size(&path))).collect();
    unused.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(unused)
}

/// Files of a folder that were not renamed, and signs of life of processes that are gone.
fn left_over(folder: &Path, found: &mut Vec<(PathBuf, Size)>) {
    for path in entries(folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let part = name.strip_suffix(".part").is_some() || name.starts_with("LEASE.");
        if part && path.is_file() && older(newest(&path), LEFT) {
            let size = size(&path);
            found.push((path.clone(), size));
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Whether something was written last before so long; a time to come is now, and what is gone is not old.
fn older(written: Option<SystemTime>, than: Duration) -> bool {
    written.is_some_and(|at| at.elapsed().unwrap_or_default() >= than)
}

impl Waste {
    /// What it all takes on disk.
    #[must_use]
    pub fn size(&self) -> Size {
        let mut all = Size::default();
        let keyed = self.segments.iter().chain(&self.levels).map(|(_, size)| *size);
        keyed.chain(self.files.iter().map(|(_, size)| *size)).for_each(|size| all += size);
        all
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.levels.is_empty() && self.files.is_empty() && self.leases.is_empty()
    }

    /// Removes it. Gives the segments that stayed after all, because a process came to hold them.
    ///
    /// # Errors
    /// If something cannot be removed; what was removed before stays removed.
    pub fn clear(&self, store: &Store, leases: &Leases) -> Result<Vec<String>, StoreError> {
        let mut stayed = Vec::new();
        for (path, _) in &self.files {
            store.remove(path)?;
        }
        for (key, _) in &self.segments {
            if let Removal::Held(_) = store.remove_segment(key, leases)? {
                stayed.push(key.clone());
            }
        }
        for (key, _) in &self.levels {
            store.remove_levels(key)?;
        }
        for key in &self.leases {
            let segment = store.segment(key);
            if let Held::Gone(holder) = segment.held()? {
                leases.clear(segment.folder(), &holder)?;
            }
        }
        // The last one out removes the folder.
        let _ = fs::remove_dir(store.root().join(REMOVED));
        Ok(stayed)
    }
}
