//! Pairs of programs in tests/suite/diff, each with what is to be said of it.
//!
//! The first line of a file says what the pair shows, then come its class, its cells and, indented, every line that is
//! printed between the name and the sums. A line `//// old/study.icl` begins a file of a side.

use super::{icl, write};
use std::collections::BTreeMap;
use std::fs;

struct Pair {
    name: String,
    class: String,
    /// Cells to rerun, those of them of the same training and those that go on, reused, new and dropped.
    cells: [u64; 6],
    lines: Vec<String>,
    files: Vec<(String, String)>,
}

fn pairs() -> Vec<Pair> {
    let mut paths: Vec<_> = fs::read_dir("tests/suite/diff").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let pair = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let mut parts = text.split("//// ");
        let head: Vec<&str> = parts.next().unwrap().lines().collect();
        let after = |word: &str| head.iter().find_map(|line| line.strip_prefix(word)).unwrap();
        let numbers: Vec<u64> = after("// cells: ")
            .split(|letter: char| !letter.is_ascii_digit())
            .filter_map(|number| number.parse().ok())
            .collect();
        let files = parts.map(|part| part.split_once('\n').unwrap());
        Pair {
            name: path.file_stem().unwrap().to_string_lossy().to_string(),
            class: after("// class: ").to_string(),
            cells: numbers.try_into().unwrap(),
            lines: head.iter().filter_map(|line| line.strip_prefix("//   ")).map(ToString::to_string).collect(),
            files: files.map(|(name, text)| (name.to_string(), text.to_string())).collect(),
        }
    };
    paths.iter().map(pair).collect()
}

/// What is wrong with what is said of a pair.
fn judged(pair: &Pair) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<(&str, &str)> = pair.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    write(folder.path(), &files);
    let compared = |format: &str| {
        icl(folder.path(), &["diff", "old/study.icl", "new/study.icl", "--exit-code", "--format", format])
    };
    let (text, json, markdown) = (compared("text"), compared("json"), compared("markdown"));
    let document: serde_json::Value = serde_json::from_str(&json.out).ok()?;
    let file = &document["files"][0];
    let cells = ["rerun", "remeasured", "continued", "reused", "new", "dropped"]
        .map(|key| file["cells"][key].as_u64().unwrap_or(9999));
    let sums = |line: &&str| !line.starts_with("  cells  ") && !line.starts_with("  work  ");
    let lines: Vec<&str> = text.out.lines().skip(1).filter(sums).map(|line| &line[2..]).collect();
    let changed = pair.class != "cosmetic";
    let right = file["class"] == pair.class.as_str()
        && cells == pair.cells
        && lines == pair.lines
        && [&text, &json, &markdown].iter().all(|said| said.code == i32::from(changed))
        && markdown.out.is_empty() != changed;
    (!right).then(|| format!("== {}: {} {cells:?}\n{}{}", pair.name, file["class"], text.all(), markdown.all()))
}

#[test]
fn every_pair_is_told_its_class_its_cells_and_its_changes() {
    let pairs = pairs();
    assert!(pairs.len() >= 50, "{} pairs", pairs.len());
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = pairs
            .chunks(pairs.len().div_ceil(4))
            .map(|part| scope.spawn(|| part.iter().filter_map(judged).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "these pairs are told something else:\n{}", wrong.join("\n"));
}

#[test]
fn the_pairs_show_every_class_and_a_program_does_not_differ_from_itself() {
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    for pair in pairs() {
        *classes.entry(pair.class.clone()).or_default() += 1;
    }
    assert_eq!(
        classes.keys().map(String::as_str).collect::<Vec<_>>(),
        ["cosmetic", "cost", "identity", "observation", "result"]
    );
    assert!(classes.values().all(|count| *count >= 8), "{classes:?}");
    for program in ["warmup", "difficulty", "regression", "growing", "induction", "markov", "words", "checkpoints"] {
        let program = format!("tests/programs/{program}.icl");
        let said = icl(std::path::Path::new("."), &["diff", &program, &program, "--exit-code"]);
        assert_eq!(
            (said.code, said.out.as_str()),
            (0, format!("{program}  no change in meaning\n").as_str()),
            "{}",
            said.told
        );
    }
}

/// Cells are the sum of what becomes of them, whatever the pair.
#[test]
fn what_becomes_of_cells_adds_up_to_the_plans_of_both_sides() {
    for pair in pairs() {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<(&str, &str)> = pair.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        write(folder.path(), &files);
        let planned = |side: &str| {
            let said = icl(folder.path(), &["plan", &format!("{side}/study.icl"), "--format", "json"]);
            let plans: serde_json::Value = serde_json::from_str(&said.out).unwrap();
            let cells = plans.as_array().unwrap().iter().flat_map(|plan| plan["cells"].as_array().unwrap());
            cells.map(|cell| cell["key"].as_str().unwrap().to_string()).collect::<Vec<_>>()
        };
        let (old, new) = (planned("old"), planned("new"));
        let [rerun, _, _, reused, added, _] = pair.cells;
        assert_eq!(new.len() as u64, rerun + reused + added, "{}", pair.name);
        let kept = new.iter().filter(|key| old.contains(key)).count() as u64;
        // What lacks nothing may report less than before, under a key of its own.
        assert!(kept <= reused, "{}: what has the key that it had is reused", pair.name);
    }
}

/// The places of the whole numbers of a program: line, first and last byte within it. Comments and names have none.
fn numbers(line: &str) -> Vec<(usize, usize)> {
    let code = line.split("//").next().unwrap();
    let word =
        |at: usize| code.as_bytes().get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"._%-".contains(byte));
    let mut found = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let end = (at..code.len()).find(|&end| !code.as_bytes()[end].is_ascii_digit()).unwrap_or(code.len());
        let apart = (at == 0 || !word(at - 1)) && !word(end);
        if end > at && apart {
            found.push((at, end));
        }
        at = end.max(at + 1);
    }
    found
}

#[test]
fn a_number_that_changes_is_told_at_its_line_and_never_in_silence() {
    let text = fs::read_to_string("tests/programs/rewritten.icl").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("old.icl", &text)]);
    let mut told = 0;
    for (at, line) in lines.iter().enumerate() {
        for (from, to) in numbers(line) {
            let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_string()).collect();
            changed[at] = format!("{}{}{}", &line[..from], line[from..to].parse::<u64>().unwrap() + 2, &line[to..]);
            write(folder.path(), &[("new.icl", &changed.join("\n"))]);
            let said = icl(folder.path(), &["diff", "old.icl", "new.icl", "--format", "json"]);
            let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
            let Some(class) = document["files"][0]["class"].as_str() else { continue };
            assert_ne!(class, "cosmetic", "{}", changed[at]);
            for change in document["files"][0]["experiments"][0]["changes"].as_array().unwrap() {
                assert_eq!(change["new_place"]["line"], at as u64 + 1, "{}: {change}", changed[at]);
            }
            told += 1;
        }
    }
    assert!(told >= 20, "{told} numbers");
}

#[test]
fn an_exit_that_is_newly_refined_costs_its_stage_once_more_at_most() {
    use icl::diff::{Keys, Side, difference};
    use icl::plan::Cost;
    let path = std::path::Path::new("study.icl");
    let side = |rule: &str| {
        let tiny = include_str!("../programs/tiny.icl").replace("held: 3 evaluations", rule);
        let mut world = icl::world::Memory::default();
        world.0.insert(path.into(), tiny);
        Side { program: icl::check::check(&world, path, &[]).program.unwrap(), ..Side::default() }
    };
    let (old, new) = (side("held: 3 evaluations"), side("held: 3 evaluations, refine: 2 steps"));
    let study = &difference(&old, &new, &Keys::default()).studies[0];
    assert_eq!((study.cells.rerun, study.cells.remeasured), (6, 6));
    // Three arms of one stage, two seeds each. An evaluation of both measures is three passes, and there are 13 of them;
    // 5 finer ones lie between two evaluations and 6 around them, each of one pass.
    let arms = &old.program.experiments[0].arms;
    let each = arms.iter().map(|arm| {
        let cost = Cost::of(&arm.training, &arm.observation, Some(2));
        assert_eq!((arm.training.stages.len(), cost.evaluations), (1, 13));
        cost.training_flops + cost.evaluation_flops * 11.0 / 39.0
    });
    let expected = 2.0 * each.sum::<f64>();
    assert!((study.to_run.flops / expected - 1.0).abs() < 1e-12, "{} not {expected}", study.to_run.flops);
    assert!(study.to_run.flops < study.after.flops);
}
