//! `icl compare`: findings of several studies side by side, and what keeps them from being compared.

#[path = "../examples/gallery/simulated.rs"]
#[allow(dead_code)]
mod simulated;

use icl::check::check;
use icl::diff::comparable::unlike;
use icl::plan::{Plan, Selection, plans};
use icl::report::compared::{Compared, forest, shared, table};
use icl::report::concluded::conclude;
use icl::report::study::{CellCurve, Study};
use icl::report::{Drawn, Picture, Table};
use icl::world::Memory;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// The plans of the gallery's study, some words of it replaced.
fn gallery(changes: &[(&str, &str)]) -> Vec<Plan> {
    let mut program = simulated::STUDY.to_string();
    for (from, to) in changes {
        assert!(program.contains(from), "{from}");
        program = program.replace(from, to);
    }
    let path = Path::new("study.icl");
    let mut world = Memory::default();
    world.0.insert(path.into(), program);
    let checked = check(&world, path, &[]);
    let errors: Vec<_> = checked.findings.iter().map(|finding| &finding.title).collect();
    let program = checked.program.unwrap_or_else(|| panic!("{errors:?}"));
    plans(program.experiments, &Selection::default()).unwrap()
}

fn plan(plans: &[Plan], name: &str) -> Plan {
    plans.iter().find(|plan| plan.experiment.name == name).unwrap().clone()
}

fn studies<'a>(plan: &'a Plan, cells: &'a [CellCurve]) -> Vec<Study<'a>> {
    let experiment = &plan.experiment;
    let each = experiment.arms.len() / experiment.points.len();
    let point = |point: usize| Study {
        experiment,
        point,
        arms: (point * each..(point + 1) * each).collect(),
        cells,
        limit: None,
        left_out: &[],
    };
    (0..experiment.points.len()).map(point).collect()
}

#[test]
fn cells_are_those_of_each_studys_own_tables() {
    let all = gallery(&[("table: plateau\n", "table: plateau, table: final\n")]);
    let (warmup, difficulty) = (plan(&all, "warmup"), plan(&all, "difficulty"));
    let (a, b) = (simulated::cells(&warmup), simulated::cells(&difficulty));
    let compared = [
        Compared::new("warmup".into(), &warmup.experiment, studies(&warmup, &a)).unwrap(),
        Compared::new("difficulty".into(), &difficulty.experiment, studies(&difficulty, &b)).unwrap(),
    ];
    let (measures, others) = shared(&compared);
    assert_eq!(measures, ["icl_accuracy", "weights"]);
    assert_eq!(others, [("easy_accuracy".to_string(), vec!["difficulty".to_string()])]);
    let side_by_side = table(&compared, &measures, true);
    let heads: Vec<&str> = side_by_side.columns.iter().map(|column| column.title.as_str()).collect();
    assert_eq!(
        heads,
        [
            "study",
            "arm",
            "maps",
            "escaped [95%]",
            "median exit, steps [95%]",
            "restricted mean [95%]",
            "ratio to its baseline [95%]",
            "p (Holm)",
            "icl_accuracy at the end [95%]",
            "weights at the end [95%]",
        ]
    );
    assert_eq!(side_by_side.rows.len(), 3 + 6);
    let own = |plan: &Plan, cells: &[CellCurve], name: &str| -> Table {
        let concluded = conclude(&plan.experiment, &studies(plan, cells)).unwrap();
        concluded.tables.into_iter().find(|(known, _)| known == name).unwrap().1
    };
    let (plateau, last) = (own(&warmup, &a, "plateau"), own(&warmup, &a, "final"));
    for (arm, row) in side_by_side.rows[..3].iter().enumerate() {
        assert_eq!(row[..3], ["warmup".to_string(), plateau.rows[arm][0].clone(), String::new()]);
        assert_eq!(row[3..8], plateau.rows[arm][1..6]);
        assert_eq!((&row[8], &row[9]), (&last.rows[arm][3], &last.rows[3 + arm][3]));
    }
    let plateau = own(&difficulty, &b, "plateau");
    for (point, row) in side_by_side.rows[3..].iter().enumerate() {
        assert_eq!(row[..2], ["difficulty", "difficulty"]);
        assert_eq!((&row[2], &row[3..8]), (&plateau.rows[point][0], &plateau.rows[point][2..7]));
    }
    // To be read, a row has one name, and the point in it.
    let read = table(&compared, &measures, false);
    let names: Vec<&str> = read.rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(
        names[..5],
        ["warmup, direct", "warmup, warmup", "warmup, boosted", "difficulty, maps = 1", "difficulty, maps = 10"]
    );
    assert!(read.notes.iter().any(|note| note.contains("Means are restricted to 6,000 steps")), "{:?}", read.notes);
}

#[test]
fn the_forest_draws_every_restricted_mean() {
    let all = gallery(&[]);
    let (warmup, difficulty) = (plan(&all, "warmup"), plan(&all, "difficulty"));
    let (a, mut b) = (simulated::cells(&warmup), simulated::cells(&difficulty));
    // At one point nobody gets out.
    for cell in b.iter_mut().filter(|cell| cell.arm == 5) {
        cell.points.iter_mut().for_each(|point| point.values[0] = Some(0.25));
    }
    let compared = [
        Compared::new("warmup".into(), &warmup.experiment, studies(&warmup, &a)).unwrap(),
        Compared::new("difficulty".into(), &difficulty.experiment, studies(&difficulty, &b)).unwrap(),
    ];
    let drawn = forest(&compared);
    let rows: Vec<_> = drawn.groups.iter().flat_map(|group| &group.rows).collect();
    assert_eq!(rows.len(), 9);
    let plan_of = studies(&warmup, &a);
    let summary = plan_of[0].summary(warmup.experiment.plateau.as_ref().unwrap()).unwrap();
    for (row, arm) in rows.iter().zip(&summary.rows) {
        let mean = arm.rmst.as_ref().unwrap();
        assert_eq!((row.value, row.interval, row.median), (mean.value, mean.interval, arm.survival.median.value));
    }
    assert_eq!((rows[8].at_least, rows[8].value, rows[8].median), (true, 6000.0, None));
    let picture = Picture { name: "plateaus".into(), asked: String::new(), drawn: Drawn::Forest(drawn.clone()) };
    let csv = picture.csv();
    assert_eq!(csv.lines().count(), 1 + 9);
    assert!(csv.ends_with("difficulty,\"difficulty, maps = 20k\",6000,,,true,\n"), "{csv}");
    // Words lie on the picture, and no two over each other.
    let (width, height, words) = picture.words();
    for (at, (text, area)) in words.iter().enumerate() {
        assert!(area[0] >= 0.0 && area[2] <= width && area[1] >= 0.0 && area[3] <= height, "{text} {area:?}");
        let meets =
            |other: &[f64; 4]| area[0] < other[2] && other[0] < area[2] && area[1] < other[3] && other[1] < area[3];
        assert!(words[at + 1..].iter().all(|(_, other)| !meets(other)), "{text}");
    }
    assert_eq!(&picture.png(1.0)[1..4], b"PNG");
    assert!(picture.svg().contains("maps = 20k") && picture.pdf().starts_with(b"%PDF"));
    // What nobody would draw.
    let nothing = Picture { drawn: Drawn::Forest(icl::report::forest::Forest::default()), ..picture };
    assert!(nothing.svg().starts_with("<svg"));
}

#[test]
fn what_a_number_hangs_on_is_told_where_it_is_unlike() {
    let first = plan(&gallery(&[]), "warmup");
    let said = |changes: &[(&str, &str)]| -> Vec<(String, Vec<String>)> {
        let second = plan(&gallery(changes), "warmup");
        let found = unlike(&[&first, &second], &["icl_accuracy".into(), "weights".into()]);
        found.into_iter().map(|one| (one.what, one.said)).collect()
    };
    let one = |what: &str, a: &str, b: &str| vec![(what.to_string(), vec![a.to_string(), b.to_string()])];
    assert_eq!(said(&[]), []);
    // What is studied is no obstacle.
    assert_eq!(
        said(&[
            ("batch: 100", "batch: 50"),
            ("data: 10k", "data: 5k"),
            ("lr: 1e-4", "lr: 1e-3"),
            ("heads: 4", "heads: 8")
        ]),
        []
    );
    assert_eq!(said(&[("exit: 50%", "exit: 60%")]), one("plateau exit", "50%", "60%"));
    assert_eq!(
        said(&[
            ("held: 3 evaluations }", "held: 4 evaluations, stop: at exit }"),
            ("table: plateau\n    plot: icl_accuracy by arm\n    plot: weights by arm", "table: plateau")
        ])
        .len(),
        2
    );
    assert_eq!(
        said(&[("held: 3 evaluations", "held: 3 evaluations, refine: 20 steps")]),
        one("plateau refine", "none", "20 steps")
    );
    assert_eq!(
        said(&[(
            "every: 1 epoch, on: 2k sequences, icl_accuracy, weights }",
            "every: 2 epochs, on: 2k sequences, icl_accuracy, weights }"
        )]),
        one("measure every", "100 steps", "200 steps")
    );
    assert_eq!(said(&[("on: 2k", "on: 1k")]), one("measure on", "2k sequences", "1k sequences"));
    assert_eq!(said(&[("seeds: 5", "seeds: [1, 2, 9]")]), one("seeds", "5", "[1, 2, 9]"));
    assert_eq!(said(&[("60 epochs", "70 epochs")]), one("steps", "6k steps", "7k steps"));
    assert_eq!(
        said(&[("accuracy(hard) at last", "accuracy(hard) at 3")]),
        [
            ("plateau of".to_string(), vec!["accuracy(task) at last".to_string(), "accuracy(task) at 3".to_string()]),
            ("measure icl_accuracy".into(), vec!["accuracy(task) at last".into(), "accuracy(task) at 3".into()]),
        ]
    );
    assert_eq!(said(&[("residual(after: 3) at input", "residual(after: 4) at input")])[0].0, "measure weights");
    assert_eq!(
        said(&[("param maps: count = 20k", "param maps: count = 5k")]),
        one("task", "classify(maps: 20k, points: 6)", "classify(maps: 5k, points: 6)")
    );
    // Tasks of one name that are not the same have marks that differ.
    let data = said(&[("values: [4, 1, 4, 1, 4, 1]", "values: [4, 1, 4, 1, 4, 2]")]);
    let (what, told) = &data[0];
    assert!(what == "task" && told[0] != told[1] && told.iter().all(|title| title.contains('#')), "{data:?}");
    // A trial, and a study without a plateau.
    let mut trial = first.clone();
    trial.limit = Some(20);
    let found = unlike(&[&first, &trial], &[]);
    assert_eq!((found.len(), found[0].what.as_str(), found[0].said[1].as_str()), (1, "trial", "20 steps"));
    let mut without = first.clone();
    without.experiment.plateau = None;
    assert!(
        unlike(&[&first, &without], &[]).iter().all(|one| one.what.starts_with("plateau") && one.said[1] == "none")
    );
    assert_eq!(unlike(&[&without, &without], &[]), []);
}

const PROGRAM: &str = "use std.curricula
use std.models
use std.regression

let plane = regression.linear(dim: 2, points: 3)
metric loss_now = squared_error(plane)
metric at_last = squared_error(plane) at last

experiment study {
  model: models.gpt2(layers: 1, heads: 2, width: 8)
  data: fresh
  optimizer: adam(lr: 3e-3)
  seeds: 2
  curriculum: curricula.only(plane, 30 steps)
  arm small { batch: 4 }
  arm large { batch: 8 }
  measure { every: 5 steps, on: 12 sequences, loss_now, at_last }
  plateau { of: loss_now, exit: 50%, held: 1 evaluation }
}
";

/// Exit code, standard output, standard error.
fn icl(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).current_dir(folder).env_remove("ICL_STORE").env("COLUMNS", "240").stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = icl(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {out}{err}");
    out
}

#[test]
fn studies_are_compared_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let wide = PROGRAM
        .replace("experiment study", "experiment wide")
        .replace("width: 8", "width: 16")
        .replace("exit: 50%", "exit: 40%");
    let (_, second) = PROGRAM.split_once("experiment study").unwrap();
    let two =
        format!("{PROGRAM}\nexperiment second{}", second.replace("seeds: 2", "seeds: 1").replace(", at_last }", " }"));
    for (name, program) in
        [("study", PROGRAM), ("wide", &wide), ("two", &two), ("later", &PROGRAM.replace("3e-3", "1e-3"))]
    {
        fs::write(at.join(format!("{name}.icl")), program).unwrap();
    }
    for name in ["study", "wide", "two"] {
        done(at, &["run", &format!("{name}.icl")]);
    }
    // Programs, folders and names stand for the same studies.
    let text = done(at, &["compare", "study.icl", "wide.icl"]);
    assert_eq!(text, done(at, &["compare", "runs/study", "wide"]));
    for part in [
        "findings side by side",
        "study, small",
        "wide, large",
        "ratio to its baseline",
        "loss_now at the end",
        "Ratios and p are within a study",
        "what their programs state unlike study",
        "model width: 8 -> 16; plateau exit: 50% -> 40%",
        "not comparable as they stand",
        "another share of progress is crossed sooner or later",
    ] {
        let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains(part) || text.contains(part), "{part}: {text}");
    }
    let json: Value = serde_json::from_str(&done(at, &["compare", "study", "wide", "--format", "json"])).unwrap();
    let full = &json["statistics"];
    assert_eq!(full["studies"][1]["study"], "wide");
    assert_eq!(full["studies"][0]["runs"], serde_json::json!({ "finished": 4, "planned": 4 }));
    let written: Value = serde_json::from_slice(&fs::read(at.join("runs/wide/plateau.json")).unwrap()).unwrap();
    assert_eq!(full["studies"][1]["points"][0]["summary"], written["summary"]);
    assert_eq!(full["unlike"][0]["what"], "plateau exit");
    assert_eq!(full["differences"][0]["changes"][0]["subject"], "model width");
    let csv = done(at, &["compare", "study", "wide", "--format", "csv", "--measure", "at_last"]);
    assert!(csv.starts_with("study,arm,escaped [95%],\"median exit, steps [95%]\""), "{csv}");
    assert!(csv.contains("at_last at the end [95%]") && !csv.contains("loss_now at the end"));
    assert!(done(at, &["compare", "study", "wide", "--format", "latex"]).contains("\\toprule"));
    assert!(done(at, &["compare", "study", "wide", "--format", "markdown"]).contains("| study, arm |"));

    // Experiments of one program; what only one measures is told; runs that both share are told.
    let text = done(at, &["compare", "two", "study"]);
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "second, small",
        "study of two, large",
        "`at_last` has no column: only",
        "share all of their runs",
        "share 2 runs",
        "seeds",
    ] {
        assert!(plain.contains(part), "{part}: {text}");
    }

    // A study of which nothing is there yet, and one of which a part is.
    let (code, out, err) = icl(at, &["compare", "study", "later.icl"]);
    assert!(code == 0 && err.contains("no cell of later is finished in runs/store"), "{code} {out}{err}");
    assert!(out.contains("later: small: 2 of 2 runs are not finished: seed 1 is not begun"), "{out}");
    done(at, &["run", "later.icl", "--arm", "large", "--seeds", "1"]);
    let (code, out, err) = icl(at, &["compare", "study", "later.icl"]);
    assert!(code == 0 && !err.contains("no cell"), "{err}");
    let plain = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plain.contains("later: large: 1 of 2 runs are not finished: seed 2 is not begun."), "{out}");
    // A folder that another version wrote.
    let manifest = at.join("runs/wide/run.toml");
    let own = format!("icl = \"{}\"", env!("CARGO_PKG_VERSION"));
    let older = fs::read_to_string(&manifest).unwrap().replace(&own, "icl = \"0.0.1\"");
    fs::write(&manifest, older).unwrap();
    let json: Value = serde_json::from_str(&done(at, &["compare", "study", "runs/wide", "--format", "json"])).unwrap();
    let versions = json["statistics"]["unlike"].as_array().unwrap().iter().find(|one| one["what"] == "icl").unwrap();
    assert_eq!(versions["said"], serde_json::json!([env!("CARGO_PKG_VERSION"), "0.0.1"]));

    for form in ["svg", "png", "pdf", "csv"] {
        let out = format!("forest.{form}");
        assert!(done(at, &["compare", "study", "wide", "--figure", &out]).contains(&format!("figure: {out}")));
        assert!(fs::metadata(at.join(out)).unwrap().len() > 100);
    }
    let refused = |arguments: &[&str], code: i32, said: &str| {
        let (ended, out, err) = icl(at, arguments);
        assert!(ended == code && err.contains(said) && out.is_empty(), "{arguments:?}: {ended}: {out}{err}");
    };
    fs::write(at.join("never.icl"), PROGRAM.replace("3e-3", "1e-2")).unwrap();
    fs::write(at.join("nor.icl"), PROGRAM.replace("3e-3", "1e-1").replace("experiment study", "experiment nor"))
        .unwrap();
    fs::write(at.join("wrong.icl"), PROGRAM.replace("width: 8", "width: 7")).unwrap();
    refused(&["compare"], 2, "RUN");
    refused(
        &["compare", "study"],
        2,
        "sets several studies side by side; name another beside study, or see `icl report study`",
    );
    refused(&["compare", "study", "runs/study"], 2, "runs/study is named twice");
    refused(&["compare", "study", "stduy"], 1, "no program, run folder or study `stduy`; did you mean `study`?");
    refused(&["compare", "study", "wdie.icl"], 1, "did you mean `wide.icl`?");
    refused(&["compare", "study", "wrong.icl"], 1, "2 heads cannot share a width of 7");
    refused(&["compare", "never.icl", "nor.icl"], 1, "there is nothing to compare yet");
    refused(
        &["compare", "study", "wide", "--measure", "loss_naw"],
        2,
        "no study measures `loss_naw`; did you mean `loss_now`?",
    );
    refused(
        &["compare", "study", "wide", "--figure", "forest.gif"],
        2,
        "a figure is .svg, .pdf, .png or .csv: not forest.gif",
    );
    refused(&["compare", "study", "wide", "--format", "xml"], 2, "possible values");
    let (code, _, err) = icl(at, &["compare", "study", "wide", "--figure", "no/forest.svg"]);
    assert!(code == 1 && err.contains("cannot write no/forest.svg"), "{code} {err}");
}
