//! Wrong programs, each with what the checker must say of it: ids, places, titles and cures, and nothing else.
//!
//! Every file of tests/suite is a program. Its last lines say what is found:
//! `// error[E0303] 12:41 "5 heads cannot share" help "use one of"`, with `in other.icl` before `help` where the finding
//! lies in another file. `// set name=value` is a knob set from outside. A line `//// other.icl` starts another file.

use icl::check::{Checked, Override, check};
use icl::diagnostic::{Diagnostic, Severity};
use icl::registry::FINDINGS;
use icl::world::Memory;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

struct Case {
    name: String,
    world: Memory,
    set: Vec<Override>,
    wanted: Vec<Wanted>,
}

#[derive(Debug)]
struct Wanted {
    severity: Severity,
    id: String,
    place: String,
    title: String,
    file: Option<String>,
    help: String,
}

/// The text between the first two quotes, and what follows.
fn quoted(text: &str) -> (&str, &str) {
    let (_, rest) = text.split_once('"').unwrap();
    rest.split_once('"').unwrap()
}

fn wanted(line: &str) -> Option<Wanted> {
    let (severity, rest) = match line.strip_prefix("// error[") {
        Some(rest) => (Severity::Error, rest),
        None => (Severity::Warning, line.strip_prefix("// warning[")?),
    };
    let (id, rest) = rest.split_once("] ").unwrap();
    let (place, rest) = rest.split_once(' ').unwrap();
    let (title, rest) = quoted(rest);
    let (middle, rest) = rest.split_once("help").unwrap();
    let file = middle.trim().strip_prefix("in ").map(ToString::to_string);
    let help = quoted(rest).0.to_string();
    Some(Wanted { severity, id: id.into(), place: place.into(), title: title.into(), file, help })
}

fn case(path: &Path) -> Case {
    let name = path.file_stem().unwrap().to_str().unwrap().to_string();
    let text = fs::read_to_string(path).unwrap();
    let mut world = Memory::default();
    let mut parts = text.split("//// ");
    world.0.insert(PathBuf::from("main.icl"), parts.next().unwrap().to_string());
    for part in parts {
        let (other, text) = part.split_once('\n').unwrap();
        world.0.insert(PathBuf::from(other), text.to_string());
    }
    let set = text.lines().filter_map(|line| line.strip_prefix("// set ")?.split_once('='));
    let set = set.map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Case { name, world, set, wanted: text.lines().filter_map(wanted).collect() }
}

fn cases() -> Vec<Case> {
    let mut paths: Vec<PathBuf> = fs::read_dir("tests/suite").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "icl"))
        .map(|path| case(path))
        .collect()
}

/// A finding as a line of a suite file.
fn line(found: &Diagnostic, checked: &Checked) -> String {
    let severity = if found.severity == Severity::Error { "error" } else { "warning" };
    let (line, column) = checked.sources.position(found.span());
    let file = &checked.sources.get(found.span().file).unwrap().name;
    let file = if file == "main.icl" { String::new() } else { format!(" in {file}") };
    let help = found.help.as_deref().unwrap_or_default();
    format!("// {severity}[{}] {line}:{column} \"{}\"{file} help \"{help}\"", found.id, found.title)
}

fn agrees(found: &Diagnostic, wanted: &Wanted, checked: &Checked) -> bool {
    let (line, column) = checked.sources.position(found.span());
    let file = &checked.sources.get(found.span().file).unwrap().name;
    found.severity == wanted.severity
        && found.id == wanted.id
        && format!("{line}:{column}") == wanted.place
        && found.title.contains(&wanted.title)
        && *file == *wanted.file.as_deref().unwrap_or("main.icl")
        && found.help.as_ref().is_some_and(|help| help.contains(&wanted.help))
}

/// What a finding lacks, however right it is.
fn unfit(found: &Diagnostic) -> Option<&'static str> {
    if found.help.as_ref().is_none_or(String::is_empty) {
        Some("no cure")
    } else if found.title.chars().count() > 100 {
        Some("a long title")
    } else if found.title.ends_with('.') {
        Some("a title that is a sentence")
    } else {
        None
    }
}

#[test]
fn every_program_is_told_its_faults_and_no_others() {
    let (mut wrong, mut faulty) = (Vec::new(), Vec::new());
    for case in cases() {
        let checked = check(&case.world, Path::new("main.icl"), &case.set);
        let agree = checked.findings.len() == case.wanted.len()
            && checked.findings.iter().zip(&case.wanted).all(|(found, wanted)| agrees(found, wanted, &checked));
        if !agree || case.wanted.is_empty() {
            let found: Vec<String> = checked.findings.iter().map(|found| line(found, &checked)).collect();
            wrong.push(format!("== {}\n{}", case.name, found.join("\n")));
        }
        let unfit = checked.findings.iter().filter_map(|found| Some((unfit(found)?, &found.title)));
        faulty.extend(unfit.map(|(why, title)| format!("{}: {why}: {title}", case.name)));
    }
    assert!(wrong.is_empty(), "these programs are told something else:\n{}", wrong.join("\n"));
    assert!(faulty.is_empty(), "these findings are not fit to be read:\n{}", faulty.join("\n"));
}

#[test]
fn the_suite_has_every_finding_and_knows_each() {
    let cases = cases();
    assert!(cases.len() >= 60, "{} programs", cases.len());
    let known: BTreeSet<&str> = FINDINGS.iter().map(|page| page.id).collect();
    let used: BTreeSet<&str> = cases.iter().flat_map(|case| &case.wanted).map(|wanted| wanted.id.as_str()).collect();
    // A path that cannot be read at all has no text to stand in; what costs too much or is not run is told by the command
    // that would run it. Other tests tell of them. Findings of the syntax, E01.., are shown by tests/syntax_faults.rs.
    let elsewhere = |id: &str| ["E0001", "E0401", "E0901"].contains(&id) || id.starts_with("E01");
    let missing: Vec<&&str> = known.difference(&used).filter(|id| !elsewhere(id)).collect();
    assert!(missing.is_empty(), "no program shows {missing:?}");
    let unknown: Vec<&&str> = used.difference(&known).collect();
    assert!(unknown.is_empty(), "the registry does not know {unknown:?}");
}

/// Every word in quotes that looks like an id.
fn ids(text: &str) -> Vec<String> {
    let is_id = |word: &&str| {
        word.len() == 5 && word.starts_with(['E', 'W']) && word[1..].bytes().all(|byte| byte.is_ascii_digit())
    };
    // Quotes within texts are escaped, so what stands between two quotes may be either side of one.
    text.split('"').filter(is_id).map(ToString::to_string).collect()
}

#[test]
fn the_registry_has_a_page_for_every_id_that_the_checker_reports() {
    let known: BTreeSet<String> = FINDINGS.iter().map(|page| page.id.to_string()).collect();
    assert_eq!(known.len(), FINDINGS.len(), "an id has two pages");
    let mut reported = BTreeSet::new();
    let mut folders: Vec<PathBuf> = ["src/check", "src/plan", "src/syntax"].map(PathBuf::from).to_vec();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                reported.extend(ids(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert_eq!(reported, known);
}
