//! What is concluded from curves beside the plateau: last values, onsets, stairs; and the tables as commands print them.

use icl::check::check;
use icl::engine::measure::{Levels, Point};
use icl::report::concluded::conclude;
use icl::report::study::{CellCurve, Study};
use icl::stats::{Bound, EndArm, OnsetArm, OnsetRun, Run, ends, onsets};
use icl::world::Memory;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn close(got: f64, want: f64, within: f64, what: &str) {
    assert!((got - want).abs() <= within, "{what}: got {got}, want {want}");
}

fn oracle() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/ends.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn arm(name: &str, values: &[f64]) -> EndArm {
    let runs: Vec<(u64, Option<f64>)> = values.iter().enumerate().map(|(seed, v)| (seed as u64, Some(*v))).collect();
    EndArm { name: name.into(), planned: runs.len(), runs }
}

#[test]
fn last_values_agree_with_scipy() {
    let oracle = oracle();
    for pair in oracle["pairs"].as_array().unwrap() {
        let rows = ends(&[arm("b", &numbers(&pair["b"])), arm("a", &numbers(&pair["a"]))]);
        assert!(rows[0].against.is_none());
        let against = rows[1].against.as_ref().unwrap();
        close(against.difference, pair["difference"].as_f64().unwrap(), 1e-12, "difference");
        close(against.permutation.p, pair["p"].as_f64().unwrap(), 1e-9, &format!("p of {pair}"));
        assert!(against.permutation.p >= against.smallest_p - 1e-12, "{pair}");
        assert_eq!(against.p_holm, against.permutation.p);
    }
    for told in oracle["intervals"].as_array().unwrap() {
        let values = numbers(&told["values"]);
        let want = numbers(&told["interval"]);
        let got = ends(&[arm("a", &values)])[0].interval;
        if values.len() == 1 {
            assert_eq!(got, None);
            continue;
        }
        let (low, high) = got.unwrap();
        // Of two and three values the ends are the smallest and the largest; of more the draws come near the full count.
        let within = if values.len() < 4 { 1e-12 } else { 0.05 * (want[1] - want[0]) };
        close(low, want[0], within, &format!("lower end of {told}"));
        close(high, want[1], within, &format!("upper end of {told}"));
    }
}

#[test]
fn runs_without_a_last_value_are_counted_and_pairs_narrow_the_interval() {
    let mut broken = arm("broken", &[0.5, 0.6, 0.9]);
    broken.planned = 5;
    broken.runs[1].1 = None;
    let rows = ends(&[arm("base", &[0.1, 0.2, 0.9]), broken, arm("none", &[])]);
    assert_eq!((rows[1].n, rows[1].without, rows[1].missing), (2, 1, 2));
    close(rows[1].mean.unwrap(), 0.7, 1e-12, "mean");
    assert_eq!(rows[1].against.as_ref().unwrap().pairs, 2);
    assert!(rows[2].mean.is_none() && rows[2].against.is_none());
    // The arm is above its baseline by the same in every seed, however much seeds differ.
    let rows = ends(&[arm("base", &[0.0, 0.2, 0.4, 0.8]), arm("above", &[0.1, 0.3, 0.5, 0.9])]);
    let (low, high) = rows[1].against.as_ref().unwrap().interval.unwrap_or((0.1, 0.1));
    assert!((low - 0.1).abs() < 1e-12 && (high - 0.1).abs() < 1e-12);
    // Holm over two arms: the smaller p is doubled.
    let rows = ends(&[arm("base", &[0.0, 0.1, 0.2]), arm("far", &[1.0, 1.1, 1.2]), arm("near", &[0.1, 0.0, 0.2])]);
    let p = |row: usize| rows[row].against.as_ref().unwrap();
    close(p(1).permutation.p, 0.1, 1e-12, "3 against 3");
    close(p(1).p_holm, 0.2, 1e-12, "after Holm");
    close(p(2).p_holm, 1.0, 1e-12, "the other");
}

fn onset_arm(pairs: &[(Run, Run)]) -> OnsetArm {
    let runs = pairs.iter().enumerate().map(|(seed, (first, second))| OnsetRun {
        seed: seed as u64,
        first: first.clone(),
        second: second.clone(),
    });
    OnsetArm { name: "arm".into(), planned: pairs.len(), runs: runs.collect() }
}

#[test]
fn lags_agree_with_scipy_and_hide_no_censored_pair() {
    for told in oracle()["lags"].as_array().unwrap() {
        let lags = numbers(&told["lags"]);
        let pairs: Vec<(Run, Run)> =
            lags.iter().map(|lag| (Run::escaped(0, 5000.0), Run::escaped(0, 5000.0 + lag))).collect();
        let rows = onsets(&[onset_arm(&pairs)]);
        let row = &rows[0];
        let lag = row.lag.as_ref().unwrap();
        close(lag.mean, told["mean"].as_f64().unwrap(), 1e-9, "mean lag");
        close(lag.permutation.p, told["p"].as_f64().unwrap(), 1e-9, &format!("p of {told}"));
        assert_eq!(row.pairs, [lags.len(), 0, 0, 0]);
        close(lag.smallest_p, 2.0 / 2f64.powi(lags.len() as i32), 1e-15, "smallest p");
    }
    let (out, stuck) = (|time| Run::escaped(0, time), |time| Run::censored(0, time));
    let rows = onsets(&[onset_arm(&[
        (out(100.0), out(300.0)),
        (out(400.0), stuck(1000.0)),
        (stuck(1000.0), stuck(1000.0)),
        (out(500.0), out(450.0)),
    ])]);
    let row = &rows[0];
    assert_eq!(row.pairs, [2, 1, 0, 1]);
    let lag = row.lag.as_ref().unwrap();
    close(lag.mean, (200.0 + 600.0 - 50.0) / 3.0, 1e-9, "the pair with neither is in no lag");
    assert_eq!((lag.bound, lag.order), (Bound::AtLeast, (2, 1)));
    assert_eq!((row.first.reached, row.second.reached), (3, 2));
    let none = onsets(&[onset_arm(&[(stuck(9.0), stuck(9.0))])]);
    assert!(none[0].lag.is_none() && none[0].p_holm.is_none());
    // More flips than are gone through are drawn, with the error said.
    let many: Vec<(Run, Run)> = (0..25).map(|i| (out(100.0), out(100.0 + f64::from(i % 5) - 1.0))).collect();
    let rows = onsets(&[onset_arm(&many)]);
    let p = &rows[0].lag.as_ref().unwrap().permutation;
    assert!(!p.exact() && p.error.unwrap() < 2e-3 && p.p < 0.01, "{p:?}");
}

fn point(step: u64, values: &[f64]) -> Point {
    let values: Vec<Option<f64>> = values.iter().map(|value| value.is_finite().then_some(*value)).collect();
    Point { step, loss: None, parts: vec![Vec::new(); values.len()], beside: Vec::new(), values, by_position: None }
}

#[test]
fn every_stair_of_a_staircase_has_an_exit() {
    let text = fs::read_to_string("tests/programs/markov.icl").unwrap().replace("  sweep states in [2, 3, 5]\n", "");
    let text = text.replace("plot: loss by states, plot: distance to [ngram(1, 1), ngram(2, 1)]", "plot: loss by arm");
    let world = Memory([(PathBuf::from("markov.icl"), text)].into());
    let experiment = check(&world, Path::new("markov.icl"), &[]).program.unwrap().experiments.remove(0);
    // At 1.0 until 1000, at 0.6 until 3000, at 0.2 from there on: each step takes one evaluation.
    let cell = |seed: u64, late: u64| {
        let loss = |step: u64| {
            if step < 1000 {
                1.0
            } else if step < 3000 + late {
                0.6
            } else {
                0.2
            }
        };
        let stairs = vec![Some(0.6)];
        CellCurve {
            arm: 0,
            seed,
            points: (0..=100).map(|at| point(at * 50, &[loss(at * 50)])).collect(),
            levels: vec![Levels { blind: Some(1.0), ideal: Some(0.2), stairs }],
            entries: vec![0],
            finished: true,
            stands: None,
            fine: Vec::new(),
        }
    };
    let mut cells: Vec<CellCurve> = (1..=9).map(|seed| cell(seed, 100 * seed)).collect();
    cells.push(CellCurve { finished: false, stands: Some(1200), ..cell(10, 0) });
    let left_out = vec!["Not asked for: seed 11 of the program.".to_string()];
    let study =
        Study { experiment: &experiment, point: 0, arms: vec![0], cells: &cells, limit: None, left_out: &left_out };
    let flights = study.flights(experiment.plateau.as_ref().unwrap()).unwrap();
    let labels: Vec<&str> = flights.iter().map(|flight| flight.label.as_str()).collect();
    assert_eq!(labels, ["blind to ngram(1, 1)", "ngram(1, 1) to ideal"]);
    let median = |flight: usize| flights[flight].summary.rows[0].survival.median.value.unwrap();
    // Half-way between two evaluations 50 steps apart.
    close(median(0), 975.0, 1e-9, "the first stair");
    close(median(1), 3475.0, 1e-9, "the second stair");
    let concluded = conclude(&experiment, std::slice::from_ref(&study)).unwrap();
    let (name, table) = &concluded.tables[0];
    assert_eq!((name.as_str(), table.rows.len()), ("plateau", 3));
    assert_eq!(table.rows[2][0], "staircase, ngram(1, 1) to ideal");
    let notes = table.notes.join("\n");
    assert!(notes.contains("1 of 10 runs are not finished: seed 10 stands at step 1,200 of 5,000."), "{notes}");
    assert!(notes.contains("seed 11 of the program"), "{notes}");
    assert!(notes.contains("evaluations lie 50 steps apart"), "{notes}");
    assert_eq!(concluded.findings["stairs"][1]["flight"], "ngram(1, 1) to ideal");
    // A stair that does not lie between its neighbours is none.
    let mut odd = cells.clone();
    odd.iter_mut().for_each(|cell| cell.levels[0].stairs = vec![Some(1.2)]);
    let study = Study { cells: &odd, ..study };
    assert!(study.flights(experiment.plateau.as_ref().unwrap()).unwrap().is_empty());
}

fn icl(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).env("ICL_CACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache")).env_remove("COLUMNS");
    command.output().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The tiny study with every table and a claim that so few seeds cannot support.
fn concluding() -> String {
    let tiny = fs::read_to_string("tests/programs/tiny.icl").unwrap();
    tiny.replace(
        "  report { table: plateau,",
        "  expect rmst(boosted) < rmst(direct) at 50%
  report { table: plateau, table: final, table: onset of weights before icl_accuracy,",
    )
    .replace("  arm mixed { curriculum: curricula.mixed(easy, hard, total) }\n", "")
}

#[test]
fn tables_are_printed_again_without_training_finished_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("study.icl");
    fs::write(&file, concluding()).unwrap();
    let (file, out) = (file.to_str().unwrap(), folder.path().join("out"));
    let out = out.to_str().unwrap();
    let none = icl(&["report", file, "--out", out]);
    assert!(none.status.success() && printed(&none).contains("seed 1 is not begun, seed 2 is not begun"), "{none:?}");
    let run = icl(&["run", file, "--out", out, "--seeds", "1", "--format", "json"]);
    assert!(run.status.success(), "{run:?}");
    let told: Value = serde_json::from_str(&printed(&run)).expect("one document and nothing beside it");
    let named: Vec<&String> = told["tables"].as_object().unwrap().keys().collect();
    assert_eq!(named, ["claims", "final", "measures", "onset", "plateau"]);
    assert_eq!(told["statistics"]["final"]["weights"][0]["n"], 1);
    assert!(told["tables"]["final"]["notes"].to_string().contains("Not asked for: seed 2 of the program."));
    // All seeds are asked for, and one of each arm is there.
    let text = printed(&icl(&["report", file, "--out", out]));
    assert!(text.contains("direct: 1 of 2 runs are not finished: seed 2 is not begun."), "{text}");
    for title in ["plateau of icl_accuracy", "details of exits", "last values", "onset of weights before icl_accuracy"]
    {
        assert!(text.contains(title), "{title} in\n{text}");
    }
    let page = icl(&["report", file, "--out", out, "--html"]);
    let at = folder.path().join("out/report.html");
    assert_eq!(printed(&page), format!("page: {}\n", at.display()));
    let html = fs::read_to_string(&at).unwrap();
    assert!(html.contains("2 of 4 runs are finished") && html.contains("not begun"));
    let whole = icl(&["run", file, "--out", out]);
    assert!(whole.status.success(), "{whole:?}");
    // The folder of the run says what it was run with.
    let of = |more: &[&str]| printed(&icl(&[&["report", out], more].concat()));
    let latex = of(&["--format", "latex", "--table", "final"]);
    assert_eq!(latex.matches("\\begin{tabular}{llrrrr}").count(), 1, "{latex}");
    assert!(latex.contains("icl\\_accuracy & direct & 2 & ") && latex.contains("\\toprule"), "{latex}");
    let csv = of(&["--format", "csv", "--table", "onset"]);
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert_eq!(csv, fs::read_to_string(folder.path().join("out/onset.csv")).unwrap());
    let markdown = of(&["--format", "markdown", "--table", "plateau"]);
    assert_eq!(markdown, fs::read_to_string(folder.path().join("out/plateau.md")).unwrap());
    let unknown = icl(&["report", out, "--table", "plato"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(of(&["--html"]).starts_with("page: "));
    let html = fs::read_to_string(&at).unwrap();
    assert!(html.contains("All 4 runs are finished.") && html.contains("The program is the same."));
    assert!(html.contains(&format!("icl run {out}/program.icl")));
    // A program that says the same in other words is diffed with that of the last report, whose results it has.
    fs::write(file, format!("{}// So be it.\n", concluding())).unwrap();
    let own = folder.path().join("own.html");
    let page = icl(&["report", file, "--out", out, &format!("--html={}", own.display())]);
    assert!(page.status.success(), "{page:?}");
    let html = fs::read_to_string(&own).unwrap();
    assert!(html.contains("<ins>+// So be it.</ins>") && html.contains("All 4 runs are finished."));
}

#[test]
fn a_claim_that_is_not_supported_is_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("study.icl");
    // In one of 1000 steps nothing leaves a plateau whose exit is at 99%, so that nothing is told apart.
    fs::write(&file, concluding().replace("exit: 50%", "exit: 99%")).unwrap();
    let out = folder.path().join("out");
    let run = |more: &[&str]| {
        let common = ["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()];
        icl(&[&common[..], more].concat())
    };
    let unmet = run(&["--expect"]);
    assert_eq!(unmet.status.code(), Some(3), "{unmet:?}");
    let told = String::from_utf8(unmet.stderr).unwrap();
    assert!(told.contains("not as expected: rmst(boosted) < rmst(direct) at 50%: undecided"), "{told}");
    assert_eq!(run(&[]).status.code(), Some(0));
    let report = icl(&["report", out.to_str().unwrap(), "--expect", "--arm", "direct"]);
    assert_eq!(report.status.code(), Some(3));
    assert!(String::from_utf8(report.stderr).unwrap().contains("not judged, since an arm has no finished run"));
    let nothing = icl(&["run", "tests/programs/tiny.icl", "--out", out.to_str().unwrap(), "--expect"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert_eq!(run(&["--expect", "--limit", "20 steps"]).status.code(), Some(2));
}
