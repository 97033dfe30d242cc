//! Where results are kept, for the commands that write them and those that look at them.

use super::Exit;
use super::terminal::{print, warn};
use crate::shelf::{Marks, Row};
use crate::store::{Store, StoreError};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Where results are kept.
#[derive(Clone, clap::Args)]
pub struct Place {
    /// The store of results, which studies share; `store` in the folder of --out, else runs/store.
    #[arg(long, value_name = "FOLDER", env = "ICL_STORE")]
    store: Option<PathBuf>,
}

impl Place {
    /// The store, beside the reports where those have a folder of their own.
    pub fn store(&self, out: Option<&Path>) -> Store {
        let beside = || out.map_or_else(|| Path::new("runs").join("store"), |out| out.join("store"));
        Store::at(self.store.clone().unwrap_or_else(beside))
    }
}

/// Where a store is that is looked at.
#[derive(clap::Args)]
pub struct Looked {
    /// The store of results; runs/store by default.
    #[arg(long, value_name = "FOLDER", env = "ICL_STORE")]
    store: Option<PathBuf>,
}

impl Looked {
    /// The same place for a command that takes a program too.
    pub fn place(&self) -> Place {
        Place { store: self.store.clone() }
    }

    /// The store, which may not be there yet.
    pub fn any(&self) -> Store {
        Store::at(self.store.clone().unwrap_or_else(|| Path::new("runs").join("store")))
    }

    /// The store, or why there is none.
    pub fn store(&self) -> Result<Store, String> {
        let store = self.any();
        match store.exists() {
            Ok(true) => Ok(store),
            Ok(false) => Err(format!(
                "there is no store at {}; `icl run` makes one, and --store or ICL_STORE name another",
                store.root().display()
            )),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The store with its marks, or why it cannot be read.
    pub fn read(&self) -> Result<(Store, Marks), String> {
        let store = self.store()?;
        let marks = Marks::read(&store).map_err(|error| error.to_string())?;
        Ok((store, marks))
    }
}

/// Tells of marks that cannot be read.
pub fn tell_damaged(store: &Store, marks: &Marks) {
    for damaged in &marks.damaged {
        let reason = damaged.reason.lines().next().unwrap_or_default();
        let path = store.root().join("cells").join(format!("{}.toml", damaged.key));
        warn(&format!("{} cannot be read and is left out ({reason}); `icl verify` tells more\n", path.display()));
    }
}

/// Segments must not be removed while it is not known which of them a cell needs.
pub fn whole(store: &Store, marks: &Marks) -> Result<(), String> {
    match marks.damaged.first() {
        None => Ok(()),
        Some(damaged) => Err(format!(
            "{} cannot be read, so that it is not known which segments are needed; nothing was removed; \
             `icl verify --repair` removes what is damaged",
            store.root().join("cells").join(format!("{}.toml", damaged.key)).display()
        )),
    }
}

/// As many digits as tell these keys apart, 8 at the least.
pub fn digits<'k>(keys: impl Iterator<Item = &'k str>) -> usize {
    let mut keys: Vec<&str> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    let shared = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    keys.windows(2).map(|two| shared(two[0], two[1]) + 1).max().unwrap_or(0).max(8)
}

/// The beginning of a key.
pub fn short(key: &str, digits: usize) -> &str {
    key.get(..digits).unwrap_or(key)
}

/// What a row is called, in a line.
pub fn title(row: &Row) -> String {
    let names = &row.names;
    let point: Vec<String> = names.point.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let mut words = vec![names.experiment.clone(), names.arm.clone()];
    words.extend(point);
    words.push(format!("seed {}", names.seed));
    words.retain(|word| !word.is_empty());
    words.join(", ")
}

/// The one name of these that begins as asked.
pub fn resolve<'k>(asked: &str, keys: impl Iterator<Item = (&'k str, String)>) -> Result<&'k str, String> {
    let mut found: Vec<(&str, String)> = keys.filter(|(key, _)| key.starts_with(asked)).collect();
    found.sort();
    match found.as_slice() {
        [(key, _)] => Ok(key),
        [] => Err(format!("nothing in the store has a key that begins with `{asked}`; `icl ls` lists what is there")),
        many => {
            const SHOWN: usize = 10;
            let digits = digits(many.iter().map(|(key, _)| *key)).max(asked.len());
            let lines = many.iter().take(SHOWN).map(|(key, title)| format!("  {}  {title}\n", short(key, digits)));
            let more = many.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!("  and {more} more\n") } else { String::new() };
            let lines: String = lines.collect();
            Err(format!("`{asked}` begins the keys of {}; write more digits:\n{lines}{more}", many.len())
                .trim_end()
                .into())
        }
    }
}

/// Asks a person; none where nobody is there to answer.
pub fn agreed(question: &str) -> Option<bool> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return None;
    }
    warn(&format!("{question} [y/N] "));
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    Some(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Says what failed.
pub fn fail(reason: &str) -> Exit {
    warn(&format!("{reason}\n"));
    Exit::Failed
}

/// The same of an error of the store.
pub fn failed(error: &StoreError) -> Exit {
    fail(&error.to_string())
}

/// Prints JSON.
pub fn print_json(value: &impl serde::Serialize) {
    print(&format!("{}\n", serde_json::to_string_pretty(value).unwrap_or_default()));
}
