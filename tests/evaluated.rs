//! Studies of models that exist: the checkpoints of a training that PyTorch made and measured itself
//! (experiments/trajectory/make_trajectory.py), as cells of a study, resumed, incomplete, and as a start of a training.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const STEPS: [u64; 20] =
    [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 1000, 1050, 1100, 1150, 1200, 1300, 1400, 1700, 2000];

fn icl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_icl")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The study of experiments/trajectory.icl on so many sequences, with the checkpoints of some steps beside it.
fn study(sequences: usize, steps: &[u64]) -> tempfile::TempDir {
    let at = tempfile::tempdir().unwrap();
    let program = fs::read_to_string("experiments/trajectory.icl").unwrap();
    let (folder, on) = ("../tests/oracle/trajectory/step{step}", "on: 2000 sequences");
    assert!(program.contains(folder) && program.contains(on));
    let program = program.replace(folder, "step{step}").replace(on, &format!("on: {sequences} sequences"));
    fs::write(at.path().join("study.icl"), program).unwrap();
    fs::create_dir(at.path().join("trajectory")).unwrap();
    fs::copy("experiments/trajectory/words.tsv", at.path().join("trajectory/words.tsv")).unwrap();
    steps.iter().for_each(|step| bring(*step, &at.path().join(format!("step{step}"))));
    at
}

/// Puts the checkpoint of a step into a folder.
fn bring(step: u64, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(format!("tests/oracle/trajectory/step{step}")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Step and accuracy at every line of a curve, by step.
fn curve(folder: &Path) -> Vec<(u64, f64)> {
    let lines = fs::read_to_string(folder.join("runs/study/curves.jsonl")).unwrap();
    let mut points: Vec<(u64, f64)> = lines
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let step = line["point"]["step"].as_str().unwrap().parse().unwrap();
            (step, line["measures"]["answer_accuracy"].as_f64().unwrap())
        })
        .collect();
    points.sort_by_key(|point| point.0);
    points
}

#[test]
fn the_plateau_of_a_published_training_is_where_pytorch_saw_it() {
    let sequences = 1000;
    let at = study(sequences, &STEPS);
    let output = icl(at.path(), &["run", "study.icl"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = fs::read_to_string("tests/oracle/trajectory/evaluation.tsv").unwrap();
    let expected: Vec<(u64, f64)> = told
        .lines()
        .skip(2)
        .map(|line| {
            let mut cells = line.split('\t');
            (cells.next().unwrap().parse().unwrap(), cells.next().unwrap().parse().unwrap())
        })
        .collect();
    let found = curve(at.path());
    assert_eq!(found.len(), 20);
    for ((step, accuracy), (same, theirs)) in found.iter().zip(&expected) {
        assert_eq!(step, same);
        // Both are shares of sequences of their own, 1,000 and 2,000: four standard errors of the difference.
        let share = theirs.clamp(0.02, 0.98);
        let error = (share * (1.0 - share) * (1.0 / sequences as f64 + 1.0 / 2000.0)).sqrt();
        assert!((accuracy - theirs).abs() < 4.0 * error, "step {step}: {accuracy}, and PyTorch {theirs}");
    }
    // Half-way from a quarter to one, on a straight line between evaluations: PyTorch's first line says 1,120.5.
    let line = told.lines().next().unwrap();
    let theirs: f64 = line.split_once("at step ").unwrap().1.split(',').next().unwrap().parse().unwrap();
    let findings = fs::read_to_string(at.path().join("runs/study/plateau.json")).unwrap();
    let findings: serde_json::Value = serde_json::from_str(&findings).unwrap();
    let median = findings["summary"]["rows"][0]["survival"]["median"]["value"].as_f64().unwrap();
    assert!((median - theirs).abs() < 60.0, "{median} for {theirs}");
    assert!(at.path().join("runs/study/figures").read_dir().unwrap().count() > 0);
    // Nothing is measured twice, and no weights are kept.
    let again = icl(at.path(), &["run", "study.icl"]);
    assert!(text(&again.stdout).contains("all 20 cells were finished before"), "{}", text(&again.stdout));
    for segment in fs::read_dir(at.path().join("runs/store/segments")).unwrap() {
        let kept = segment.unwrap().path().join("checkpoints");
        assert!(!kept.exists() || kept.read_dir().unwrap().count() == 0, "{}", kept.display());
    }
}

#[test]
fn a_missing_revision_is_left_out_only_where_that_is_allowed() {
    let at = study(100, &STEPS[..18]);
    let refused = icl(at.path(), &["run", "study.icl"]);
    let told = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("2 models are not here:\n  step1700\n  step2000\n"), "{told}");
    assert!(told.contains("--allow-missing") && !at.path().join("runs").exists(), "{told}");
    let allowed = icl(at.path(), &["run", "study.icl", "--allow-missing"]);
    assert!(allowed.status.success(), "{}", text(&allowed.stderr));
    let told = text(&allowed.stdout);
    assert!(
        told.contains("18 of 18 cells measured") && told.contains("Not here: 2 models, step1700 to step2000."),
        "{told}"
    );
    let before = curve(at.path());
    assert_eq!(before.len(), 18);
    // They come, and the others are not measured again. A file that is damaged meanwhile is told before anything is run.
    [1700, 2000].into_iter().for_each(|step| bring(step, &at.path().join(format!("step{step}"))));
    let weights = at.path().join("step2000/model.safetensors");
    let whole = fs::read(&weights).unwrap();
    fs::write(&weights, &whole[..whole.len() / 2]).unwrap();
    let damaged = icl(at.path(), &["run", "study.icl", "--allow-missing"]);
    assert_eq!(damaged.status.code(), Some(1));
    assert!(text(&damaged.stderr).contains("E0314") && text(&damaged.stderr).contains("is cut short"));
    fs::write(&weights, whole).unwrap();
    let all = icl(at.path(), &["run", "study.icl"]);
    assert!(text(&all.stdout).contains("2 of 20 cells measured"), "{}", text(&all.stdout));
    assert_eq!(curve(at.path())[..18], before);
}

#[test]
fn a_published_model_is_trained_further() {
    let at = study(100, &[1000]);
    let program = fs::read_to_string(at.path().join("study.icl")).unwrap();
    let (items, _) = program.split_once("experiment trajectory").unwrap();
    let measured =
        "probe known { of: named, read: residual(after: 2) at row.word, predict: values, fit: ridge(1e-2) }\n";
    let items = items.replacen("use std.text", "use std.curricula\nuse std.text", 1);
    let study = |experiment: &str| format!("{items}{measured}{experiment}");
    let measure = "on: 100 sequences, answer_accuracy, known";
    let evaluated = study(&format!("experiment study {{ evaluate: standin(1000)\n measure {{ {measure} }} }}"));
    let trained = study(&format!(
        "experiment study {{\n model: standin(1000)\n data: fresh\n batch: 8\n optimizer: adam(lr: 3e-3)\n seeds: 1\n \
         curriculum: curricula.only(named, 60 steps)\n measure {{ every: 30 steps, {measure} }}\n}}"
    ));
    let run = |name: &str, program: &str, more: &[&str]| {
        fs::write(at.path().join(format!("{name}.icl")), program).unwrap();
        let output = icl(at.path(), &[&["run", &format!("{name}.icl"), "--store", "store"], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let lines = fs::read_to_string(at.path().join(format!("runs/{name}/curves.jsonl"))).unwrap();
        let value = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            ["answer_accuracy", "known"].map(|name| line["measures"][name].as_f64().unwrap())
        };
        lines.lines().map(value).collect::<Vec<[f64; 2]>>()
    };
    let as_it_is = run("evaluated", &evaluated, &[]);
    let further = run("trained", &trained, &[]);
    assert_eq!((as_it_is.len(), further.len()), (1, 3));
    assert_eq!(as_it_is[0], further[0], "what it starts from is what was published");
    assert_ne!(further[0], further[2], "and it is trained");
    // The weights know the kind of a word, by which its label is told.
    assert!(as_it_is[0][1] > 0.8, "{as_it_is:?}");
    // The plain engine measures the same.
    let plain = run("plain", &evaluated, &["--engine", "plain"]);
    assert!((plain[0][0] - as_it_is[0][0]).abs() < 0.011 && (plain[0][1] - as_it_is[0][1]).abs() < 0.011, "{plain:?}");
}

/// The program of the design, with stand-ins for the checkpoints of Pythia: a text with five fields, one chosen among the
/// others, and twenty revisions of which one after the other is measured.
#[test]
fn the_program_of_published_checkpoints_runs_as_it_stands() {
    let at = tempfile::tempdir().unwrap();
    fs::copy("tests/programs/checkpoints.icl", at.path().join("study.icl")).unwrap();
    fs::copy("tests/programs/words.tsv", at.path().join("words.tsv")).unwrap();
    let published =
        [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 143_000];
    for (step, own) in published.into_iter().zip(STEPS) {
        let to = at.path().join(format!("pythia-160m/step{step}"));
        bring(own, &to);
        // Rotary positions have no table, so that longer texts change no weight.
        let config = fs::read_to_string(to.join("config.json")).unwrap();
        assert!(config.contains("\"max_position_embeddings\": 64"));
        fs::write(to.join("config.json"), config.replace("_embeddings\": 64", "_embeddings\": 2048")).unwrap();
    }
    let output = icl(at.path(), &["run", "study.icl"]);
    let told = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(told.contains("20 of 20 cells measured") && told.contains("plateau of chosen"), "{told}");
    let lines = fs::read_to_string(at.path().join("runs/study/curves.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 20);
    // A model that cannot read so much is told before anything is run.
    bring(0, &at.path().join("pythia-160m/step0"));
    let short = icl(at.path(), &["check", "study.icl"]);
    let told = text(&short.stdout) + &text(&short.stderr);
    assert!(told.contains("E0319") && told.contains("the model reads 64 at most"), "{told}");
}
