//! Which files a command line compares, at which sides.

use super::super::git::repository::{Moved, Repository, Revision, plain};
use crate::world::{Disk, World};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is to be compared.
pub enum Asked {
    /// Two files of the disk.
    Files(PathBuf, PathBuf),
    /// Files of a repository between two sides.
    Sides { old: String, new: Option<String>, paths: Vec<PathBuf> },
}

/// A file before and now, by paths from the current folder; `None` where it is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub old: Option<PathBuf>,
    pub new: Option<PathBuf>,
    /// Whether the command line names it.
    pub named: bool,
}

/// Reads the command line: revisions first, then files.
pub fn asked(words: &[String]) -> Result<Asked, String> {
    let file = |word: &String| {
        let ending = Path::new(word).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("icl"));
        Path::new(word).exists() || ending
    };
    let first = words.iter().position(file).unwrap_or(words.len());
    let (revisions, rest) = words.split_at(first);
    if let Some(stray) = rest.iter().find(|word| !file(word)) {
        return Err(format!("`{stray}` is no file; revisions stand before files"));
    }
    let paths: Vec<PathBuf> = rest.iter().map(PathBuf::from).collect();
    let sides = |old: &str, new: Option<&str>| {
        let named = |revision: &str| if revision.is_empty() { "HEAD".to_string() } else { revision.to_string() };
        Asked::Sides { old: named(old), new: new.map(named), paths: paths.clone() }
    };
    match revisions {
        [] => match paths.as_slice() {
            [a, b] if !a.is_dir() && !b.is_dir() => Ok(Asked::Files(a.clone(), b.clone())),
            [] | [_] => Ok(sides("HEAD", None)),
            _ => Err("name two files, or a revision before the files, as in `icl diff HEAD a.icl b.icl`".into()),
        },
        [one] => match (one.split_once("..."), one.split_once("..")) {
            // Three dots stand for the commit where both parted, as git has it.
            (Some((a, b)), _) => Ok(sides(&format!("{a}..."), Some(b))),
            (None, Some((a, b))) => Ok(sides(a, Some(b))),
            (None, None) => Ok(sides(one, None)),
        },
        [a, b] if !a.contains("..") && !b.contains("..") => Ok(sides(a, Some(b))),
        [a, ..] => {
            Err(format!("too many revisions, `{a}` the first; write one, two, or a range, as in `icl diff main..HEAD`"))
        }
    }
}

/// Trees of the two sides; the working tree is `None`.
pub fn trees(repository: &Repository, old: &str, new: Option<&str>) -> Result<(String, Option<String>), String> {
    let new_tree = new.map(|new| repository.tree(new)).transpose()?;
    let old_tree = match old.strip_suffix("...") {
        Some(old) => {
            let (a, b) = (if old.is_empty() { "HEAD" } else { old }, new.unwrap_or("HEAD"));
            repository.tree(a)?;
            repository.tree(&repository.parted(a, b)?)?
        }
        None => repository.tree(old)?,
    };
    Ok((old_tree, new_tree))
}

/// The programs that may differ in meaning between two sides: those that changed and those that use what changed.
pub fn pairs(
    repository: &Repository,
    (old, new): (&str, Option<&str>),
    paths: &[PathBuf],
) -> Result<Vec<Pair>, String> {
    let changed = repository.changed(old, new)?;
    let mut pairs = Vec::new();
    for path in paths.iter().filter(|path| !path.is_dir()) {
        let inside =
            repository.inside(path).ok_or_else(|| format!("{} lies outside of the repository", path.display()))?;
        let moved = changed.iter().find(|moved| moved.new.as_ref() == Some(&inside));
        let was = moved.map_or(Some(inside.clone()), |moved| moved.old.clone());
        let is = changed.iter().all(|moved| moved.old.as_ref() != Some(&inside) || moved.new.as_ref() == Some(&inside));
        let was = was.filter(|was| repository.blob(old, was).is_ok());
        let there = is
            && match new {
                Some(tree) => repository.blob(tree, &inside).is_ok(),
                None => path.is_file(),
            };
        if was.is_none() && !there {
            return Err(format!("{} is on neither side", path.display()));
        }
        pairs.push(Pair {
            old: was.map(|was| repository.seen_from_here(&was)),
            new: there.then(|| path.clone()),
            named: true,
        });
    }
    let folders: Vec<String> =
        paths.iter().filter(|path| path.is_dir()).filter_map(|path| repository.inside(path)).collect();
    if paths.is_empty() || !folders.is_empty() {
        let within = |path: &String| {
            let below = |folder: &String| folder.is_empty() || path.starts_with(&format!("{folder}/"));
            folders.is_empty() || folders.iter().any(below)
        };
        for Moved { old: was, new: is } in all(repository, new, &changed) {
            if was.iter().chain(&is).any(within) {
                let here = |path: Option<String>| path.map(|path| repository.seen_from_here(&path));
                pairs.push(Pair { old: here(was), new: here(is), named: false });
            }
        }
    }
    Ok(pairs)
}

/// Programs that changed, then those that did not and use a file that did, itself or by another.
fn all(repository: &Repository, new: Option<&str>, changed: &[Moved]) -> Vec<Moved> {
    let program = |path: &String| Path::new(path).extension().is_some_and(|ending| ending == "icl");
    let mut found: Vec<Moved> =
        changed.iter().filter(|moved| moved.old.iter().chain(&moved.new).any(program)).cloned().collect();
    // A file that is no program any more came and went as one.
    for moved in &mut found {
        moved.old = moved.old.take().filter(program);
        moved.new = moved.new.take().filter(program);
    }
    found.sort_by(|a, b| a.new.as_ref().or(a.old.as_ref()).cmp(&b.new.as_ref().or(b.old.as_ref())));
    if changed.is_empty() {
        return found;
    }
    let world: Box<dyn World> = match new {
        Some(tree) => Box::new(Revision::new(repository, tree)),
        None => Box::new(Disk),
    };
    let quoting: Vec<(String, BTreeSet<String>)> = (repository.quoting(new).into_iter())
        .map(|path| {
            let text = world.read(&repository.seen_from_here(&path)).unwrap_or_default();
            let named = named_files(&path, &text);
            (path, named)
        })
        .collect();
    let mut touched: BTreeSet<String> =
        changed.iter().flat_map(|moved| moved.old.iter().chain(&moved.new)).cloned().collect();
    loop {
        let before = touched.len();
        for (path, named) in &quoting {
            if !touched.contains(path) && named.iter().any(|name| touched.contains(name)) {
                touched.insert(path.clone());
                found.push(Moved { old: Some(path.clone()), new: Some(path.clone()) });
            }
        }
        if touched.len() == before {
            return found;
        }
    }
}

/// Files that the texts in quotes of a program may name, from the top of the repository.
fn named_files(path: &str, text: &str) -> BTreeSet<String> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut names = BTreeSet::new();
    for quoted in text.lines().flat_map(|line| line.split('"').skip(1).step_by(2)) {
        let name = plain(&folder.join(quoted)).display().to_string();
        names.insert(format!("{name}.icl"));
        names.insert(name);
    }
    names
}
