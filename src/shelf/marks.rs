//! All marks of finished cells, read through the index where there is one.

use super::index::{Index, Stamp};
use super::usage::is_key;
use crate::store::{Finished, Store, StoreError};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A mark that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    pub key: String,
    pub reason: String,
}

/// The marks of a store by their keys.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    pub finished: BTreeMap<String, Finished>,
    pub damaged: Vec<Damaged>,
}

/// A mark that is younger than this could be written again within the same tick of the file system's clock, so that the
/// index would not see it.
const SETTLED: Duration = Duration::from_secs(2);

impl Marks {
    /// Reads all marks of a store, and brings its index up to date.
    ///
    /// # Errors
    /// If the folder of marks cannot be read.
    pub fn read(store: &Store) -> Result<Self, StoreError> {
        let stamps = stamps(store)?;
        let (index, mut known) = match Index::open(store.root()) {
            Some((index, known)) => (Some(index), known),
            None => (None, HashMap::new()),
        };
        let mut marks = Self::default();
        let mut new = Vec::new();
        let settled = SystemTime::now().checked_sub(SETTLED).map_or(0, nanoseconds);
        for (key, stamp) in &stamps {
            let indexed = known.get(key).filter(|(then, _)| then == stamp);
            let says = indexed.and_then(|(_, says)| serde_json::from_str::<Finished>(says).ok());
            if let Some(finished) = says {
                marks.finished.insert(key.clone(), finished);
                continue;
            }
            let path = store.root().join("cells").join(format!("{key}.toml"));
            let text = match fs::read_to_string(&path) {
                Ok(text) => text,
                // Removed meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => {
                    marks.damaged.push(Damaged { key: key.clone(), reason: error.to_string() });
                    continue;
                }
            };
            match toml::from_str::<Finished>(&text) {
                Ok(finished) => {
                    if stamp.time < settled {
                        new.push((key.clone(), *stamp, says_of(&text)));
                    }
                    marks.finished.insert(key.clone(), finished);
                }
                Err(error) => {
                    marks.damaged.push(Damaged { key: key.clone(), reason: error.message().trim().to_string() });
                }
            }
        }
        if let Some(index) = index {
            let there: HashSet<&String> = stamps.iter().map(|(key, _)| key).collect();
            let gone: Vec<String> = known.drain().map(|(key, _)| key).filter(|key| !there.contains(key)).collect();
            index.update(&new, &gone);
        }
        Ok(marks)
    }

    /// The segments that finished cells are made of, each with the cells.
    #[must_use]
    pub fn users(&self) -> HashMap<&str, Vec<&str>> {
        let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
        for (key, finished) in &self.finished {
            for (segment, _) in &finished.segments {
                users.entry(segment).or_default().push(key);
            }
        }
        users
    }
}

/// All that a mark says, known to this version or not, as JSON, which is read many times faster.
fn says_of(text: &str) -> String {
    toml::from_str::<toml::Value>(text).ok().and_then(|all| serde_json::to_string(&all).ok()).unwrap_or_default()
}

fn nanoseconds(at: SystemTime) -> i64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64)
}

/// The keys of all marks in order, with their stamps.
fn stamps(store: &Store) -> Result<Vec<(String, Stamp)>, StoreError> {
    let folder = store.root().join("cells");
    let failed = |error| StoreError::Io { path: folder.clone(), doing: "cannot read", error };
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut stamps = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let Some(key) = name.to_str().and_then(|name| name.strip_suffix(".toml")).filter(|key| is_key(key)) else {
            continue;
        };
        // What was removed meanwhile has no size.
        let Ok(data) = entry.metadata() else { continue };
        let time = data.modified().map_or(0, nanoseconds);
        stamps.push((key.to_string(), Stamp { time, size: data.len() as i64 }));
    }
    stamps.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(stamps)
}
