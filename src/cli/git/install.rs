//! What git is told of programs: how to show them, and which item a change stands in.

use super::repository::Repository;
use std::fs;
use std::path::PathBuf;

/// The line of .gitattributes.
const ATTRIBUTE: &str = "*.icl diff=icl";

/// The header of the item that a change stands in: a keyword of the language at the start of a line.
const HEADER: &str = "^((pub[ \t]+)?(param|let|data|task|model|curriculum|loss|probe|metric|experiment)[ \t].*)$";

/// By this line the hook is known as ours.
const MARK: &str = "# Written by `icl git install --hook`.";

/// The settings of the repository's own configuration.
fn settings() -> [(&'static str, String); 2] {
    [("diff.icl.textconv", format!("{} git textconv", program())), ("diff.icl.xfuncname", HEADER.to_string())]
}

/// How git calls this program: by name where the shell finds it, else by its path.
fn program() -> String {
    let Ok(own) = std::env::current_exe().and_then(|own| own.canonicalize()) else { return "icl".into() };
    let found = std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let first = found.map(|folder| folder.join("icl")).find(|file| file.is_file());
    if first.and_then(|first| first.canonicalize().ok()).is_some_and(|first| first == own) {
        return "icl".into();
    }
    format!("'{}'", own.display().to_string().replace('\'', "'\\''"))
}

/// Sets everything up; says what it did.
pub fn install(repository: &Repository, hook: bool, force: bool) -> Result<String, String> {
    let mut told = String::new();
    for (key, value) in settings() {
        let known = repository.git(["config", "--local", "--get", key]).unwrap_or_default();
        if String::from_utf8_lossy(&known).trim_end_matches('\n') != value {
            repository.git(["config", "--local", key, &value])?;
            told.push_str(&format!("set {key}\n"));
        }
    }
    let path = repository.root.join(".gitattributes");
    let text = fs::read_to_string(&path).unwrap_or_default();
    if !text.lines().any(|line| words(line) == words(ATTRIBUTE)) {
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        write(&path, &format!("{text}{gap}{ATTRIBUTE}\n"))?;
        told.push_str("wrote `*.icl diff=icl` into .gitattributes; commit it, so that others have it too\n");
    }
    if hook {
        told.push_str(&hooked(repository, force)?);
    }
    if told.is_empty() {
        told.push_str("everything is in place already\n");
    }
    Ok(told)
}

/// Takes back what [`install`] set; a hook that somebody else wrote is left.
pub fn uninstall(repository: &Repository) -> Result<String, String> {
    let mut told = String::new();
    if repository.git(["config", "--local", "--get-regexp", "^diff\\.icl\\."]).is_ok() {
        repository.git(["config", "--local", "--remove-section", "diff.icl"])?;
        told.push_str("removed diff.icl from the configuration\n");
    }
    let path = repository.root.join(".gitattributes");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let left: String = text.split_inclusive('\n').filter(|line| words(line) != words(ATTRIBUTE)).collect();
    if left != text {
        if left.is_empty() {
            fs::remove_file(&path).map_err(|reason| format!("{} cannot be removed: {reason}", path.display()))?;
        } else {
            write(&path, &left)?;
        }
        told.push_str("took `*.icl diff=icl` out of .gitattributes\n");
    }
    let hook = hook_path(repository)?;
    if fs::read_to_string(&hook).is_ok_and(|text| text.contains(MARK)) {
        fs::remove_file(&hook).map_err(|reason| format!("{} cannot be removed: {reason}", hook.display()))?;
        told.push_str("removed the pre-commit hook\n");
    }
    if told.is_empty() {
        told.push_str("nothing was installed\n");
    }
    Ok(told)
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn write(path: &PathBuf, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|reason| format!("{} cannot be written: {reason}", path.display()))
}

/// Where git looks for the hook, whatever core.hooksPath says.
fn hook_path(repository: &Repository) -> Result<PathBuf, String> {
    let told = repository.git(["rev-parse", "--git-path", "hooks/pre-commit"])?;
    Ok(repository.root.join(String::from_utf8_lossy(&told).trim_end_matches('\n')))
}

fn hooked(repository: &Repository, force: bool) -> Result<String, String> {
    let path = hook_path(repository)?;
    let text = format!("#!/bin/sh\n{MARK}\nexec {} git hook\n", program());
    let shown = path.strip_prefix(&repository.root).unwrap_or(&path).display().to_string();
    let mut told = String::new();
    match fs::read_to_string(&path) {
        Ok(known) if known == text => return Ok(String::new()),
        Ok(known) if !known.contains(MARK) && !force => {
            let cure = format!("add the line `{} git hook` to it, or pass --force", program());
            return Err(format!("{shown} was written by somebody else; {cure}"));
        }
        Ok(known) if !known.contains(MARK) => {
            let beside = path.with_extension("before-icl");
            fs::rename(&path, &beside).map_err(|reason| format!("{shown} cannot be moved: {reason}"))?;
            told.push_str(&format!("moved {shown} to {}\n", beside.file_name().unwrap_or_default().to_string_lossy()));
        }
        _ => {}
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|reason| format!("{} cannot be made: {reason}", folder.display()))?;
    }
    write(&path, &text)?;
    executable(&path)?;
    Ok(format!("{told}wrote {shown}\n"))
}

#[cfg(unix)]
fn executable(path: &PathBuf) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let set = fs::set_permissions(path, fs::Permissions::from_mode(0o755));
    set.map_err(|reason| format!("{} cannot be made executable: {reason}", path.display()))
}

#[cfg(not(unix))]
fn executable(_: &PathBuf) -> Result<(), String> {
    Ok(())
}
