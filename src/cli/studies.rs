//! Studies as a command line names them: a program, the folder of a run, or the name of one under runs.

use super::Exit;
use super::check::program;
use super::computed;
use super::run::{self, Choice};
use super::spending::Spending;
use super::store::Place;
use super::terminal::warn;
use crate::check::Override;
use crate::plan::Plan;
use crate::registry::nearest;
use crate::store::Store;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One experiment of what was named.
pub struct Named {
    pub plan: Plan,
    /// The program that states it, with what is set from outside.
    pub file: PathBuf,
    pub set: Vec<Override>,
    pub store: Store,
    /// The folder of its reports, which may not be there yet.
    pub folder: PathBuf,
    /// The version that wrote the folder, where a folder was named.
    pub version: Option<String>,
}

/// Why there is nothing to look at.
pub struct Refused {
    exit: Exit,
    /// None where it has been told.
    reason: Option<String>,
}

impl Refused {
    pub fn new(exit: Exit, reason: impl Into<String>) -> Self {
        Self { exit, reason: Some(reason.into()) }
    }

    /// Something cannot be read or made.
    // It is handed on as it is where a result is turned into one of these.
    #[allow(clippy::needless_pass_by_value)]
    pub fn failed(reason: impl ToString) -> Self {
        Self::new(Exit::Failed, reason.to_string())
    }

    /// Tells the reason.
    pub fn tell(self) -> Exit {
        if let Some(reason) = self.reason {
            warn(&format!("{}\n", reason.trim_end()));
        }
        self.exit
    }
}

/// What the folder of a run says of it.
#[derive(Default, serde::Deserialize)]
struct Said {
    icl: Option<String>,
    experiment: Option<String>,
    trial_steps: Option<u64>,
    #[serde(default)]
    set: BTreeMap<String, String>,
}

/// The folder where runs are by default.
const RUNS: &str = "runs";

/// The experiments of what was named, each with its cells that are chosen. `out` is the folder that a program was run with.
///
/// # Errors
/// If there is nothing of the name, the program has errors, or nothing of it is chosen.
pub fn named(name: &Path, choice: &Choice, place: &Place, out: Option<&Path>) -> Result<Vec<Named>, Refused> {
    let path = found(name).map_err(Refused::failed)?;
    if !path.is_dir() {
        return of_program(&path, choice, place, (out, &Said::default()));
    }
    if path.join(MANIFEST).is_file() {
        return of_folder(&path, choice, place, out);
    }
    // A program of several experiments has a folder for each.
    let inside = inside(&path);
    if inside.is_empty() {
        let manifest = path.join(MANIFEST);
        return Err(Refused::failed(format!(
            "{} is no folder of a run: there is no {}",
            path.display(),
            manifest.display()
        )));
    }
    let mut all = Vec::new();
    for folder in inside {
        all.extend(of_folder(&folder, choice, place, out)?);
    }
    Ok(all)
}

/// What `icl run` writes into every folder of a run.
const MANIFEST: &str = "run.toml";

/// The experiments of a program, or the one that the folder of a run is of.
fn of_program(
    file: &Path,
    choice: &Choice,
    place: &Place,
    (out, said): (Option<&Path>, &Said),
) -> Result<Vec<Named>, Refused> {
    let mut selection = choice.selection().map_err(|reason| Refused::new(Exit::Usage, reason))?;
    selection.limit = selection.limit.or(said.trial_steps);
    // What the command line sets comes last, and counts.
    let mut set: Vec<Override> = said.set.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    set.extend(choice.set.iter().cloned());
    let Some(program) = program(file, &set, (&Spending::default(), &selection)) else {
        return Err(Refused { exit: Exit::Failed, reason: None });
    };
    let mut experiments = program.experiments;
    if let Some(name) = &said.experiment {
        experiments.retain(|experiment| experiment.name == *name);
        if experiments.is_empty() {
            let reason = format!("{} states no experiment `{name}`, which its folder is of", file.display());
            return Err(Refused::failed(reason));
        }
    }
    let plans = computed::of_store(experiments, &selection, &place.store(out));
    let plans = plans.map_err(|reason| Refused::new(Exit::Usage, reason))?;
    let several = plans.len() > 1;
    let named = |plan: Plan| Named {
        folder: run::folder((file, out), &plan, several),
        plan,
        file: file.into(),
        set: set.clone(),
        store: place.store(out),
        version: said.icl.clone(),
    };
    Ok(plans.into_iter().map(Plan::without_absent).map(named).collect())
}

fn of_folder(folder: &Path, choice: &Choice, place: &Place, out: Option<&Path>) -> Result<Vec<Named>, Refused> {
    let path = folder.join(MANIFEST);
    let unread =
        |reason: &dyn std::fmt::Display| Refused::failed(format!("{} cannot be read: {reason}", path.display()));
    let text = fs::read_to_string(&path).map_err(|error| unread(&error))?;
    let said: Said = toml::from_str(&text).map_err(|error| unread(&error.message()))?;
    // Its store stands in it, or in the folder above where a file has several experiments; else it is the shared one.
    let mut near = [Some(folder), folder.parent()].into_iter().flatten();
    let out = out.or_else(|| near.find(|near| near.join("store/store.toml").is_file()));
    let mut all = of_program(&folder.join("program.icl"), choice, place, (out, &said))?;
    all.iter_mut().for_each(|named| named.folder = folder.into());
    Ok(all)
}

/// The folders of runs in a folder.
fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.join(MANIFEST).is_file()).collect();
    found.sort();
    found
}

/// Where what was named is: as it is written, else under runs.
fn found(name: &Path) -> Result<PathBuf, String> {
    let under = Path::new(RUNS).join(name);
    if name.exists() {
        return Ok(name.into());
    }
    if name.components().count() == 1 && under.is_dir() {
        return Ok(under);
    }
    let meant = near(name).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    if name.extension().is_some_and(|extension| extension == "icl") {
        return Err(format!("{} cannot be read: there is no such file{meant}", name.display()));
    }
    Err(format!("there is no program, run folder or study `{}`{meant}", name.display()))
}

/// What is there and is called nearly so: beside the path that was written, or under runs.
fn near(name: &Path) -> Option<String> {
    let wanted = name.file_name()?.to_str()?;
    let of = |folder: &Path| -> Vec<String> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let fits = |path: &PathBuf| path.is_dir() || path.extension().is_some_and(|extension| extension == "icl");
        let names = entries.map(|entry| entry.path()).filter(fits);
        names.filter_map(|path| Some(path.file_name()?.to_str()?.to_string())).collect()
    };
    let beside = of(name.parent()?);
    if let Some(near) = nearest(wanted, beside.iter().map(String::as_str)) {
        return Some(name.with_file_name(near).display().to_string());
    }
    let runs: Vec<String> = of(Path::new(RUNS)).into_iter().filter(|name| name != "store").collect();
    nearest(wanted, runs.iter().map(String::as_str)).map(ToString::to_string)
}
