//! What the commands refuse before anything is trained: studies that cost more than may be spent (E0401), and parts of
//! the language that this version does not run (E0901).

use std::path::Path;
use std::process::{Command, Output};

fn icl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_icl")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with a program of the repository as `study.icl`.
fn folder(program: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(format!("tests/programs/{program}.icl"), folder.path().join("study.icl")).unwrap();
    folder
}

#[test]
fn a_study_over_its_budget_is_a_finding_and_is_not_run() {
    let folder = folder("tiny");
    let folder = folder.path();
    for (flag, most, says) in
        [("--max-flops", "1M", "over the 1.0 MFLOP allowed"), ("--max-disk", "1kB", "over the 1.0 kB allowed")]
    {
        for command in ["check", "plan", "run"] {
            let output = icl(folder, &[command, "study.icl", flag, most]);
            let told = text(&output.stdout) + &text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{command} {flag}: {told}");
            assert!(told.contains("E0401") && told.contains(says), "{command} {flag}: {told}");
            assert_eq!(told.matches("E0401").count(), 1, "{told}");
        }
    }
    assert!(!folder.join("runs").exists(), "a refused study leaves nothing");
    // What is chosen counts, not what the file states.
    let most = ["--max-flops", "1P", "--max-disk", "1G"];
    assert!(icl(folder, &[&["plan", "study.icl"], &most[..]].concat()).status.success());
    let whole = icl(folder, &["plan", "study.icl", "--format", "json"]);
    let plans: serde_json::Value = serde_json::from_slice(&whole.stdout).unwrap();
    let flops = |cell: &serde_json::Value| {
        cell["training_flops"].as_f64().unwrap() + cell["evaluation_flops"].as_f64().unwrap()
    };
    let cells = plans[0]["cells"].as_array().unwrap();
    let (all, one): (f64, f64) = (cells.iter().map(flops).sum(), flops(&cells[0]));
    let between = f64::midpoint(all, one).to_string();
    let asked = |more: &[&str]| icl(folder, &[&["plan", "study.icl", "--max-flops", &between], more].concat());
    assert_eq!(asked(&[]).status.code(), Some(1));
    assert_eq!(asked(&["--arm", "direct", "--seeds", "1"]).status.code(), Some(0));
    let slip = icl(folder, &["plan", "study.icl", "--max-flops", "lots"]);
    assert_eq!(slip.status.code(), Some(2));
    assert!(text(&slip.stderr).contains("write a number, such as 5e18 or 5P"), "{}", text(&slip.stderr));
}

#[test]
fn what_this_version_does_not_run_is_refused_with_its_places() {
    let folder = folder("growing");
    let folder = folder.path();
    let (ramp, line) = ("active: ramp(5 -> 20, by: 1, every: 2k steps)", "noise: linear(0 -> 1, over: 30k steps)");
    let program = std::fs::read_to_string(folder.join("study.icl")).unwrap();
    assert!(program.contains(ramp));
    std::fs::write(folder.join("study.icl"), program.replace(ramp, line)).unwrap();
    assert!(icl(folder, &["check", "study.icl"]).status.success());
    assert!(icl(folder, &["plan", "study.icl"]).status.success());
    let output = icl(folder, &["run", "study.icl"]);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("E0901") && told.contains("a schedule other than a ramp is not run"), "{told}");
    assert!(told.contains(":14:"), "the place of the schedule: {told}");
    assert!(!folder.join("runs").exists(), "a refused study leaves nothing");
}

#[test]
fn models_that_are_not_here_are_named_and_nothing_is_run() {
    let folder = folder("checkpoints");
    let folder = folder.path();
    std::fs::copy("tests/programs/words.tsv", folder.join("words.tsv")).unwrap();
    for command in ["check", "plan"] {
        let output = icl(folder, &[command, "study.icl"]);
        let told = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success() && told.contains("20 models are not here"), "{told}");
    }
    // Leaving all of them out leaves nothing to measure.
    for flags in [&[][..], &["--allow-missing"]] {
        let output = icl(folder, &[&["run", "study.icl"], flags].concat());
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("none of the models is here:\n  pythia-160m/step0\n"), "{told}");
        assert!(told.contains("and 15 more\n") && told.contains("nothing was run"), "{told}");
    }
    assert!(!folder.join("runs").exists(), "a refused study leaves nothing");
}
