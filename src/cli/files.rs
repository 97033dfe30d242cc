//! Which programs a command line names, and why one of them cannot be read.

use super::formats::Report;
use super::spending::Spending;
use crate::check::{Override, check};
use crate::data::atomic;
use crate::diagnostic::{Diagnostic, Sources, Span};
use crate::plan::Selection;
use crate::program::Program;
use crate::registry::nearest;
use crate::world::{Disk, World};
use std::collections::HashSet;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Folders that hold what programs made, never programs to look at.
const MADE: [&str; 2] = ["target", "runs"];

/// What a path on a command line leads to.
#[derive(Debug)]
pub enum Found {
    /// A program that can be read.
    Program(PathBuf),
    /// Something that cannot, with the reason.
    Lost(Report),
}

impl Found {
    /// The path of a program that can be read.
    #[must_use]
    pub fn program(&self) -> Option<&PathBuf> {
        if let Self::Program(path) = self { Some(path) } else { None }
    }
}

/// Files as they are named, each once, `-` as the piped text; of a folder every program in it and below, in order of name.
///
/// Hidden names and the folders `target` and `runs` below a named folder are left out, and links to folders are not
/// followed, since they may lead back.
#[must_use]
pub fn gather(paths: &[PathBuf], world: &dyn World) -> Vec<Found> {
    let mut found = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            found.push(Found::Program(PIPED.into()));
        } else if path.is_dir() {
            let before = found.len();
            walk(path, &mut found);
            if found.len() == before {
                found.push(Found::Lost(told(path, Fault::without_program(path))));
            }
        } else {
            found.push(Found::Program(path.clone()));
        }
    }
    let mut known = HashSet::new();
    let first = |found: &Found| match found {
        Found::Program(path) => known.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())),
        Found::Lost(_) => true,
    };
    found.retain(first);
    let read = |found: Found| match &found {
        Found::Program(path) => match world.read(path) {
            Ok(_) => found,
            Err(reason) => Found::Lost(unreadable(path, &reason)),
        },
        Found::Lost(_) => found,
    };
    found.into_iter().map(read).collect()
}

/// Replaces a file as a whole, where a link leads to it too; a file that nobody may write is left.
///
/// # Errors
/// Those of the file system, and that the file is read-only.
pub fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = fs::canonicalize(path)?;
    if fs::metadata(&path)?.permissions().readonly() {
        return Err(Error::new(ErrorKind::PermissionDenied, "it is read-only"));
    }
    atomic::write(&path, text.as_bytes())
}

fn walk(folder: &Path, found: &mut Vec<Found>) {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(reason) => return found.push(Found::Lost(unreadable(folder, &reason))),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        // `.` is left out of names: `a.icl`, not `./a.icl`.
        let path = if folder == Path::new(".") { PathBuf::from(&name) } else { entry.path() };
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !MADE.iter().any(|made| name == *made) {
                walk(&path, found);
            }
        } else if program(&path) && !path.is_dir() {
            found.push(Found::Program(path));
        }
    }
}

/// Whether a path is named as programs are.
fn program(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "icl")
}

/// Checks a file, or says why it cannot be read.
#[must_use]
pub fn look(
    world: &dyn World,
    path: &Path,
    set: &[Override],
    (spending, selection): (&Spending, &Selection),
) -> (Report, Option<Program>) {
    match world.read(path) {
        Ok(_) => {
            let mut checked = check(world, path, set);
            spending.hold(&mut checked, selection);
            let program = checked.program.take();
            (Report::of(checked), program)
        }
        Err(reason) => (unreadable(path, &reason), None),
    }
}

/// Why a path cannot be read, as a finding.
#[must_use]
pub fn unreadable(path: &Path, reason: &Error) -> Report {
    told(path, Fault::of(path, reason))
}

/// One fault of a path as the finding of a file without text.
fn told(path: &Path, fault: Fault) -> Report {
    let mut sources = Sources::default();
    let file = sources.add(path.display().to_string(), "");
    let finding = Diagnostic::error("E0001", fault.title, Span::new(file, 0, 0), fault.reason).help(fault.cure);
    Report { sources, findings: vec![finding], ..Report::default() }
}

/// Why a path gives no program.
struct Fault {
    title: String,
    reason: String,
    cure: String,
}

impl Fault {
    fn without_program(folder: &Path) -> Self {
        let name = if folder == Path::new(".") { "the current folder".into() } else { folder.display().to_string() };
        Self {
            title: format!("{name} holds no program"),
            reason: "no file in it or below ends in .icl".into(),
            cure: "name another folder or a file; `icl new NAME` writes a program to start from".into(),
        }
    }

    fn of(path: &Path, error: &Error) -> Self {
        let title = format!("{} cannot be read", path.display());
        let (reason, cure) = match error.kind() {
            ErrorKind::NotFound => ("there is no such file".into(), found_instead(path)),
            ErrorKind::InvalidData => (not_text(path), "save the file as UTF-8 text".into()),
            ErrorKind::IsADirectory => ("it is a folder".into(), inside(path)),
            ErrorKind::PermissionDenied => {
                ("it may not be read".into(), "give yourself the right to read it, such as by `chmod u+r`".into())
            }
            _ => (error.to_string(), "check the path and its permissions".into()),
        };
        Self { title, reason, cure }
    }
}

/// What is there in place of a file that is not.
fn found_instead(path: &Path) -> String {
    let mut longer = path.as_os_str().to_owned();
    longer.push(".icl");
    if Path::new(&longer).is_file() {
        return format!("write `{}`", Path::new(&longer).display());
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let cure = match near_folder(folder) {
            Some(near) => format!("write `{}`", near.join(path.file_name().unwrap_or_default()).display()),
            None => "paths start at the current folder".into(),
        };
        return format!("there is no folder `{}` either; {cure}", folder.display());
    }
    let names = programs_of(folder);
    let wanted = path.file_name().map(|name| name.to_string_lossy().to_string()).unwrap_or_default();
    let stem = |name: &str| name.strip_suffix(".icl").unwrap_or(name).to_owned();
    let stems: Vec<String> = names.iter().map(|name| stem(name)).collect();
    if let Some(meant) = nearest(&stem(&wanted), stems.iter().map(String::as_str)) {
        return format!("write `{}`", path.with_file_name(format!("{meant}.icl")).display());
    }
    match names.len() {
        0 => "check the path; `icl new NAME` writes a program to start from".into(),
        1..=6 => format!("the programs of that folder are: {}", names.join(", ")),
        many => format!("check the path; that folder holds {many} programs, such as {}", names[..3].join(", ")),
    }
}

/// The folder beside one that is not there whose name is nearest.
fn near_folder(folder: &Path) -> Option<PathBuf> {
    let around = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(around).ok()?.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
    let names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().to_string()).collect();
    let wanted = folder.file_name()?.to_string_lossy();
    Some(folder.with_file_name(nearest(&wanted, names.iter().map(String::as_str))?))
}

/// A program of a folder that was named where one program is needed.
fn inside(folder: &Path) -> String {
    match programs_of(folder).first() {
        Some(first) => format!("name one program of it, such as `{}`", folder.join(first).display()),
        None => "name a program, a file that ends in .icl".into(),
    }
}

fn programs_of(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<String> = entries
        .filter(|entry| program(&entry.path()) && entry.path().is_file())
        .map(|entry| entry.file_name().to_string_lossy().to_string())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// Where a file stops to be text.
fn not_text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    match std::str::from_utf8(&bytes) {
        Err(error) => {
            let at = error.valid_up_to();
            let line = bytes[..at].split(|&byte| byte == b'\n').count();
            format!("byte 0x{:02x} in line {line} is no UTF-8", bytes[at])
        }
        Ok(_) => "it is no UTF-8 text".into(),
    }
}

/// The world of the disk with the text that came through a pipe, or the reason why none did.
pub struct Piped(pub std::io::Result<String>);

/// The name of the text that came through a pipe.
pub const PIPED: &str = "<stdin>";

impl World for Piped {
    fn read(&self, path: &Path) -> std::io::Result<String> {
        if path != Path::new(PIPED) {
            return Disk.read(path);
        }
        self.0.as_ref().map(Clone::clone).map_err(|reason| Error::new(reason.kind(), reason.to_string()))
    }

    fn bytes(&self, path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
        Disk.bytes(path, most)
    }
}
