//! A plan in a file: `icl plan --out plan.json` writes it, and `icl run plan.json` runs exactly that.

use crate::check::Override;
use crate::plan::{Plan, Selection};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// A plan as it was written.
#[derive(Debug, Serialize, Deserialize)]
pub struct Planned {
    /// The form of this file.
    plan: u32,
    /// The version of the program that wrote it.
    icl: String,
    /// Seen from the folder of this file.
    program: PathBuf,
    set: Vec<Override>,
    arms: Vec<String>,
    seeds: Option<Vec<u64>>,
    limit: Option<u64>,
    experiments: Vec<Written>,
}

/// The cells of an experiment, with everything that `icl plan --format json` says of them.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    experiment: String,
    cells: Vec<Named>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Named {
    key: String,
    arm: String,
    #[serde(default)]
    point: BTreeMap<String, String>,
    seed: u64,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// The form that this version writes and reads.
const FORM: u32 = 1;
/// Cells that a message names.
const SHOWN: usize = 5;

/// Whether a path is named as plans are.
#[must_use]
pub fn is_plan(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

/// Writes a plan; `told` is what is said of each experiment.
///
/// # Errors
/// Says what cannot be written.
pub fn write(
    to: &Path,
    program: &Path,
    set: &[Override],
    selection: &Selection,
    told: Vec<Value>,
) -> Result<(), String> {
    let failed = |reason: &dyn std::fmt::Display| format!("{} cannot be written: {reason}", to.display());
    let experiments: Result<Vec<Written>, _> = told.into_iter().map(serde_json::from_value).collect();
    let planned = Planned {
        plan: FORM,
        icl: env!("CARGO_PKG_VERSION").into(),
        program: seen_from(to.parent().unwrap_or(Path::new("")), program),
        set: set.to_vec(),
        arms: selection.arms.clone(),
        seeds: selection.seeds.clone(),
        limit: selection.limit,
        experiments: experiments.map_err(|error| failed(&error))?,
    };
    let text = serde_json::to_string_pretty(&planned).map_err(|error| failed(&error))?;
    crate::data::atomic::write(to, format!("{text}\n").as_bytes()).map_err(|error| failed(&error))
}

/// A path as it is seen from a folder, so that both can be moved together.
fn seen_from(folder: &Path, path: &Path) -> PathBuf {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let (Ok(folder), Ok(whole)) = (folder.canonicalize(), path.canonicalize()) else { return path.to_path_buf() };
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (folder.components().collect(), whole.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - shared);
    up.chain(to[shared..].iter().copied()).collect()
}

impl Planned {
    /// Reads a plan.
    ///
    /// # Errors
    /// Says why it cannot be read.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
        let cure = "`icl plan FILE --out plan.json` writes a plan";
        let mut planned: Self =
            serde_json::from_str(&text).map_err(|error| format!("{shown} is no plan: {error}; {cure}"))?;
        if planned.plan != FORM {
            return Err(format!("{shown} is a plan of another version (icl {}); {cure}", planned.icl));
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            planned.program = folder.join(&planned.program);
        }
        Ok(planned)
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// What was set from outside.
    #[must_use]
    pub fn set(&self) -> &[Override] {
        &self.set
    }

    /// What of the program was planned.
    #[must_use]
    pub fn selection(&self) -> Selection {
        Selection { arms: self.arms.clone(), seeds: self.seeds.clone(), limit: self.limit }
    }

    /// Whether the program still plans exactly these cells.
    ///
    /// # Errors
    /// Says which cells have changed, came or went.
    pub fn holds(&self, plans: &[Plan]) -> Result<(), String> {
        type Cells<'a> = BTreeMap<(String, String, String, u64), String>;
        let said = |point: &mut dyn Iterator<Item = (&String, &String)>| {
            point.map(|(name, value)| format!(", {name} {value}")).collect::<String>()
        };
        let mut before: Cells<'_> = BTreeMap::new();
        for written in &self.experiments {
            for cell in &written.cells {
                let point = said(&mut cell.point.iter());
                before.insert((written.experiment.clone(), cell.arm.clone(), point, cell.seed), cell.key.clone());
            }
        }
        let mut now: Cells<'_> = BTreeMap::new();
        for plan in plans {
            for cell in &plan.cells {
                let point: BTreeMap<_, _> = plan.point(cell).iter().cloned().collect();
                let point = said(&mut point.iter());
                now.insert((plan.experiment.name.clone(), cell.name.clone(), point, cell.seed), cell.key.to_string());
            }
        }
        let mut moved: Vec<String> = Vec::new();
        let brief = |key: &str| key.get(..8).unwrap_or(key).to_string();
        for (cell, key) in &before {
            let (experiment, arm, point, seed) = cell;
            let what = match now.get(cell) {
                Some(other) if other == key => continue,
                Some(other) => format!("its key was {} and is {}", brief(key), brief(other)),
                None => "it is no longer planned".into(),
            };
            moved.push(format!("{experiment}: {arm}{point}, seed {seed}: {what}"));
        }
        for (experiment, arm, point, seed) in now.keys().filter(|cell| !before.contains_key(*cell)) {
            moved.push(format!("{experiment}: {arm}{point}, seed {seed}: it was not planned"));
        }
        if moved.is_empty() {
            return Ok(());
        }
        let more = moved.len().saturating_sub(SHOWN);
        let mut lines: Vec<String> = moved.iter().take(SHOWN).map(|line| format!("  {line}\n")).collect();
        if more > 0 {
            lines.push(format!("  and {more} more\n"));
        }
        Err(format!(
            "{} plans other cells than when the plan was written: {} of {} differ; nothing was run\n{}  \
             help: look at the change, then write the plan anew by `icl plan {} --out ...`, or run the program itself",
            self.program.display(),
            moved.len(),
            before.len(),
            lines.concat(),
            self.program.display(),
        ))
    }
}
