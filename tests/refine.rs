//! Exits placed by finer evaluations around them: the same values as of a run that is evaluated so finely throughout, the same
//! exit, and the same after a kill in the middle.

use icl::check::check;
use icl::plan::{Plan, Selection};
use icl::stats::{self, Curve, Exit, Rule};
use icl::store::{Kind, Store};
use icl::world::Memory;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const COARSE: u64 = 50;
const FINE: u64 = 10;

/// Two arms, one with two stages, whose exits lie at different steps.
fn study(every: u64, plateau: &str) -> String {
    format!(
        "use std.shapes\nuse std.models\nuse std.curricula
data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 16)
let easy = shapes.classify(maps: 1, images: images, points: 6)
let hard = shapes.classify(maps: 8, images: images, points: 6)
metric lost = cross_entropy(easy)
#allow(W0203, \"a test of exits\")
experiment study {{
  model: models.gpt2(layers: 1, heads: 2, width: 16)
  data: fresh
  batch: 12
  optimizer: adam(lr: 3e-4)
  seeds: 3
  arm direct {{ curriculum: curricula.only(easy, 400 steps) }}
  arm turned {{ curriculum: curricula.warm_up(easy, hard, switch: 120 steps, total: 400 steps) }}
  measure {{ every: {every} steps, on: 96 sequences, lost }}
  plateau {{ of: lost, exit: 30%, held: 3 evaluations, from: 1.4, to: 0.7{plateau} }}
  report {{ table: plateau, plot: lost by arm }}
}}\n"
    )
}

fn command(folder: &Path, out: &str, program: &str, more: &[&str]) -> Command {
    let file = folder.join("study.icl");
    fs::write(&file, program).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.arg("run").arg(&file).arg("--out").arg(folder.join(out)).args(more);
    command.env("ICL_CACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache")).env_remove("COLUMNS");
    command
}

fn run(folder: &Path, out: &str, program: &str) -> String {
    let output = command(folder, out, program, &[]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8(output.stderr).unwrap());
    String::from_utf8(output.stdout).unwrap()
}

/// What was measured of every run, by arm and seed, from the reports.
fn curves(folder: &Path, out: &str) -> BTreeMap<(String, u64), Curve> {
    let mut curves: BTreeMap<(String, u64), Curve> = BTreeMap::new();
    for line in fs::read_to_string(folder.join(out).join("curves.jsonl")).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let key = (line["arm"].as_str().unwrap().to_string(), line["seed"].as_u64().unwrap());
        let curve = curves.entry(key).or_default();
        curve.steps.push(line["step"].as_f64().unwrap());
        curve.values.push(line["measures"]["lost"].as_f64().unwrap());
    }
    curves
}

/// The times of exits by arm, as the report has them.
fn exits(folder: &Path, out: &str) -> BTreeMap<String, Vec<f64>> {
    let text = fs::read_to_string(folder.join(out).join("plateau.json")).unwrap();
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    let row = |row: &serde_json::Value| {
        let points = row["survival"]["points"].as_array().unwrap();
        let times = points.iter().flat_map(|point| {
            let time = point["time"].as_f64().unwrap();
            (0..point["events"].as_u64().unwrap()).map(move |_| time)
        });
        (row["name"].as_str().unwrap().to_string(), times.collect())
    };
    told["summary"]["rows"].as_array().unwrap().iter().map(row).collect()
}

/// Every value that the store has of a study, by segment and step, whoever wrote it.
fn values(folder: &Path, out: &str) -> BTreeMap<(String, u64), u64> {
    let store = Store::at(folder.join(out).join("store"));
    let mut all = BTreeMap::new();
    for key in store.segments().unwrap() {
        for (step, point) in store.segment(&key).curve().unwrap().points {
            let value = point.values.values().next().unwrap().value.unwrap();
            assert_eq!(all.insert((key.clone(), step), value.to_bits()), None);
        }
    }
    all
}

fn rule() -> Rule {
    Rule { exit: 0.3, ..Rule::between(1.4, 0.7) }
}

#[test]
fn a_refined_exit_is_that_of_a_run_evaluated_finely_throughout() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let refine = format!(", refine: {FINE} steps");
    let told = run(folder, "refined", &study(COARSE, &refine));
    run(folder, "fine", &study(FINE, ""));
    run(folder, "coarse", &study(COARSE, ""));
    // What is added stands under the same segments, with the same bits, and changes nothing else.
    let (refined, fine, coarse) = (values(folder, "refined"), values(folder, "fine"), values(folder, "coarse"));
    assert!(refined.iter().all(|(at, bits)| fine.get(at) == Some(bits)));
    assert!(coarse.iter().all(|(at, bits)| refined.get(at) == Some(bits)));
    assert!(refined.len() > coarse.len() && refined.len() < fine.len());
    assert_eq!(curves(folder, "refined"), curves(folder, "coarse"));
    // Each exit follows from the fine curve in the bracket that the coarse one finds; and where the fine curve by itself has
    // its exit there, it is that to the bit.
    let reported = exits(folder, "refined");
    let (mut expected, mut same): (BTreeMap<String, Vec<f64>>, usize) = (BTreeMap::new(), 0);
    for ((arm, seed), whole) in curves(folder, "fine") {
        let keep = |every: u64| {
            let at: Vec<usize> =
                (0..whole.steps.len()).filter(|&at| (whole.steps[at] as u64).is_multiple_of(every)).collect();
            Curve {
                steps: at.iter().map(|&at| whole.steps[at]).collect(),
                values: at.iter().map(|&at| whole.values[at]).collect(),
            }
        };
        let coarse = stats::plateau(&keep(COARSE), &rule()).unwrap().exit;
        let everywhere = stats::plateau(&whole, &rule()).unwrap().exit;
        let Exit::At { time: seen, bracket: (before, after) } = coarse else { continue };
        let within = everywhere.time().filter(|time| (before..=after).contains(time));
        let exit = within.unwrap_or(seen);
        println!("{arm} {seed}: coarse {coarse:?}, throughout {everywhere:?}");
        let told = &reported[&arm];
        if within.is_some() {
            assert!(told.contains(&exit), "{arm} {seed}: {exit} in {told:?}");
            same += 1;
        }
        expected.entry(arm).or_default().push(exit);
    }
    assert!(same >= 3, "{same} of the exits lie in the bracket");
    for (arm, times) in &expected {
        assert_eq!(times.len(), reported[arm].len(), "{arm}");
    }
    assert!(told.contains("exits are placed by further ones 10 steps apart"), "{told}");
    // Checkpoints that it needed are gone with it: whole ones stay where stages end, and the newest on the way.
    let store = Store::at(folder.join("refined/store"));
    for key in store.segments().unwrap() {
        let kept = store.segment(&key).checkpoints().unwrap();
        assert!(kept.iter().filter(|kept| kept.kind == Kind::Way).count() == 0, "{kept:?}");
    }
    // It is finished: nothing is computed again, and what is gone of it is.
    let again = run(folder, "refined", &study(COARSE, &refine));
    assert!(again.contains("finished before"), "{again}");
    for key in store.segments().unwrap() {
        let path = store.segment(&key).folder().join("curve.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        let whole = |line: &&str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["record"]["evaluated"]["step"].as_u64().is_none_or(|step| step % COARSE == 0)
        };
        fs::write(&path, text.lines().filter(whole).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }
    run(folder, "refined", &study(COARSE, &refine));
    assert_eq!(values(folder, "refined"), refined);
    assert_eq!(exits(folder, "refined"), reported);
}

#[test]
fn a_kill_while_steps_are_made_again_changes_no_bit() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let program = study(COARSE, &format!(", refine: {FINE} steps"));
    run(folder, "whole", &program);
    let (whole, reported) = (values(folder, "whole"), exits(folder, "whole"));
    let fine = |out: &str| {
        let store = Store::at(folder.join(out).join("store"));
        let keys = store.segments().unwrap_or_default();
        let curves = keys.iter().filter_map(|key| store.segment(key).curve().ok());
        curves.flat_map(|curve| curve.points.into_keys()).filter(|step| step % COARSE != 0).count()
    };
    let all = fine("whole");
    let mut between = 0;
    // Killed when so many of the finer evaluations are there, then gone on with until the next such instant.
    for wanted in [1, 2, 5, 9, 14, 20] {
        let mut child = command(folder, "killed", &program, &["--checkpoint-every", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while child.try_wait().unwrap().is_none() && fine("killed") < wanted {
            std::thread::sleep(std::time::Duration::from_micros(200));
        }
        let _ = child.kill();
        child.wait().unwrap();
        between += usize::from((1..all).contains(&fine("killed")));
    }
    assert!(between > 0, "no kill came while steps were made again, so nothing was tested");
    run(folder, "killed", &program);
    assert_eq!(values(folder, "killed"), whole);
    assert_eq!(exits(folder, "killed"), reported);
}

#[test]
fn a_plan_counts_what_it_takes_and_it_is_part_of_a_cell_alone() {
    let plan = |plateau: &str| {
        let world = Memory([(PathBuf::from("study.icl"), study(COARSE, plateau))].into());
        let program = check(&world, Path::new("study.icl"), &[]).program.unwrap();
        Plan::new(program.experiments[0].clone(), &Selection::default())
    };
    let (plain, refined) = (plan(""), plan(", refine: 10 steps"));
    let (a, b) = (&plain.cells[0], &refined.cells[0]);
    assert_ne!(a.key, b.key, "what it reports is another");
    assert_eq!((&a.segments, &a.measures), (&b.segments, &b.measures), "what is trained and measured is not");
    let (a, b) = (plain.cost(a), refined.cost(b));
    // A stretch of 50 steps, and around it two evaluations for running medians on either side and two to hold the exit.
    assert_eq!(b.evaluations, a.evaluations + 5 + 6);
    let again = (b.training_flops - a.training_flops) / a.training_flops * 400.0;
    assert!((again - 110.0).abs() < 1e-6, "{again} steps are made again");
    assert!(b.evaluation_flops > a.evaluation_flops && b.steps == a.steps);
}
