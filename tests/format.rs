//! The one layout: what it looks like, that it is stable, and that it changes no meaning.

#[path = "format/generate.rs"]
mod generate;
#[path = "format/scramble.rs"]
mod scramble;

use icl::diagnostic::{FileId, Severity};
use icl::syntax::{format, parse};
use scramble::{Dice, comments, rebroken, respaced};
use std::fs;
use std::path::{Path, PathBuf};

fn formatted(text: &str) -> String {
    format(FileId(0), text).unwrap_or_else(|found| panic!("{:?}\n{text}", found.first()))
}

/// The tree of a program without places, as text.
fn tree(text: &str) -> String {
    let (file, found) = parse(FileId(0), text);
    assert!(found.is_empty(), "{:?}\n{text}", found.first());
    let shown = format!("{file:?}");
    let mut parts = shown.split("Span { file: FileId(0), start: ");
    let mut plain = parts.next().unwrap().to_string();
    for part in parts {
        plain += part.split_once(" }").unwrap().1;
    }
    plain
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "icl") {
            found.push(path);
        }
    }
}

/// The text of every program under these folders that has no fault of form, with its path.
fn programs(folders: &[&str]) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    folders.iter().for_each(|folder| collect(Path::new(folder), &mut paths));
    let texts = paths.into_iter().map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap()));
    texts.filter(|(_, text)| parse(FileId(0), text).1.is_empty()).collect()
}

/// Formats a text that means what `original` means, and holds the result to all that is promised.
fn held_to_promises(name: &str, text: &str, original: &str) -> String {
    let once = formatted(text);
    assert_eq!(formatted(&once), once, "{name} formatted twice, from\n{text}");
    assert_eq!(tree(&once), tree(original), "{name} has another tree, from\n{text}\nto\n{once}");
    assert_eq!(comments(&once), comments(text), "{name} has other comments, from\n{text}\nto\n{once}");
    assert!(once.is_empty() || once.ends_with('\n') && !once.ends_with("\n\n"), "{name}: {once}");
    for line in once.lines() {
        assert_eq!(line.trim_end(), line, "{name} has space behind a line");
    }
    assert!(!once.contains("\n\n\n") && !once.contains("{\n\n") && !once.contains("\n\n}"), "{name}: {once}");
    once
}

#[test]
fn golden_files_come_out_as_they_should() {
    let mut paths = Vec::new();
    collect(Path::new("tests/format"), &mut paths);
    let (wanted, given): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.into_iter().partition(|path| path.to_str().unwrap().contains(".out."));
    assert_eq!((given.len(), wanted.len()), (5, 5));
    for path in given {
        let name = path.to_str().unwrap();
        let wanted = fs::read_to_string(path.with_extension("out.icl")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        snapbox::assert_data_eq!(formatted(&text), snapbox::Data::text(wanted).raw());
        held_to_promises(name, &text, &text);
    }
}

#[test]
fn the_example_of_the_page_is_true() {
    let page = fs::read_to_string("docs/formatting.md").unwrap();
    let blocks: Vec<&str> = page.split("```\n").skip(1).step_by(2).collect();
    let [late, wanted] = blocks.as_slice() else { panic!("{} blocks", blocks.len()) };
    assert_eq!(format(FileId(0), late).unwrap_err().len(), 1);
    assert_eq!(formatted(&late.replacen(")\n{", ") {", 1)), *wanted);
}

#[test]
fn what_is_shipped_is_formatted() {
    for (name, text) in programs(&["stdlib", "experiments"]) {
        assert_eq!(formatted(&text), text, "{name}");
    }
}

#[test]
fn programs_of_the_design_change_only_where_a_line_is_too_long() {
    for (name, text) in programs(&["tests/programs"]) {
        let out = formatted(&text);
        for line in text.lines().filter(|line| line.split("  //").next().unwrap().chars().count() <= 120) {
            assert!(out.lines().any(|other| other == line), "{name} lost the line\n{line}");
        }
        let long = text.lines().filter(|line| line.chars().count() > 120).count();
        assert_eq!(out == text, long == 0, "{name}");
    }
}

#[test]
fn every_program_keeps_its_tree_and_its_comments() {
    let all = programs(&["stdlib", "experiments", "tests"]);
    assert!(all.len() > 100, "only {} programs", all.len());
    for (name, text) in all {
        held_to_promises(&name, &text, &text);
    }
}

#[test]
fn space_makes_no_difference() {
    // Columns of comments are kept as written, so they may differ here.
    let plain = |text: String| {
        let lines = text.lines().map(|line| match line.split_once(" //") {
            Some((code, comment)) if !code.trim().is_empty() => format!("{}  //{comment}\n", code.trim_end()),
            _ => format!("{line}\n"),
        });
        lines.collect::<String>()
    };
    let mut dice = Dice(1);
    for (name, text) in programs(&["stdlib", "experiments", "tests/programs", "tests/format"]) {
        let wanted = plain(formatted(&text));
        for _ in 0..6 {
            let scrambled = respaced(&text, &mut dice);
            let out = held_to_promises(&name, &scrambled, &text);
            assert_eq!(plain(out), wanted, "{name}, from\n{scrambled}");
        }
    }
}

#[test]
fn line_ends_and_comments_may_stand_anywhere() {
    let mut dice = Dice(2);
    for (name, text) in programs(&["stdlib", "experiments", "tests/programs", "tests/format"]) {
        for _ in 0..12 {
            held_to_promises(&name, &rebroken(&text, &mut dice), &text);
        }
    }
}

#[test]
fn generated_programs_are_stable() {
    let mut dice = Dice(3);
    for round in 0..150 {
        let text = generate::program(&mut dice);
        let out = held_to_promises(&format!("program {round}"), &text, &text);
        held_to_promises(&format!("program {round} rebroken"), &rebroken(&out, &mut dice), &text);
    }
}

#[test]
fn only_what_cannot_be_broken_is_longer_than_a_line() {
    let mut dice = Dice(4);
    let mut wide = 0;
    for _ in 0..60 {
        let out = formatted(&generate::program(&mut dice));
        for line in out.lines() {
            wide = wide.max(line.chars().count());
            // Words of the generator have at most 24 letters, and an unbroken operand has an index behind it.
            assert!(line.chars().count() <= 120 || !line.contains([',', '+', '*']), "{line}");
        }
    }
    assert!(wide > 110, "no line was ever full, so nothing was tested");
}

#[test]
fn a_program_with_faults_is_not_formatted() {
    let deep = format!("let a = {}1{}\n", "(".repeat(60), ")".repeat(60));
    for text in ["task t {\n  x ~ \n}\n", "task t {\n", "let a == 1\n", "let A = 1\n", deep.as_str()] {
        let found = format(FileId(0), text).unwrap_err();
        assert_eq!(found, parse(FileId(0), text).1, "{text}");
        assert!(found.iter().any(|finding| finding.severity == Severity::Error), "{text}");
    }
}

#[test]
fn small_texts_have_a_layout_too() {
    for (text, wanted) in [
        ("", ""),
        ("\n\n\n", ""),
        ("\u{FEFF}", ""),
        ("// only", "// only\n"),
        ("\n\n//! only\r\n\r\n\r\n", "//! only\n"),
        ("let a=1", "let a = 1\n"),
        ("use std.models task", ""),
    ] {
        match format(FileId(0), text) {
            Ok(out) => assert_eq!(out, wanted, "{text:?}"),
            Err(_) => assert!(text.contains("task"), "{text:?}"),
        }
    }
}
