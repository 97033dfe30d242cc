//! `icl sample` as a user meets it: what it prints of a task, and what it says of a question that has no answer.
//! `SNAPSHOTS=overwrite cargo test --test sample` writes what is printed anew.

use serde_json::Value;
use snapbox::{Assert, Data};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const PROGRAM: &str = "tests/sample/tasks.icl";

fn sample(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.arg("sample").args(arguments).env("COLUMNS", "100").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = sample(arguments);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    text(&output.stdout)
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(&[arguments, &["--format", "json"]].concat())).unwrap()
}

/// Compares with what lies beside the program.
fn as_approved(name: &str, said: &str) {
    let shot = Data::read_from(&Path::new("tests/sample").join(name), None);
    Assert::new().action_env("SNAPSHOTS").eq(said.to_string(), shot);
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn label(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

#[test]
fn what_is_printed_is_as_it_was_read_and_approved() {
    for (name, task, count) in [
        ("linear.txt", "regression.linear(dim: 3, points: 5, noise: 0.5)", "2"),
        ("maps.txt", "hard", "1"),
        ("markov.txt", "sequences.markov(tokens: 60)", "1"),
        ("recall.txt", "sequences.associative_recall(pairs: 3)", "1"),
        ("wide.txt", "regression.linear(points: 50)", "1"),
    ] {
        let said = printed(&[PROGRAM, task, "-n", count, "--on", "20"]);
        assert!(said.lines().all(|line| line.chars().count() <= 100) && !said.contains('\u{1b}'), "{said}");
        as_approved(name, &said);
    }
}

#[test]
fn the_tasks_of_a_file_are_listed_and_the_only_one_is_sampled() {
    as_approved("list.txt", &printed(&[PROGRAM]));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.icl");
    fs::write(&file, "use std.sequences\nlet only = sequences.copy(span: 4)\n").unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(printed(&[file, "-n", "1"]), printed(&[file, "only", "-n", "1"]));
}

#[test]
fn linear_targets_follow_from_the_named_values() {
    let said = json(&[PROGRAM, "regression.linear(dim: 4, points: 6, noise: 0.5)", "-n", "4"]);
    for sequence in said["sequences"].as_array().unwrap() {
        let values = &sequence["values"];
        let (w, e) = (numbers(&values["w"]), numbers(&values["e"]));
        for (at, x) in values["x"].as_array().unwrap().iter().enumerate() {
            let dot: f64 = w.iter().zip(numbers(x)).map(|(w, x)| w * x).sum();
            let y = values["y"][at].as_f64().unwrap();
            assert!((dot + 0.5 * e[at] - y).abs() < 1e-9, "{dot} {y}");
        }
        assert_eq!((&sequence["input"], &sequence["target"]), (&values["x"], &values["y"]));
    }
    let levels = said["references"]["levels"].as_array().unwrap();
    assert_eq!((levels[0]["role"].as_str(), levels[1]["is"].as_str()), (Some("blind"), Some("ridge(0.25)")));
    assert_eq!(numbers(&levels[0]["loss"]), vec![4.25; 6], "dim + noise ^ 2");
}

#[test]
fn labels_follow_from_the_map_and_the_hidden_factor() {
    let said = json(&[PROGRAM, "hard", "-n", "40", "--on", "0"]);
    let mut maps = std::collections::BTreeMap::new();
    for sequence in said["sequences"].as_array().unwrap() {
        let values = &sequence["values"];
        let (map, factor) = (&values["map"], label(&values["factor"]));
        for (at, factors) in values["factors"].as_array().unwrap().iter().enumerate() {
            assert_eq!(values["y"][at], map[factor][label(&factors[factor])]);
        }
        // An element of the pool is one map, and no other element is.
        let element = label(&sequence["elements"]["map"]);
        assert_eq!(maps.entry(element).or_insert(map.clone()), map, "element {element}");
    }
    assert!(maps.len() > 4 && maps.keys().all(|element| *element < 8), "{:?}", maps.keys());
    let distinct: std::collections::BTreeSet<String> = maps.values().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), maps.len());
    assert_eq!(said["chance"]["accuracy"], 0.25);
}

#[test]
fn a_range_of_sequences_is_the_same_however_it_is_asked_for() {
    let tokens = |arguments: &[&str]| -> Vec<Value> {
        let said = json(&[&[PROGRAM, "sequences.copy", "--on", "0"], arguments].concat());
        said["sequences"].as_array().unwrap().iter().map(|sequence| sequence["tokens"].clone()).collect()
    };
    let all = tokens(&["-n", "5"]);
    assert_eq!(tokens(&["--from", "3", "--count", "2"]), all[3..]);
    assert_ne!(tokens(&["-n", "5", "--seed", "2"]), all);
    assert_ne!(tokens(&["-n", "5", "--held-out"]), all);
    for sequence in all {
        let sequence = sequence.as_array().unwrap().clone();
        assert_eq!(sequence[..25], sequence[25..], "the string comes twice");
    }
}

#[test]
fn a_param_is_set_from_outside() {
    let said = printed(&[PROGRAM, "hard", "--set", "maps=3", "-n", "1", "--on", "0"]);
    assert!(said.contains("hard = classify(maps: 3, points: 6)") && said.contains(" of 3: "), "{said}");
}

#[test]
fn images_are_drawn_on_a_sheet_a_sequence_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let size = |count: &str| {
        let sheet = folder.path().join("sheet.png");
        let shown = sheet.to_str().unwrap();
        let said = printed(&[PROGRAM, "hard", "-n", count, "--on", "0", "--sheet", shown]);
        assert!(said.ends_with(&format!("\nsheet: {shown}\n")), "{said}");
        let mut reader = png::Decoder::new(std::io::Cursor::new(fs::read(&sheet).unwrap())).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        // Walls and objects are coloured, paper and words are grey.
        let range = |p: &[u8]| p.iter().max().unwrap() - p.iter().min().unwrap();
        let coloured = pixels.chunks_exact(3).filter(|p| range(p) > 40);
        ((info.width, info.height), coloured.count())
    };
    let ((width, height), coloured) = size("2");
    // Six images of 64 pixels a row at twice the size, and most of each is walls and floor.
    assert!(width >= 2 * 6 * 64 && height >= 2 * 2 * 64, "{width} x {height}");
    assert!(coloured > 2 * 6 * 128 * 128 * 8 / 10, "{coloured}");
    let ((same, taller), _) = size("4");
    assert!(same == width && taller > height * 3 / 2, "{taller}");
    let output = sample(&[PROGRAM, "sequences.copy", "--sheet", "never.png"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr), "--sheet draws images, and sequences.copy reads none\n");
    assert!(!Path::new("never.png").exists());
}

#[test]
fn a_question_that_is_wrong_is_told_in_its_own_words() {
    for (name, task) in [
        ("misspelt.err", "hrad"),
        ("argument.err", "regression.linear(dmi: 5)"),
        ("arguments.err", "shapes.classify"),
        ("kind.err", "images"),
        ("bracket.err", "regression.linear(dim: 5"),
        ("value.err", "regression.linear(dim: 5 steps)"),
        ("two.err", "hard\nlet easy = hard"),
    ] {
        let output = sample(&[PROGRAM, task]);
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""), "{task}\n{said}");
        assert!(said.contains("[<task>:1:") && !said.contains("let asked"), "{said}");
        as_approved(name, &said);
    }
}

#[test]
fn a_file_with_errors_shows_them_as_check_does() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.icl");
    fs::write(&file, fs::read_to_string(PROGRAM).unwrap().replace("maps: maps, images", "maps: map, images")).unwrap();
    let file = file.to_str().unwrap();
    let output = sample(&[file, "hard"]);
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), ""));
    assert!(said.contains("bad.icl: 1 error; nothing was sampled\n"), "{said}");
    let mut check = Command::new(env!("CARGO_BIN_EXE_icl"));
    let check = check.args(["check", file]).env("COLUMNS", "100").output().unwrap();
    let first = |said: &str| said.split_once("bad.icl: 1 error").unwrap().0.to_string();
    assert_eq!(first(&said), first(&text(&check.stdout)));
    assert_eq!(sample(&["no_such.icl"]).status.code(), Some(1));
}

#[test]
fn a_line_that_cannot_be_computed_is_named() {
    let output = sample(&[PROGRAM, "broken"]);
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), ""), "{said}");
    assert!(said.starts_with("broken: `label` is ") && said.contains("no label of class(2)"), "{said}");
}

#[test]
fn the_page_shows_what_is_printed() {
    let page = fs::read_to_string("docs/sampling.md").unwrap();
    let blocks: Vec<&str> =
        page.split("```\n$ icl sample ").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 2);
    for block in blocks {
        let (command, shown) = block.split_once('\n').unwrap();
        // Arguments are apart by blanks, but for a call in quotes.
        let arguments: Vec<&str> = (command.split('\'').enumerate())
            .flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
            .collect();
        assert_eq!(printed(&arguments), shown, "{command}");
    }
}
