//! Twenty messages as `icl check` prints them, one for each of twenty common mistakes: beside every program of
//! tests/messages lies what is said of it. `SNAPSHOTS=overwrite cargo test --test messages` writes them anew.

use snapbox::{Assert, Data};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn programs() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir("tests/messages").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "icl"));
    paths.sort();
    paths
}

/// What a pipe of a hundred columns gets.
fn said(program: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    let output = command.args(["check"]).arg(program).env("COLUMNS", "100").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn twenty_messages_are_as_they_were_read_and_approved() {
    assert_eq!(programs().len(), 20);
    for program in programs() {
        let shot = Data::read_from(&program.with_extension("txt"), None);
        Assert::new().action_env("SNAPSHOTS").eq(said(&program), shot);
    }
}

#[test]
fn a_message_is_one_finding_with_a_place_and_a_cure() {
    let mut titles = BTreeSet::new();
    for program in programs() {
        let said = said(&program);
        let ids = said.lines().filter(|line| line.len() == 5 && line.starts_with(['E', 'W'])).count();
        assert_eq!(ids, 1, "{}\n{said}", program.display());
        assert_eq!(said.matches("  help: ").count(), 1, "{}\n{said}", program.display());
        assert!(said.contains(&format!("[{}:", program.display())), "{said}");
        // Lines of the program are shown as they are, with labels under them; all else keeps to the width.
        let prose = said.lines().filter(|line| !line.contains(['│', '·']));
        assert!(prose.into_iter().all(|line| line.chars().count() <= 100), "{said}");
        let title = said.lines().find(|line| line.starts_with("  × ") || line.starts_with("  ⚠ ")).unwrap();
        titles.insert(title.to_string());
    }
    assert_eq!(titles.len(), 20, "every title says something of its own");
}
