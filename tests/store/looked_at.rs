//! What a store is asked: lists, one cell, why one is missing.

use super::{PROGRAM, Study, out, told};
use std::collections::BTreeSet;
use std::fs;

#[test]
fn cells_are_listed_with_what_tells_them_apart() {
    let (study, _guard) = Study::copy();
    let listed = study.out(&["ls"]);
    let head: Vec<&str> = listed.lines().next().unwrap().split_whitespace().collect();
    // A direct arm is the same cell at both points.
    assert_eq!(head, ["key", "experiment", "arm", "seed", "pause", "right"]);
    assert_eq!(study.marks().len(), 3);
    assert!(listed.contains("the same in all: batch 6, layers 1, width 8, steps 30, file "), "{listed}");
    assert!(listed.ends_with("3 rows\n"), "{listed}");
    // Values in full are those of the marks.
    let csv = study.out(&["ls", "--format", "csv", "--columns", "key,pause,right,batch"]);
    let rows: BTreeSet<String> = csv.lines().skip(1).map(ToString::to_string).collect();
    let wanted = study.marks().into_iter().map(|(key, mark)| {
        let pause = mark["names"]["point"]["pause"].as_str().unwrap().to_string();
        format!("{key},{pause},{},6", mark["results"]["right"].as_float().unwrap())
    });
    assert_eq!(rows, wanted.collect());
    let json: serde_json::Value = serde_json::from_str(&study.out(&["ls", "--format", "json"])).unwrap();
    for row in json.as_array().unwrap() {
        let mark = &study.marks()[row["key"].as_str().unwrap()];
        assert_eq!(row["steps"].as_i64(), mark["steps"].as_integer());
        assert_eq!(row["results"]["right"].as_f64(), mark["results"]["right"].as_float());
        assert_eq!(row["state"], "finished");
    }
    let keys = |arguments: &[&str]| {
        let csv = study.out(&[&["ls", "--format", "csv", "--columns", "key"], arguments].concat());
        csv.lines().skip(1).map(ToString::to_string).collect::<Vec<_>>()
    };
    let (ten, twenty) = (study.cell("warmup", "10"), study.cell("warmup", "20"));
    assert_eq!(keys(&["--filter", "arm=warmup", "--sort", "pause", "--reverse"]), [twenty.clone(), ten.clone()]);
    assert_eq!(keys(&["--filter", "arm=warmup, pause>10"]), [twenty]);
    assert_eq!(keys(&["--filter", "arm=warmup", "--sort", "pause", "--limit", "1"]), [ten]);
    assert_eq!(keys(&["--filter", "arm=nobody"]), Vec::<String>::new());
    let (code, _, err) = study.told(&["ls", "--sort", "rihgt"]);
    assert_eq!(code, 1);
    assert!(err.contains("there is no column `rihgt`; did you mean `right`?"), "{err}");
    let all = study.out(&["ls", "--all"]);
    let head: Vec<&str> = all.lines().next().unwrap().split_whitespace().collect();
    let every = [
        "key",
        "state",
        "experiment",
        "arm",
        "seed",
        "pause",
        "batch",
        "layers",
        "width",
        "steps",
        "time",
        "file",
        "right",
    ];
    assert_eq!(head, every);
}

#[test]
fn a_store_that_is_not_there_or_is_of_another_form_is_told() {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path().join("none");
    for arguments in [&["ls"][..], &["show", "a"], &["rm", "a"], &["gc"], &["verify"]] {
        let (code, _, err) = told(&[arguments, &["--store", root.to_str().unwrap()]].concat());
        assert_eq!(code, 1, "{arguments:?}");
        assert!(err.contains("there is no store at") && err.contains("icl run"), "{err}");
    }
    assert!(!root.exists(), "looking makes nothing");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("store.toml"), "form = 99\n").unwrap();
    let (code, _, err) = told(&["ls", "--store", root.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(err.contains("form 99"), "{err}");
    fs::write(root.join("store.toml"), "form = 1\n").unwrap();
    let (code, _, err) = told(&["ls", "--store", root.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, "no cell is there, or none for which the conditions hold\n"));
}

#[test]
fn a_cell_is_shown_by_the_first_digits_of_its_key() {
    let (study, _guard) = Study::copy();
    let cell = study.cell("warmup", "20");
    let segments = study.segments(&cell);
    let shown = study.out(&["show", &cell[..10]]);
    assert!(shown.starts_with(&format!("cell        {cell}\n")), "{shown}");
    for part in [
        "study, warmup, pause 20, seed 1",
        "finished, 30 steps",
        "4 evaluations along the run",
        "steps 0 to 20",
        "steps 20 to 30",
        "  seed         1\n",
        "adam(beta1: 0.9, beta2: 0.999, eps: 1e-8, lr: 0.003)",
        "after step 10, 20\n",
        "part of      2 finished cells",
        &segments[0],
        &segments[1],
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let right = study.marks()[&cell]["results"]["right"].as_float().unwrap();
    let line = shown.lines().find(|line| line.trim_start().starts_with("right ")).unwrap();
    assert!(line.contains(&format!(" to {right:.4}")) || right == 0.0, "{line}");
    // A segment alone, and as JSON.
    assert!(study.out(&["show", &segments[0]]).starts_with(&format!("segment     {}\n", segments[0])));
    let json: serde_json::Value = serde_json::from_str(&study.out(&["show", &cell, "--format", "json"])).unwrap();
    assert_eq!(json["segments"][1]["identity"]["parent"]["key"], segments[0].as_str());
    assert_eq!(json["curves"]["right"].as_array().unwrap().len(), 4);
    // What several keys begin with is told with all of them.
    let (code, _, err) = study.told(&["show", ""]);
    assert_eq!(code, 1);
    assert!(err.contains("write more digits") && err.contains(&cell[..8]) && err.contains(&segments[0][..8]), "{err}");
    let (code, _, err) = study.told(&["show", "xyz"]);
    assert_eq!(code, 1);
    assert!(err.contains("begins with `xyz`"), "{err}");
}

#[test]
fn a_miss_says_which_part_differs_with_both_values_and_the_line() {
    let (study, _guard) = Study::copy();
    let why = |program: &str, more: &[&str]| {
        study.write(program);
        let file = study.program();
        study.out(&[&["cache", "why", &file], more].concat())
    };
    assert_eq!(why(PROGRAM, &[]), "study: 4 of 4 cells in the store\n");
    // Comments, names of tasks and layout are in no key.
    assert_eq!(
        why(&PROGRAM.replace("easy", "simple").replace("let", "// a\nlet"), &[]),
        "study: 4 of 4 cells in the store\n"
    );
    let file = study.program();
    let line = |setting: &str| PROGRAM.lines().position(|line| line.trim_start().starts_with(setting)).unwrap() + 1;
    for (from, to, part, setting) in [
        ("batch: 6", "batch: 8", "batch: 6 -> 8", "batch"),
        ("data: fresh", "data: 60 sequences", "data: fresh -> 60 sequences", "data: fresh"),
        ("lr: 3e-3", "lr: 1e-3", "optimizer.adam.lr: 0.003 -> 0.001", "optimizer"),
        ("layers: 1", "layers: 2", "model.layers: 1 -> 2", "model"),
    ] {
        let told = why(&PROGRAM.replace(from, to), &[]);
        assert!(told.starts_with("study: 0 of 4 cells in the store\n"), "{told}");
        assert!(told.contains(&format!("{part}  ({file}:{})", line(setting))), "{part}\n{told}");
        assert_eq!(told.matches(" -> ").count(), told.matches(part).count(), "nothing else differs: {told}");
    }
    let told = why(PROGRAM, &["--seeds", "1,5"]);
    assert!(told.starts_with("study: 4 of 8 cells in the store\n") && told.contains("seed: 1 -> 5"), "{told}");
    // An arm whose first stage is there.
    let told = why(&PROGRAM.replace("[10, 20]", "[15]"), &["--arm", "warmup"]);
    assert!(told.contains("its first stage is there; then it differs from the nearest cell"), "{told}");
    assert!(told.contains("parent.left.after: 10 -> 15") || told.contains("parent.left.after: 20 -> 15"), "{told}");
    // A longer run, and a measure more.
    let told = why(PROGRAM, &["--set", "total=50 steps", "--arm", "direct"]);
    assert!(told.contains("30 of 50 steps are trained; it goes on from step 30"), "{told}");
    let told = why(&PROGRAM.replace("sequences, right", "sequences, right, loss_now"), &[]);
    assert!(told.contains("`loss_now` was never measured"), "{told}");
    // In JSON.
    let json: serde_json::Value =
        serde_json::from_str(&why(&PROGRAM.replace("batch: 6", "batch: 8"), &["--format", "json", "--arm", "direct"]))
            .unwrap();
    let part = &json[0]["why"]["differs"]["parts"][0];
    assert_eq!(
        (part["path"].as_str(), part["old"].as_str(), part["new"].as_str()),
        (Some("batch"), Some("6"), Some("8"))
    );
    assert_eq!(json[0]["lines"][0], line("batch"));
    // In a store that is not there everything is new.
    study.write(PROGRAM);
    let nowhere = study.root.join("nowhere");
    let told = out(&["cache", "why", &file, "--store", nowhere.to_str().unwrap()]);
    assert!(told.contains("new: nothing in the store is like it"), "{told}");
    assert!(!nowhere.exists());
}
