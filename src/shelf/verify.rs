//! What is damaged in a store, and where; and taking it away, so that the next run makes it again.

use super::index::FILE as INDEX;
use super::marks::Marks;
use super::usage::{is_key, segments};
use crate::store::{
    Curve, Finished, Held, Kept, Leases, REMOVED, Removal, Segment, Store, StoreError, Taken, Writer, damaged_lines,
};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file in the store, with the line where there are lines.
    pub place: String,
    pub what: String,
    pub repair: Repair,
}

/// What takes a fault away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// A curve is written without its damaged lines.
    Curve { segment: String },
    /// A checkpoint is removed.
    Checkpoint { segment: String, name: String },
    /// A segment is removed, since nothing tells what it is of.
    Segment(String),
    /// The mark of a cell is removed.
    Mark(String),
    /// What a measure is compared with is removed.
    Levels(String),
    /// What is not this program's is left alone.
    Elsewhere,
}

impl Repair {
    /// What to do about it.
    #[must_use]
    pub fn cure(&self) -> &'static str {
        match self {
            Self::Curve { .. } => "--repair takes the lines away; the next run measures again what stood there",
            Self::Checkpoint { .. } => "--repair removes it; a run that needs it trains up to it again",
            Self::Segment(_) => "--repair removes the segment and the marks of its cells; the next run trains it again",
            Self::Mark(_) => "--repair removes the mark; the next run makes what is missing, and the mark",
            Self::Levels(_) => "--repair removes it; the next run computes it again",
            Self::Elsewhere => "it is not a file of icl: move it out of the store",
        }
    }
}

/// Everything that is wrong in a store. `told` hears how many segments of how many have been looked at.
///
/// # Errors
/// If the folders of the store cannot be read.
pub fn verify(store: &Store, marks: &Marks, told: &(dyn Fn(usize, usize) + Sync)) -> Result<Vec<Fault>, StoreError> {
    let mut faults = strange(store.root());
    for damaged in &marks.damaged {
        let what = format!("the mark cannot be read: {}", damaged.reason.lines().next().unwrap_or_default());
        faults.push(fault(format!("cells/{}.toml", damaged.key), what, Repair::Mark(damaged.key.clone())));
    }
    let all = segments(store)?;
    let there: HashSet<&str> = all.iter().map(String::as_str).collect();
    let mut ending: HashMap<&str, Vec<(&str, &Finished)>> = HashMap::new();
    for (key, finished) in &marks.finished {
        let gone = finished.segments.iter().find(|(segment, _)| !there.contains(segment.as_str()));
        match (gone, finished.segments.last()) {
            (Some((segment, _)), _) if store.finished(key)?.is_some() => {
                let what = format!("the mark names the segment {segment}, which is not there");
                faults.push(fault(format!("cells/{key}.toml"), what, Repair::Mark(key.clone())));
            }
            (None, Some((segment, _))) => ending.entry(segment).or_default().push((key, finished)),
            _ => {}
        }
    }
    let known = levels(store, &mut faults)?;
    let (done, found, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(None));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (looked, put, broken) = (&done, &found, &failed);
    let (ending, known, count) = (&ending, &known, all.len());
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(threads).max(1)) {
            scope.spawn(move || {
                for key in part {
                    match segment(store, key, ending.get(key.as_str()), known) {
                        Ok(more) => put.lock().unwrap_or_else(PoisonError::into_inner).extend(more),
                        Err(error) => *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error),
                    }
                    told(looked.fetch_add(1, Ordering::Relaxed) + 1, count);
                }
            });
        }
    });
    if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    faults.extend(found.into_inner().unwrap_or_else(PoisonError::into_inner));
    faults.sort();
    Ok(faults)
}

fn fault(place: String, what: impl Into<String>, repair: Repair) -> Fault {
    Fault { place, what: what.into(), repair }
}

/// Files that are not of a store, in its folders.
fn strange(root: &Path) -> Vec<Fault> {
    let known = ["store.toml", "segments", "levels", "cells", REMOVED];
    let mut faults = Vec::new();
    let mut look = |folder: &str, own: &dyn Fn(&str) -> bool| {
        for entry in fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            // What was not renamed yet is being written, or is of no use.
            if !own(&name) && name.strip_suffix(".part").is_none() {
                let place = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                faults.push(fault(place, "nothing of a store has this name", Repair::Elsewhere));
            }
        }
    };
    let keyed = |name: &str, form: &str| name.strip_suffix(form).is_some_and(is_key);
    look("", &|name| known.contains(&name) || name.starts_with(INDEX));
    look("cells", &|name| keyed(name, ".toml"));
    look("levels", &|name| keyed(name, ".json"));
    look("segments", &is_key);
    faults
}

/// The keys of all levels that can be read.
fn levels(store: &Store, faults: &mut Vec<Fault>) -> Result<HashSet<String>, StoreError> {
    let mut known = HashSet::new();
    for entry in fs::read_dir(store.root().join("levels")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(key) = name.strip_suffix(".json").filter(|key| is_key(key)) else { continue };
        match store.levels(key) {
            Ok(_) => drop(known.insert(key.to_string())),
            Err(StoreError::Damaged { reason, .. }) => {
                faults.push(fault(
                    format!("levels/{name}"),
                    format!("it cannot be read: {reason}"),
                    Repair::Levels(key.into()),
                ));
            }
            Err(StoreError::Io { error, .. }) if error.kind() == std::io::ErrorKind::InvalidData => {
                faults.push(fault(format!("levels/{name}"), "it is no text", Repair::Levels(key.into())));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(known)
}

/// What is wrong with a segment, and with the marks of cells that end in it.
fn segment(
    store: &Store,
    key: &str,
    ending: Option<&Vec<(&str, &Finished)>>,
    levels: &HashSet<String>,
) -> Result<Vec<Fault>, StoreError> {
    let segment = store.segment(key);
    let place = |name: &str| format!("segments/{key}/{name}");
    let mut faults = Vec::new();
    let (mut begun, mut curves) = (false, Vec::new());
    for entry in fs::read_dir(segment.folder()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        match name.as_str() {
            "segment.json" => begun = true,
            "names.toml" => {}
            "LEASE" | "checkpoints" => {}
            _ if name.starts_with("LEASE.") || name.strip_suffix(".part").is_some() => {}
            _ if name.strip_prefix("curve.").is_some_and(|rest| rest.strip_suffix("jsonl").is_some()) => {
                curves.push(name);
            }
            _ => faults.push(fault(place(&name), "nothing of a segment has this name", Repair::Elsewhere)),
        }
    }
    for name in &curves {
        // Put together by its writer meanwhile.
        let Ok(text) = fs::read(segment.folder().join(name)) else { continue };
        for line in damaged_lines(&text) {
            let what = "the line is cut short, or is not that of its checksum";
            faults.push(fault(format!("{}:{line}", place(name)), what, Repair::Curve { segment: key.into() }));
        }
    }
    for kept in segment.checkpoints()? {
        let name = format!("checkpoints/{}", kept.name());
        // What is gone was dropped by its writer meanwhile.
        if let Ok(Some(reason)) = fault_of(&segment, kept) {
            let repair = Repair::Checkpoint { segment: key.into(), name: kept.name() };
            faults.push(fault(place(&name), reason, repair));
        }
    }
    for entry in fs::read_dir(segment.folder().join("checkpoints")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if Kept::of(&name).is_none() && name.strip_suffix(".part").is_none() {
            faults.push(fault(
                place(&format!("checkpoints/{name}")),
                "nothing of a segment has this name",
                Repair::Elsewhere,
            ));
        }
    }
    let held = matches!(segment.held()?, Held::By(_));
    let results = !curves.is_empty() || !segment.checkpoints()?.is_empty();
    if begun {
        if let Some(what) = misnamed(&segment, key) {
            faults.push(fault(place("segment.json"), what, Repair::Segment(key.into())));
        }
    } else if results && !held {
        faults.push(fault(
            place("segment.json"),
            "it is not there, so that nothing says what the segment is of",
            Repair::Segment(key.into()),
        ));
    }
    if let Some(ending) = ending {
        let curve = segment.curve()?;
        for (cell, finished) in ending {
            if let Some(what) = lacking(&curve, finished, levels) {
                faults.push(fault(format!("cells/{cell}.toml"), what, Repair::Mark((*cell).into())));
            }
        }
    }
    Ok(faults)
}

/// What is wrong with a checkpoint; its step is part of that.
fn fault_of(segment: &Segment, kept: Kept) -> Result<Option<String>, StoreError> {
    if let Some(reason) = segment.fault(kept)? {
        return Ok(Some(reason));
    }
    let whole = segment.checkpoint(kept)?.is_some();
    Ok((!whole && segment.checkpoints()?.contains(&kept)).then(|| "it is of another step than its name says".into()))
}

/// What is wrong with what a segment says it is of: the key is the hash of that, written without spaces.
fn misnamed(segment: &Segment, key: &str) -> Option<String> {
    let text = match segment.identity() {
        Ok(text) => text?,
        Err(_) => return Some("it is no text".into()),
    };
    (blake3::hash(dense(&text).as_bytes()).to_hex()[..32] != *key)
        .then(|| "it is not what the segment's key is a hash of".into())
}

/// JSON without the spaces between its words.
fn dense(text: &str) -> String {
    let (mut dense, mut quoted, mut escaped) = (String::with_capacity(text.len()), false, false);
    for c in text.chars() {
        if !quoted && c.is_ascii_whitespace() {
            continue;
        }
        quoted = if c == '"' && !escaped { !quoted } else { quoted };
        escaped = c == '\\' && !escaped;
        dense.push(c);
    }
    dense
}

/// What a finished cell lacks of what its mark says.
fn lacking(curve: &Curve, finished: &Finished, levels: &HashSet<String>) -> Option<String> {
    let (_, left) = finished.segments.last()?;
    if let Some(step) = finished.diverged {
        let told = curve.diverged == Some(step);
        return (!told).then(|| format!("the mark says that it diverged at step {step}, its curve does not"));
    }
    let Some(point) = curve.points.get(left) else {
        return Some(format!("the evaluation after step {left}, its last, is not in its curve"));
    };
    let values: HashSet<u64> = point.values.values().filter_map(|value| value.value).map(f64::to_bits).collect();
    if let Some((name, value)) = finished.results.iter().find(|(_, value)| !values.contains(&value.to_bits())) {
        return Some(format!("its result {name} = {value} is not in its curve after step {left}"));
    }
    let gone = point.values.keys().find(|measure| !levels.contains(*measure));
    gone.map(|measure| format!("levels/{measure}.json, which a measure is compared with, is not there or is damaged"))
}

/// What a repair did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Faults that were taken away.
    pub cured: usize,
    /// Those that were left, and why.
    pub left: Vec<(Fault, String)>,
}

/// Takes faults away; what a process holds is left to it.
///
/// # Errors
/// If something cannot be removed or written.
pub fn repair(store: &Store, marks: &Marks, faults: &[Fault], leases: &Leases) -> Result<Repaired, StoreError> {
    let users = marks.users();
    let mut repaired = Repaired::default();
    let mut done: BTreeSet<&Repair> = BTreeSet::new();
    for fault in faults {
        let held = if done.insert(&fault.repair) { carry_out(store, &users, &fault.repair, leases)? } else { None };
        match held {
            None => repaired.cured += 1,
            Some(why) => {
                repaired.left.push((fault.clone(), why));
                done.remove(&fault.repair);
            }
        }
    }
    Ok(repaired)
}

/// Carries a repair out; says why not, where it must not be.
fn carry_out(
    store: &Store,
    users: &HashMap<&str, Vec<&str>>,
    repair: &Repair,
    leases: &Leases,
) -> Result<Option<String>, StoreError> {
    let unmark = |segment: &str| users.get(segment).into_iter().flatten().try_for_each(|cell| store.unmark(cell));
    match repair {
        Repair::Elsewhere => return Ok(Some("it is not a file of icl".into())),
        Repair::Mark(key) => store.unmark(key)?,
        Repair::Levels(key) => store.remove_levels(key)?,
        Repair::Segment(key) => {
            // What goes on from it is of use to no one without it, but is left to `gc`: it may be trained again.
            unmark(key)?;
            if let Removal::Held(holder) = store.remove_segment(key, leases)? {
                return Ok(Some(format!("process {} on {} trains it", holder.process, holder.host)));
            }
        }
        Repair::Curve { segment: key } | Repair::Checkpoint { segment: key, .. } => {
            let segment = store.segment(key);
            if let Held::Gone(holder) = segment.held()? {
                leases.clear(segment.folder(), &holder)?;
            }
            let lease = match leases.take(segment.folder())? {
                Taken::By(holder) => {
                    return Ok(Some(format!("process {} on {} trains it", holder.process, holder.host)));
                }
                Taken::Lease(lease) => lease,
            };
            let mut writer = Writer::new(segment, lease)?;
            match repair {
                Repair::Checkpoint { name, .. } => {
                    if let Some(kept) = Kept::of(name) {
                        writer.drop(kept)?;
                    }
                }
                _ => {
                    unmark(key)?;
                    writer.gather()?;
                }
            }
            writer.release();
        }
    }
    Ok(None)
}
