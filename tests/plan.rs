//! `icl plan`: what cells take before they run, held against what they take; plans in files; where values come from.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const TINY: &str = "tests/programs/tiny.icl";

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

fn stdout(arguments: &[&str]) -> String {
    let output = output(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&stdout(&[arguments, &["--format", "json"]].concat())).unwrap()
}

/// A study of linear functions of so many numbers, without figures.
fn linear(path: &Path, batch: usize, on: usize, width: usize, dim: usize) {
    let study = format!(
        "use std.curricula\nuse std.models\n
task plane(dim: count) {{
  per sequence {{ w ~ normal()[dim] }}
  per example {{
    x ~ normal()[dim]
    y = dot(w, x)
  }}
  length: 10
  input: x
  target: y
  blind: dim
  ideal: 0
}}
let flat = plane(dim: {dim})
metric error = squared_error(flat)
experiment study {{
  model: models.gpt2(layers: 1, heads: 1, width: {width})
  data: fresh
  batch: {batch}
  optimizer: adam(lr: 1e-3)
  seeds: 2
  curriculum: curricula.only(flat, 2 steps)
  measure {{ every: 2 steps, on: {on} sequences, error }}
}}\n"
    );
    fs::write(path, study).unwrap();
}

/// Bytes that a process had in memory at its peak, as a released build would have: pages of the program's own file are
/// more in a build for debugging.
#[cfg(target_os = "linux")]
fn peak(arguments: &[&str]) -> u64 {
    const RELEASED: u64 = 11_000_000;
    let mut child = icl(arguments).stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let told = fs::read_to_string(&status).unwrap_or_default();
        let of = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
        };
        if let (Some(peak), Some(file)) = (of("VmHWM:"), of("RssFile:")) {
            most = most.max(1024 * peak.saturating_sub(file) + RELEASED);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().success());
    most
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_modelled_within_15_percent_of_the_peak() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("study.icl");
    let path = program.to_str().unwrap();
    // Many held-out sequences of many numbers, or of few. (Where the arrays of one step are tens of megabytes, what the
    // allocator can use anew differs from run to run, as docs/planning.md says.)
    for (batch, on, width, dim) in [(8, 4000, 16, 200), (64, 20_000, 32, 20)] {
        linear(&program, batch, on, width, dim);
        for (jobs, seeds) in [("1", "1"), ("2", "2")] {
            let plan = json(&["plan", path, "--no-calibrate", "--jobs", jobs, "--seeds", seeds]);
            let modelled = plan[0]["all"]["memory_bytes"].as_u64().unwrap();
            let out = folder.path().join(format!("{batch}-{jobs}"));
            let measured = peak(&["run", path, "--jobs", jobs, "--seeds", seeds, "--out", out.to_str().unwrap()]);
            let ratio = modelled as f64 / measured as f64;
            assert!((0.85..1.15).contains(&ratio), "batch {batch}, on {on}, {jobs} jobs: {modelled} and {measured}");
        }
    }
}

#[test]
fn every_number_says_what_it_stands_on() {
    let plan = json(&["plan", TINY, "--jobs", "2"]);
    let (cells, all) = (plan[0]["cells"].as_array().unwrap(), &plan[0]["all"]);
    for cell in cells {
        let footing = cell["footing"].as_object().unwrap();
        for (name, value) in cell.as_object().unwrap() {
            assert!(!value.is_number() || name == "seed" || footing.contains_key(name), "{name}");
        }
        assert_eq!((&footing["parameters"], &footing["memory_bytes"]), (&"exact".into(), &"modelled".into()));
        assert_eq!(footing["seconds"], "measured");
        assert!(cell["seconds"].as_f64().unwrap() > 0.0 && cell["memory_bytes"].as_u64().unwrap() > 0);
    }
    let sum: f64 = cells.iter().map(|cell| cell["seconds"].as_f64().unwrap()).sum();
    assert!((all["seconds"].as_f64().unwrap() - sum / 2.0).abs() < 1e-9 * sum, "two cells at once");
    // An arm of two stages takes as long as one of one, since it makes as many steps of the same batches.
    let quick = json(&["plan", "experiments/quickstart.icl", "--seeds", "1"]);
    let seconds = |arm: &str| {
        let mut cells = quick[0]["cells"].as_array().unwrap().iter();
        cells.find(|cell| cell["arm"] == arm).unwrap()["seconds"].as_f64().unwrap()
    };
    let ratio = seconds("warmup") / seconds("direct");
    assert!((0.5..2.0).contains(&ratio), "{ratio}");
    let untimed = json(&["plan", TINY, "--no-calibrate"]);
    assert!(untimed[0]["cells"][0]["seconds"].is_null() && untimed[0]["all"]["seconds"].is_null());
}

#[test]
fn cells_that_differ_in_their_seed_share_a_row_and_notes_tell_the_footings() {
    let shown = stdout(&["plan", "tests/programs/warmup.icl", "--no-calibrate"]);
    let row = shown.lines().find(|line| line.starts_with("direct")).unwrap();
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(words[..4], ["direct", "1..5", "46,920", "2.5M"], "{shown}");
    assert_eq!(shown.lines().filter(|line| line.starts_with("direct")).count(), 1);
    for note in ["exact: steps", "modelled: memory", "time was not measured", "25 cells"] {
        assert!(shown.contains(note), "{note} in\n{shown}");
    }
    let every = stdout(&["plan", "tests/programs/warmup.icl", "--no-calibrate", "--cells"]);
    assert_eq!(every.lines().filter(|line| line.contains(" direct ")).count(), 5, "{every}");
    let seeds = stdout(&["plan", TINY, "--no-calibrate", "--seeds", "1,2,3,7,9,10"]);
    assert!(seeds.contains("1..3, 7, 9, 10"), "{seeds}");
}

#[test]
fn guards_leave_a_least_and_a_most() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("study.icl");
    linear(&program, 8, 8, 16, 4);
    let written = fs::read_to_string(&program).unwrap();
    let guarded = "curriculum guarded(on: task) {
  stage first { train: on, until: squared_error(on) < 1 for 2 evaluations, at_most: 60 steps }
  stage rest { train: on, for: 40 steps }
}
experiment";
    let written = written
        .replacen("experiment", guarded, 1)
        .replace("curricula.only(flat, 2 steps)", "guarded(flat)")
        .replace("use std.curricula\n", "");
    fs::write(&program, written).unwrap();
    let shown = stdout(&["plan", program.to_str().unwrap(), "--no-calibrate"]);
    assert!(shown.contains("[41, 100]") && shown.contains("[least, most]"), "{shown}");
    assert!(shown.contains("[6,560, 16k]"), "tokens of 8 sequences of 20: {shown}");
}

#[test]
fn a_plan_in_a_file_is_run_exactly_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (program, plan, out) = (at("study.icl"), at("plan.json"), at("run"));
    linear(Path::new(&program), 8, 8, 16, 4);
    let study = fs::read_to_string(&program).unwrap();
    let told = stdout(&["plan", &program, "--no-calibrate", "--seeds", "2,5", "--out", &plan]);
    assert!(told.contains("icl run"), "{told}");
    // A comment, a name and a line more move no key.
    fs::write(&program, format!("// Looked at again.\n{}", study.replace("flat", "level"))).unwrap();
    let ran = output(&["run", &plan, "--out", &out]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert!(text(&ran.stdout).contains("2 of 2 cells"), "{}", text(&ran.stdout));
    // Another learning rate moves all of them.
    fs::write(&program, study.replace("1e-3", "2e-3")).unwrap();
    let refused = output(&["run", &plan, "--out", &out]);
    let reason = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{reason}");
    assert!(reason.contains("2 of 2 differ; nothing was run"), "{reason}");
    assert!(reason.contains("seed 5: its key was") && reason.contains("help:"), "{reason}");
    let chosen = output(&["run", &plan, "--seeds", "1"]);
    assert_eq!(chosen.status.code(), Some(2));
    assert!(text(&chosen.stderr).contains("leave --arm, --seeds"));
    fs::write(&plan, "{}").unwrap();
    assert!(text(&output(&["run", &plan]).stderr).contains("is no plan"));
}

#[test]
fn a_study_that_takes_too_long_is_a_finding() {
    for command in ["check", "plan", "run"] {
        let told = output(&[command, TINY, "--max-time", "0s"]);
        let said = text(&told.stdout) + &text(&told.stderr);
        assert_eq!(told.status.code(), Some(1), "{command}: {said}");
        assert!(said.contains("E0401") && said.contains("takes about") && said.contains("--max-time"), "{said}");
    }
    assert!(output(&["plan", TINY, "--max-time", "1000h"]).status.success());
    let slip = output(&["plan", TINY, "--max-time", "soon"]);
    assert!(slip.status.code() == Some(2) && text(&slip.stderr).contains("90s"));
}

#[test]
fn every_setting_says_where_it_was_written() {
    let program = "experiments/quickstart.icl";
    let source = fs::read_to_string(program).unwrap();
    let line = |words: &str| source.lines().position(|line| line.contains(words)).unwrap() + 1;
    let told = json(&["plan", program, "--why", "--arm", "direct", "--set", "total=1k steps"]);
    let settings = told[0]["arms"][0]["settings"].as_array().unwrap();
    let of = |name: &str| settings.iter().find(|row| row["setting"] == name).unwrap_or_else(|| panic!("{name}"));
    for (name, value, words) in [
        ("model.width", "64", "models.gpt2(layers: 2"),
        ("optimizer.lr", "1e-3", "optimizer: adam"),
        ("curriculum.main.train.maps", "256", "param maps"),
        ("curriculum.main.train.points", "10", "let hard"),
        ("curriculum.main.train.images.width", "64", "data images"),
        ("measure.weights.fit.lr", "1e-2", "fit: linear"),
    ] {
        let row = of(name);
        assert_eq!((row["value"].as_str(), row["line"].as_u64()), (Some(value), Some(line(words) as u64)), "{name}");
        assert_eq!((row["from"].as_str(), row["file"].as_str()), (Some("line"), Some(program)), "{name}");
    }
    let std = of("model.norm");
    assert_eq!((std["value"].as_str(), std["file"].as_str()), (Some("pre"), Some("<std>/models.icl")));
    assert_eq!(
        (of("optimizer.eps")["from"].as_str(), of("optimizer.eps")["value"].as_str()),
        (Some("default"), Some("1e-8"))
    );
    assert_eq!(
        (of("curriculum.main.for")["from"].as_str(), of("curriculum.main.for")["value"].as_str()),
        (Some("set"), Some("1k steps"))
    );

    let swept = stdout(&["plan", "tests/programs/markov.icl", "--why", "states"]);
    assert!(swept.contains("[2, 3, 5]") && swept.contains("sweep, tests/programs/markov.icl:37"), "{swept}");
    let slip = output(&["plan", program, "--why", "wdth"]);
    assert_eq!(slip.status.code(), Some(2));
    assert!(text(&slip.stderr).contains("`--why width`"), "{}", text(&slip.stderr));
}
