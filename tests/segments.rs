//! Runs as chains of segments: what is trained once, what is gone on with, what is only looked at again.

use icl::check::check;
use icl::plan::{Plan, Selection, Sharing};
use icl::world::Memory;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn icl(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).env("ICL_CACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache")).env_remove("COLUMNS");
    let output = command.output().unwrap();
    let [out, told] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{arguments:?}\n{out}{told}");
    out
}

/// A study on four images' factors, with these lines in its experiment.
fn study(lines: &str) -> String {
    format!(
        "use std.shapes\nuse std.models\nuse std.curricula\n
param total: duration = 60 steps
param switch: duration = 20 steps
data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 16)
let easy = shapes.classify(maps: 1, images: images, points: 6)
let hard = shapes.classify(maps: 8, images: images, points: 6)
metric right = accuracy(hard) at last
metric right_easy = accuracy(easy)
metric loss_now = cross_entropy(hard)
probe weights {{
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}}
curriculum guarded(a: task, b: task) {{
  stage warm {{ train: a, until: accuracy(a) > 35% for 2 evaluations, at_most: 50 steps }}
  stage main {{ train: b, for: 60 steps - elapsed, optimizer: reset }}
}}
#allow(W0203, \"a test of segments\")
experiment study {{
  model: models.gpt2(layers: 1, heads: 2, width: 16)
  batch: 12
  optimizer: adam(lr: 3e-3)
  seeds: 2
{lines}
}}\n"
    )
}

const WARM: &str = "  data: fresh
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: switch, total: total) }
  measure { every: 5 steps, on: 48 sequences, right, weights }";

struct Folder {
    temporary: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        Self { temporary: tempfile::tempdir().unwrap() }
    }

    /// Runs a program in a folder of this name, and gives what it printed.
    fn run(&self, name: &str, program: &str, more: &[&str]) -> String {
        let file = self.temporary.path().join("study.icl");
        fs::write(&file, program).unwrap();
        let out = self.out(name);
        let mut arguments = vec!["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()];
        arguments.extend(more);
        icl(&arguments)
    }

    fn out(&self, name: &str) -> PathBuf {
        self.temporary.path().join(name)
    }

    /// The lines of the curves, sorted.
    fn curves(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.out(name).join("curves.jsonl")).unwrap();
        let mut lines: Vec<String> = text.lines().map(ToString::to_string).collect();
        lines.sort();
        lines
    }

    /// Steps that were trained in all, as the segments say.
    fn trained(&self, name: &str) -> u64 {
        let mut steps = 0;
        for segment in entries(&self.out(name).join("store/segments")) {
            for line in fs::read_to_string(segment.join("curve.jsonl")).unwrap().lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                steps += line["record"]["worked"]["steps"].as_u64().unwrap_or(0);
            }
        }
        steps
    }

    /// The weights where segments end, by segment and step.
    fn ends(&self, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let root = self.out(name).join("store/segments");
        let files = entries(&root).into_iter().flat_map(|segment| entries(&segment.join("checkpoints")));
        let ends = files.filter(|file| file.to_str().unwrap().ends_with(".end.safetensors"));
        ends.map(|file| (file.strip_prefix(&root).unwrap().to_path_buf(), fs::read(&file).unwrap())).collect()
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

#[test]
fn a_stage_that_arms_share_is_trained_once_and_forked_runs_agree_to_the_bit() {
    let folder = Folder::new();
    let swept =
        study(&format!("  sweep pause in [10, 20, 35]\n{}", WARM.replace("switch: switch", "switch: pause * 1 step")));
    folder.run("forked", &swept, &[]);
    // For each of two seeds: the easy stage once, to 35; from 10, 20 and 35 the hard one to 60.
    assert_eq!(folder.trained("forked"), 2 * (35 + 50 + 40 + 25));
    let mut separate = Vec::new();
    for pause in ["10", "20", "35"] {
        let own = study(&WARM.replace("switch: switch", &format!("switch: {pause} steps")));
        folder.run(pause, &own, &[]);
        assert_eq!(folder.trained(pause), 2 * 60);
        let point = format!("\"point\":{{\"pause\":\"{pause}\"}},");
        let named = |line: String| line.replacen("\"seed\"", &format!("{point}\"seed\""), 1);
        separate.extend(folder.curves(pause).into_iter().map(named));
    }
    separate.sort();
    assert_eq!(folder.curves("forked"), separate);
    // What ends at step 60 has the same weights and moments, whoever trained the beginning.
    let forked = folder.ends("forked");
    for pause in ["10", "20", "35"] {
        for (name, bytes) in folder.ends(pause) {
            assert_eq!(forked.get(&name), Some(&bytes), "{}", name.display());
        }
    }
}

#[test]
fn a_plan_tells_what_is_trained_once() {
    let lines = "  data: fresh
  sweep pause in [10, 20, 40]
  arm direct { curriculum: curricula.only(hard, 100 steps) }
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: pause * 1 step, total: 100 steps) }
  measure { every: 10 steps, on: 48 sequences, right }";
    let world = Memory([(PathBuf::from("study.icl"), study(lines))].into());
    let program = check(&world, Path::new("study.icl"), &[]).program.unwrap();
    let sharing = Sharing::of(&Plan::new(program.experiments[0].clone(), &Selection::default()));
    assert_eq!(sharing.apart.0, 2 * 3 * 200);
    // For each seed: direct once, the easy stage to 40, the hard one from each of three switches.
    assert_eq!(sharing.together.0, 2 * (100 + 40 + 90 + 80 + 60));
    assert_eq!(sharing.twins, 2 * 2, "direct does not depend on the switch");
    let ratio = sharing.together.1 / sharing.apart.1;
    assert!((ratio - 740.0 / 1200.0).abs() < 1e-9, "{ratio}");
}

#[test]
fn a_longer_study_goes_on_where_the_shorter_one_ended() {
    let folder = Folder::new();
    folder.run("extended", &study(WARM), &[]);
    assert_eq!(folder.trained("extended"), 2 * 60);
    folder.run("extended", &study(WARM), &["--set", "total=90 steps"]);
    assert_eq!(folder.trained("extended"), 2 * 90, "thirty steps more for each seed");
    folder.run("whole", &study(WARM), &["--set", "total=90 steps"]);
    assert_eq!(folder.curves("extended"), folder.curves("whole"));
    // And the shorter one is there without a step.
    let told = folder.run("extended", &study(WARM), &[]);
    assert_eq!(folder.trained("extended"), 2 * 90);
    assert!(told.contains("finished before"), "{told}");
}

#[test]
fn a_schedule_that_spans_the_run_makes_a_longer_run_another() {
    let folder = Folder::new();
    let falling = study(WARM).replace("adam(lr: 3e-3)", "adam(lr: cosine(3e-3 -> 1e-4, over: total))");
    folder.run("falling", &falling, &[]);
    folder.run("falling", &falling, &["--set", "total=90 steps"]);
    assert_eq!(folder.trained("falling"), 2 * (60 + 90));
}

#[test]
fn a_measure_that_is_added_is_all_that_is_computed() {
    let folder = Folder::new();
    let less = study(&WARM.replace(", weights", ""));
    folder.run("grown", &less, &[]);
    let before = folder.ends("grown");
    // Every evaluation has a checkpoint, so that nothing is trained again.
    folder.run("kept", &study(&format!("{}\n  keep: all", WARM.replace(", weights", ""))), &[]);
    folder.run("kept", &study(&format!("{WARM}\n  keep: all")), &[]);
    // From step 0 there is no checkpoint but the first weights; all others are looked at where they stand.
    assert_eq!(folder.trained("kept"), 2 * 60);
    // Else it is trained again, to the same bits: up to 15 and from 20 up to 55, since 20 and 60 have checkpoints.
    folder.run("grown", &study(WARM), &[]);
    assert_eq!(folder.trained("grown"), 2 * (60 + 15 + 35));
    folder.run("whole", &study(WARM), &[]);
    assert_eq!(folder.curves("grown"), folder.curves("whole"));
    assert_eq!(folder.curves("kept"), folder.curves("whole"));
    assert_eq!(folder.ends("grown"), before);
    // A measure that is taken away, and evaluations further apart, cost nothing.
    folder.run("grown", &less.replace("every: 5 steps", "every: 15 steps"), &[]);
    assert_eq!(folder.trained("grown"), 2 * (60 + 15 + 35));
    folder.run("apart", &less.replace("every: 5 steps", "every: 15 steps"), &[]);
    assert_eq!(folder.curves("grown"), folder.curves("apart"), "losses between evaluations too");
}

#[test]
fn a_guard_ends_its_stage_at_the_evaluation_where_it_has_held() {
    let folder = Folder::new();
    let lines = "  data: fresh
  arm guarded { curriculum: guarded(easy, hard) }
  measure { every: 5 steps, on: 48 sequences, right_easy, right }";
    folder.run("guarded", &study(lines), &["--seeds", "4"]);
    let mut ends = Vec::new();
    for seed in 1..=4 {
        let curve: Vec<serde_json::Value> = (folder.curves("guarded").iter())
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|line: &serde_json::Value| line["seed"] == seed)
            .collect();
        let mut easy: Vec<(u64, f64)> = (curve.iter())
            .map(|line| (line["step"].as_u64().unwrap(), line["measures"]["right_easy"].as_f64().unwrap()))
            .collect();
        easy.sort_by_key(|(step, _)| *step);
        assert_eq!(easy.last().unwrap().0, 60, "a total counts the stage before");
        let held = easy.windows(2).find(|two| two[0].0 > 0 && two.iter().all(|(_, right)| *right > 0.35));
        ends.push(held.map_or(50, |two| two[1].0).min(50));
    }
    let mut trained: Vec<u64> = Vec::new();
    for mark in entries(&folder.out("guarded").join("store/cells")) {
        let mark: toml::Value = toml::from_str(&fs::read_to_string(mark).unwrap()).unwrap();
        let seed = mark["names"]["seed"].as_integer().unwrap() as usize;
        trained.resize(trained.len().max(seed), 0);
        trained[seed - 1] = mark["segments"][0][1].as_integer().unwrap() as u64;
    }
    assert_eq!(trained, ends);
    assert!(ends.iter().any(|end| *end < 50), "no guard held: {ends:?}");
    // A run that is killed inside of a stage decides alike: nothing but records is looked at.
    let again = folder.run("guarded", &study(lines), &["--seeds", "4"]);
    assert!(again.contains("finished before"), "{again}");
}

#[test]
fn a_run_that_stops_at_its_exit_has_the_same_exit() {
    let folder = Folder::new();
    let lines = |stop: &str| {
        format!(
            "  data: fresh
  arm direct {{ curriculum: curricula.only(easy, 400 steps) }}
  arm slower {{ curriculum: curricula.only(easy, 400 steps), optimizer: adam(lr: 1e-3) }}
  measure {{ every: 10 steps, on: 96 sequences, right_easy }}
  plateau {{ of: right_easy, exit: 30%, held: 3 evaluations{stop} }}
  report {{ table: plateau, plot: right_easy by arm }}"
        )
    };
    folder.run("whole", &study(&lines("")), &["--seeds", "3"]);
    folder.run("stopped", &study(&lines(", stop: at exit")), &["--seeds", "3"]);
    assert_eq!(folder.trained("whole"), 6 * 400);
    assert!(folder.trained("stopped") < 6 * 350, "{} steps", folder.trained("stopped"));
    let rows = |name: &str| {
        let text = fs::read_to_string(folder.out(name).join("plateau.csv")).unwrap();
        // All columns but the last, which is progress at the end.
        text.lines().skip(1).map(|line| line.rsplit_once(',').unwrap().0.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(rows("stopped").len(), 2);
    assert_eq!(rows("stopped"), rows("whole"));
    // Gone on with, it is the whole run; and stopped again, nothing is trained.
    folder.run("stopped", &study(&lines("")), &["--seeds", "3"]);
    assert_eq!(folder.trained("stopped"), 6 * 400);
    assert_eq!(folder.curves("stopped"), folder.curves("whole"));
    folder.run("stopped", &study(&lines(", stop: at exit")), &["--seeds", "3"]);
    assert_eq!(folder.trained("stopped"), 6 * 400);
}

#[test]
fn a_stage_with_a_loss_of_its_own_trains_on_it_and_shares_the_beginning() {
    let folder = Folder::new();
    let lines = "  data: fresh
  arm plain { curriculum: two(icl) }
  arm helped { curriculum: two(icl + 0.5 * readout(weights, at: residual(after: 1))) }
  measure { every: 10 steps, on: 48 sequences, loss_now, weights }";
    let two = "curriculum two(later: loss) {
  stage first { train: hard, for: 20 steps }
  stage second { train: hard, for: 40 steps, loss: later }
}\n#allow";
    let text = study(lines).replacen("#allow", two, 1);
    folder.run("fast", &text, &["--seeds", "1"]);
    // The head that the second stage trains is there from the start, so the first stages differ in their weights' shapes.
    assert_eq!(folder.trained("fast"), 2 * 60);
    folder.run("plain", &text, &["--seeds", "1", "--engine", "plain"]);
    let values = |name: &str| -> Vec<(String, f64)> {
        let read = |line: &String| -> (String, f64) {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            (format!("{} {}", line["arm"], line["step"]), line["measures"]["loss_now"].as_f64().unwrap())
        };
        folder.curves(name).iter().map(read).collect()
    };
    let (fast, plain) = (values("fast"), values("plain"));
    for ((at, value), (_, other)) in fast.iter().zip(&plain) {
        assert!((value - other).abs() < 1e-4, "{at}: {value} and {other}");
    }
    let at = |name: &str| fast.iter().find(|(at, _)| at == name).unwrap().1;
    assert_eq!(at("\"plain\" 20"), at("\"helped\" 20"), "the first stage does not train the head");
    assert!((at("\"plain\" 60") - at("\"helped\" 60")).abs() > 1e-6, "the second does");
}

#[test]
fn evaluations_by_decades_lie_where_powers_of_ten_do() {
    let folder = Folder::new();
    let lines = WARM.replace("every: 5 steps", "every: log(4)");
    folder.run("log", &study(&lines), &["--seeds", "1"]);
    let mut steps: Vec<u64> = (folder.curves("log").iter())
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["step"].as_u64().unwrap())
        .collect();
    steps.sort_unstable();
    // 10^(0/4), 10^(1/4) = 1.78, 3.16, 5.62, 10, 17.8, 31.6, 56.2, and the end.
    assert_eq!(steps, [0, 1, 2, 3, 6, 10, 18, 32, 56, 60]);
}
