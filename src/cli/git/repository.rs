//! A git repository, asked through git itself: nothing is checked out and nothing is written.

use crate::world::World;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// The repository around the current folder.
#[derive(Debug)]
pub struct Repository {
    /// The top of its working tree.
    pub root: PathBuf,
    /// The current folder.
    here: PathBuf,
}

/// What became of a file between two sides, by paths from the top of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub old: Option<String>,
    pub new: Option<String>,
}

impl Repository {
    /// The repository that the current folder lies in.
    ///
    /// # Errors
    /// Says in words that there is none, or no git.
    pub fn open() -> Result<Self, String> {
        let here = std::env::current_dir().and_then(|here| here.canonicalize());
        let here = here.map_err(|reason| format!("the current folder cannot be read: {reason}"))?;
        let told = git(&here, ["rev-parse", "--show-toplevel"]).map_err(|reason| match reason {
            Trouble::Missing => "there is no `git` to ask; install it, or name two files".to_string(),
            Trouble::Said(said) if said.contains("not a git repository") => {
                format!("{} lies in no git repository; go to one, or run `git init`", here.display())
            }
            Trouble::Said(said) => format!("git says: {said}"),
        })?;
        let root = PathBuf::from(text(&told).trim_end_matches(['\n', '\r']));
        let root = root.canonicalize().unwrap_or(root);
        Ok(Self { root, here })
    }

    /// Runs git at the top of the repository and gives what it prints.
    ///
    /// # Errors
    /// What git says.
    pub fn git<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<Vec<u8>, String> {
        git(&self.root, arguments).map_err(|trouble| match trouble {
            Trouble::Missing => "there is no `git` to ask".into(),
            Trouble::Said(said) => format!("git says: {said}"),
        })
    }

    /// The tree that a revision names.
    ///
    /// # Errors
    /// Says that there is no such revision.
    pub fn tree(&self, revision: &str) -> Result<String, String> {
        let asked = format!("{revision}^{{tree}}");
        let found = git(&self.root, ["rev-parse", "--verify", "--quiet", "--end-of-options", &asked]);
        found.map(|told| text(&told).trim().to_string()).map_err(|_| {
            let empty = revision == "HEAD";
            let cure = if empty { "commit something first" } else { "`git log --oneline` lists revisions" };
            format!("there is no revision `{revision}`, nor a file of that name; {cure}")
        })
    }

    /// The commit where two revisions parted.
    ///
    /// # Errors
    /// Says that they have none in common.
    pub fn parted(&self, a: &str, b: &str) -> Result<String, String> {
        let told = git(&self.root, ["merge-base", a, b]);
        told.map(|told| text(&told).trim().to_string()).map_err(|_| format!("`{a}` and `{b}` have no commit in common"))
    }

    /// Files that differ between two trees, or between a tree and the working tree with files that git does not know yet.
    ///
    /// # Errors
    /// What git says.
    pub fn changed(&self, old: &str, new: Option<&str>) -> Result<Vec<Moved>, String> {
        let mut arguments = vec!["diff", "--name-status", "-z", "--find-renames", "--no-ext-diff", old];
        arguments.extend(new);
        arguments.push("--");
        let told = self.git(&arguments)?;
        let mut files = Vec::new();
        let mut words = told.split(|&byte| byte == 0).map(text);
        while let Some(status) = words.next().filter(|status| !status.is_empty()) {
            let Some(first) = words.next() else { break };
            files.push(match status.chars().next() {
                Some('A') => Moved { old: None, new: Some(first) },
                Some('D') => Moved { old: Some(first), new: None },
                Some('R' | 'C') => Moved { old: Some(first), new: words.next() },
                _ => Moved { old: Some(first.clone()), new: Some(first) },
            });
        }
        if new.is_none() {
            let told = self.git(["ls-files", "--others", "--exclude-standard", "-z"])?;
            let unknown = told.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(text);
            files.extend(unknown.map(|path| Moved { old: None, new: Some(path) }));
        }
        Ok(files)
    }

    /// The programs of a tree, or of the working tree, that have a text in quotes: they may use other files.
    #[must_use]
    pub fn quoting(&self, tree: Option<&str>) -> Vec<String> {
        let mut arguments = vec!["grep", "-l", "-z", "-F", "-e", "\""];
        arguments.extend(tree);
        arguments.extend(["--", "*.icl"]);
        // Git exits with 1 where there is none.
        let told = self.git(&arguments).unwrap_or_default();
        let path = |entry: &[u8]| match tree {
            Some(tree) => text(entry).strip_prefix(&format!("{tree}:")).unwrap_or_default().to_string(),
            None => text(entry),
        };
        told.split(|&byte| byte == 0).filter(|entry| !entry.is_empty()).map(path).collect()
    }

    /// The path from the top of the repository of a path from the current folder; `None` outside of it.
    #[must_use]
    pub fn inside(&self, path: &Path) -> Option<String> {
        let full = plain(&self.here.join(path));
        let inside = full.strip_prefix(&self.root).ok()?;
        let parts: Vec<String> =
            inside.components().map(|part| part.as_os_str().to_string_lossy().to_string()).collect();
        Some(parts.join("/"))
    }

    /// The path from the current folder of a path from the top of the repository.
    #[must_use]
    pub fn seen_from_here(&self, inside: &str) -> PathBuf {
        let full = self.root.join(inside);
        let mut base = self.here.as_path();
        let mut up = PathBuf::new();
        loop {
            if let Ok(rest) = full.strip_prefix(base) {
                return up.join(rest);
            }
            match base.parent() {
                Some(parent) => base = parent,
                None => return full,
            }
            up.push("..");
        }
    }

    /// The contents of a file in a tree, or staged where the tree is empty text.
    ///
    /// # Errors
    /// That there is no such file.
    pub fn blob(&self, tree: &str, path: &str) -> io::Result<Vec<u8>> {
        git(&self.root, ["cat-file", "blob", &format!("{tree}:{path}")]).map_err(|trouble| match trouble {
            Trouble::Missing => io::Error::new(ErrorKind::NotFound, "there is no `git` to ask"),
            Trouble::Said(_) => io::Error::from(ErrorKind::NotFound),
        })
    }
}

/// The files of a tree; those of the index where the tree is empty text. Modules and tables are read there too.
pub struct Revision<'r> {
    repository: &'r Repository,
    tree: String,
    read: RefCell<HashMap<String, Option<Vec<u8>>>>,
}

impl<'r> Revision<'r> {
    #[must_use]
    pub fn new(repository: &'r Repository, tree: &str) -> Self {
        Self { repository, tree: tree.to_string(), read: RefCell::default() }
    }
}

impl World for Revision<'_> {
    fn read(&self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.bytes(path, u64::MAX)?).map_err(|_| io::Error::from(ErrorKind::InvalidData))
    }

    fn bytes(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        let outside = || io::Error::new(ErrorKind::NotFound, "it lies outside of the repository");
        let inside = self.repository.inside(path).ok_or_else(outside)?;
        let mut known = self.read.borrow_mut();
        let bytes = known.entry(inside).or_insert_with_key(|inside| self.repository.blob(&self.tree, inside).ok());
        let bytes = bytes.as_ref().ok_or_else(|| io::Error::from(ErrorKind::NotFound))?;
        if bytes.len() as u64 > most { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes.clone()) }
    }
}

enum Trouble {
    Missing,
    Said(String),
}

fn git<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Result<Vec<u8>, Trouble> {
    // Messages of git are looked at above, so they are asked for in one language; files of programs are not to be paged.
    let run = Command::new("git").current_dir(folder).args(arguments).env("LC_ALL", "C").output();
    let output = run.map_err(|_| Trouble::Missing)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = text(&output.stderr);
    Err(Trouble::Said(said.trim().trim_start_matches("fatal: ").to_string()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_string()
}

/// The same path without `.` and `..`.
#[must_use]
pub fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
