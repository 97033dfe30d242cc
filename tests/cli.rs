//! The command line as a user meets it: real processes, real files, real signals.

use icl::store::Store;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn icl(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).env("ICL_CACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache")).env_remove("COLUMNS");
    command
}

fn output(arguments: &[&str]) -> Output {
    icl(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const TINY: &str = "tests/programs/tiny.icl";

fn run_tiny(out: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["run", TINY, "--out", out.to_str().unwrap()];
    arguments.extend(more);
    output(&arguments)
}

/// Everything of a study that must not depend on how it was run, as bytes by name: values as they are reported, what every
/// segment was measured to be, and the weights where it ends.
fn results(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::from([("curves".into(), fs::read(run.join("curves.jsonl")).unwrap())]);
    let entries = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    for segment in entries(&run.join("store/segments")) {
        // A kill may come before the files of a curve are put together; what they say is the same.
        let key = segment.file_name().unwrap().to_str().unwrap();
        let mut curve = Store::at(run.join("store")).segment(key).curve().unwrap();
        (curve.worked, curve.damaged) = ((0, 0.0), 0);
        let name = |path: &Path| PathBuf::from(segment.file_name().unwrap()).join(path.file_name().unwrap());
        found.insert(name(Path::new("curve")), curve.lines().into_bytes());
        let ends = entries(&segment.join("checkpoints"));
        for end in ends.iter().filter(|end| end.to_str().unwrap().ends_with(".end.safetensors")) {
            found.insert(name(end), fs::read(end).unwrap());
        }
    }
    found
}

#[test]
fn both_engines_run_a_study_and_a_plan_tells_of_f64() {
    let folder = tempfile::tempdir().unwrap();
    let wide = folder.path().join("wide.icl");
    let tiny = fs::read_to_string(TINY).unwrap();
    fs::write(&wide, tiny.replace("  seeds: 2", "  numerics: f64\n  seeds: 2")).unwrap();
    let wide = wide.to_str().unwrap();
    let plan = |program: &str| text(&output(&["plan", program]).stdout);
    assert!(plan(wide).contains("every cell computes in f64, on the plain engine"), "{}", plan(wide));
    assert!(!plan(TINY).contains("f64"));
    let first_losses = |program: &str, engine: &str| {
        let out = folder.path().join(engine);
        let chosen = ["--arm", "direct", "--seeds", "1", "--limit", "10 steps"];
        let run = ["run", program, "--out", out.to_str().unwrap(), "--engine", engine];
        let told = output(&[&run[..], &chosen].concat());
        assert!(told.status.success(), "{}", text(&told.stderr));
        let curve = fs::read_to_string(out.join("curves.jsonl")).unwrap();
        let point: serde_json::Value = serde_json::from_str(curve.lines().nth(1).unwrap()).unwrap();
        point["training_loss"].as_f64().unwrap()
    };
    let (fast, plain) = (first_losses(TINY, "fast"), first_losses(TINY, "plain"));
    assert!((fast - plain).abs() < 1e-4, "{fast} and {plain}");
    // Their bits differ, so neither is taken for the other; nor is what a machine without fused operations computes.
    let cells = |engine: &str| -> Vec<String> {
        let marks = fs::read_dir(folder.path().join(engine).join("store/cells")).unwrap();
        marks.map(|mark| mark.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_ne!(cells("fast"), cells("plain"));
    let keys = |vectors: &str| {
        let mut command = icl(&["plan", TINY, "--no-calibrate", "--format", "json"]);
        text(&command.env("ICL_VECTORS", vectors).output().unwrap().stdout)
    };
    assert_ne!(keys("plain"), keys("avx2"));
    assert_eq!(keys("avx2"), keys("avx512"));
}

#[test]
fn five_faults_of_one_file_are_five_findings_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.icl");
    let good = fs::read_to_string("tests/programs/warmup.icl").unwrap();
    let bad = good
        .replacen("after: 3", "after: 13", 1)
        .replace("heads: 4, width: 128", "heads: 5, widht: 128")
        .replace("arm direct { curriculum", "arm direct { curiculum")
        .replace("10 epochs", "10 epoks");
    fs::write(&file, bad).unwrap();
    let output = output(&["check", file.to_str().unwrap()]);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(1), ""));
    let shown = text(&output.stdout);
    assert!(shown.contains("bad.icl: 5 errors\n"), "{shown}");
    let ids: Vec<&str> = shown.lines().filter(|line| line.starts_with('E')).collect();
    assert_eq!(ids, ["E0304", "E0303", "E0204", "E0202", "E0203"]);
    for place in ["bad.icl:18:9]", "bad.icl:38:41]", "bad.icl:38:44]", "bad.icl:46:16]", "bad.icl:48:69]"] {
        assert!(shown.contains(place), "{place} in\n{shown}");
    }
    assert_eq!(shown.matches("help:").count(), 5);
    assert!(!shown.contains('\u{1b}'), "no colours on a pipe");
}

#[test]
fn the_published_study_plans_25_cells_of_46920_steps() {
    let output = output(&["plan", "tests/programs/warmup.icl", "--format", "json"]);
    assert!(output.status.success());
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let cells = plan[0]["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 25);
    assert!(cells.iter().all(|cell| cell["steps"] == 46_920 && cell["tokens"] == 480_000_000));
    // 12 layers of 12 d^2 + 13 d, positions, read-in of 768, read-out of 15, last norm, by hand.
    let by_hand = 12 * (12 * 128 * 128 + 13 * 128) + 80 * 128 + (768 * 128 + 128) + (128 * 15 + 15) + 2 * 128;
    assert_eq!(cells[0]["parameters"], by_hand);
    let keys: std::collections::BTreeSet<&str> = cells.iter().map(|cell| cell["key"].as_str().unwrap()).collect();
    assert_eq!(keys.len(), 25);
}

#[test]
fn a_finished_study_answers_at_once_and_again_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let first = run_tiny(&run, &[]);
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert_eq!(text(&first.stderr), "", "quiet when piped");
    let shown = text(&first.stdout);
    assert!(shown.contains("tiny: plateau of icl_accuracy") && shown.contains("6 of 6 cells trained"), "{shown}");
    for file in ["plateau.csv", "plateau.md", "curves.jsonl", "run.toml", "figures/icl_accuracy.svg"] {
        assert!(run.join(file).metadata().unwrap().len() > 0, "{file}");
    }
    let picture = fs::read(run.join("figures/icl_accuracy.png")).unwrap();
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
    let before = results(&run);
    // A curve and a last checkpoint for each of six segments.
    assert_eq!(before.len(), 1 + 2 * 6);

    let second = run_tiny(&run, &[]);
    let again = text(&second.stdout);
    assert!(again.contains("all 6 cells were finished before"));
    let table = |shown: &str| shown[..shown.find("cells").unwrap()].rsplit_once('\n').unwrap().0.to_string();
    assert_eq!(table(&shown), table(&again));
    assert_eq!(results(&run), before);

    fs::remove_dir_all(&run).unwrap();
    assert!(run_tiny(&run, &["--jobs", "1"]).status.success());
    assert_eq!(results(&run), before, "the same bits from nothing, on another number of threads");
}

#[test]
fn a_run_that_is_killed_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    assert!(run_tiny(&whole, &[]).status.success());
    let broken = folder.path().join("broken");
    let arguments = ["run", TINY, "--out", broken.to_str().unwrap(), "--jobs", "1", "--checkpoint-every", "0"];
    let mut kills = 0;
    for attempt in 0..40 {
        let mut child = icl(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let patience = Duration::from_millis(60 + 13 * attempt);
        let begun = Instant::now();
        let ended = loop {
            match child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if begun.elapsed() > patience => break None,
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        match ended {
            Some(status) => {
                assert!(status.success());
                break;
            }
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                kills += 1;
            }
        }
    }
    assert!(run_tiny(&broken, &[]).status.success());
    assert!(kills > 0, "nothing was killed, so nothing was tested");
    assert_eq!(results(&broken), results(&whole), "after {kills} kills");
}

#[test]
fn ctrl_c_stops_cleanly_says_what_is_kept_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let long = ["--set", "total=3k steps", "--seeds", "1", "--arm", "boosted"];
    assert!(run_tiny(&whole, &long).status.success());
    let stopped = folder.path().join("stopped");
    let mut arguments = vec!["run", TINY, "--out", stopped.to_str().unwrap()];
    arguments.extend(long);
    let child = icl(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let growing = || {
        let segment = fs::read_dir(stopped.join("store/segments")).ok()?.next()?.ok()?.path();
        let mut files = fs::read_dir(segment).ok()?.filter_map(|file| Some(file.ok()?.path()));
        files.find(|file| file.extension().is_some_and(|extension| extension == "jsonl"))
    };
    let begun = Instant::now();
    while !growing().is_some_and(|curve| fs::read_to_string(curve).is_ok_and(|text| text.lines().count() > 3)) {
        assert!(begun.elapsed() < Duration::from_mins(1), "the run did not begin");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let said = text(&output.stderr);
    assert!(said.contains("kept 0 finished cells of 1 and checkpoints of 1 more"), "{said}");
    let mut again = vec![];
    again.extend(long);
    assert!(run_tiny(&stopped, &again).status.success());
    assert_eq!(results(&stopped), results(&whole));
}

#[test]
fn a_trial_is_marked_and_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tiny.icl");
    fs::copy(TINY, &file).unwrap();
    let output =
        icl(&["run", "tiny.icl", "--limit", "20 steps", "--seeds", "1"]).current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    assert!(shown.contains("A trial: every run was cut after 20 steps"), "{shown}");
    assert!(folder.path().join("runs/tiny-trial/run.toml").exists());
    assert!(fs::read_to_string(folder.path().join("runs/tiny-trial/run.toml")).unwrap().contains("trial_steps = 20"));
    assert!(!folder.path().join("runs/tiny").exists());
}

#[test]
fn a_task_that_computes_with_embeddings_is_checked_planned_sampled_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let study = "use std.classification\nuse std.models\nuse std.curricula\n\
        data images = shapes3d(values: [4, 1, 4, 1, 3, 1], width: 8, entangled: 0%)\n\
        let lifted = classification.projected_labels(maps: 16, images: images, width: 6, points: 9)\n\
        metric right = accuracy(lifted)\n\
        experiment study {\n  model: models.gpt2(layers: 1, heads: 1, width: 16)\n  data: fresh\n  batch: 4\n  \
        optimizer: adam(lr: 1e-3)\n  seeds: 1\n  curriculum: curricula.only(lifted, 100 steps)\n  \
        measure { every: 5 steps, on: 8 sequences, right }\n  report { plot: right by arm }\n}\n";
    fs::write(folder.path().join("study.icl"), study).unwrap();
    let said = |arguments: &[&str]| {
        let output = icl(arguments).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    };
    assert_eq!(said(&["check", "study.icl"]), "study.icl: no findings\n");
    assert!(said(&["plan", "study.icl"]).contains("study: 1 cell"));
    let drawn: serde_json::Value =
        serde_json::from_str(&said(&["sample", "study.icl", "lifted", "-n", "1", "--format", "json"])).unwrap();
    assert_eq!(drawn["sequences"][0]["input"][8].as_array().unwrap().len(), 6);
    said(&["sample", "study.icl", "lifted", "-n", "2", "--sheet", "sheet.png"]);
    assert!(fs::read(folder.path().join("sheet.png")).unwrap().starts_with(b"\x89PNG"));
    assert!(said(&["run", "study.icl", "--limit", "5 steps"]).contains("1 of 1 cells trained"));
}

#[test]
fn arms_seeds_and_params_are_chosen_from_outside() {
    let plan = |more: &[&str]| {
        let mut arguments = vec!["plan", TINY, "--format", "json"];
        arguments.extend(more);
        let output = output(&arguments);
        let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let cells = plan[0]["cells"].as_array().unwrap().clone();
        cells
            .iter()
            .map(|cell| (cell["arm"].to_string(), cell["seed"].as_u64().unwrap(), cell["steps"].as_u64().unwrap()))
            .collect::<Vec<_>>()
    };
    let mixed = "\"mixed\"".to_string();
    assert_eq!(plan(&["--arm", "mixed", "--seeds", "5,7"]), [(mixed.clone(), 5, 120), (mixed.clone(), 7, 120)]);
    assert_eq!(plan(&["--arm", "mixed", "--seeds", "1", "--set", "total=2 epochs"]), [(mixed, 1, 54)]);
}

#[test]
fn wrong_command_lines_are_told_with_a_cure() {
    let cases: [(&[&str], i32, &str); 10] = [
        (&["run", "nowhere.icl"], 1, "nowhere.icl cannot be read"),
        (&["run", TINY, "--limit", "20 epoks"], 2, "--limit takes a number of steps"),
        (&["run", TINY, "--seeds", "many"], 2, "--seeds takes a number"),
        (&["run", TINY, "--seeds", "99999999999"], 2, "--seeds takes from 1 to 10000 seeds"),
        (&["run", TINY, "--limit", "1.5 steps"], 2, "--limit takes a number of steps"),
        (&["run", TINY, "--arm", "dircet"], 2, "there is no arm `dircet`; `tiny` has direct, mixed, boosted"),
        (&["run", TINY, "--set", "totla=3 steps"], 1, "write `--set total=3 steps`"),
        (&["run", TINY, "--set", "total"], 2, "write NAME=VALUE"),
        (&["run", TINY, "--out", "Cargo.toml/run"], 1, "cannot make the folder Cargo.toml/run/store/segments"),
        (&["explain", "E9999"], 1, "no page"),
    ];
    for (arguments, code, said) in cases {
        let output = output(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let shown = text(&output.stderr);
        assert!(shown.contains(said), "{arguments:?} said\n{shown}");
        assert!(!shown.contains("panicked"), "{shown}");
    }
}

#[test]
fn what_cannot_be_printed_is_a_failure() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = icl(&["plan", TINY]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("standard output cannot be written"));
}

#[test]
fn an_arm_is_looked_for_in_every_experiment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.icl");
    let one = fs::read_to_string(TINY).unwrap();
    let (_, experiment) = one.split_once("experiment tiny").unwrap();
    fs::write(&file, format!("{one}\nexperiment second{}", experiment.replace("arm boosted", "arm helped"))).unwrap();
    let output = output(&["plan", file.to_str().unwrap(), "--arm", "helped", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan.as_array().unwrap().len(), 1);
    assert_eq!((plan[0]["experiment"].as_str(), plan[0]["cells"].as_array().unwrap().len()), (Some("second"), 2));
}
