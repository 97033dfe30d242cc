//! Exports of runs that were trained, as a user meets them.

use icl::data::files::tables::{Layout, open};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROGRAM: &str = "use std.curricula
use std.models
use std.regression

param dim: count = 3

let plane = regression.linear(dim: dim, points: 4)
metric loss_now = squared_error(plane)
probe told {
  of: plane
  read: residual(after: all) at input
  context: full
  predict: w
  fit: ridge(1e-2)
}

experiment study {
  model: models.gpt2(layers: 1, heads: 2, width: 8)
  data: fresh
  optimizer: adam(lr: 3e-3)
  seeds: 2
  curriculum: curricula.only(plane, 20 steps)
  arm small { batch: 6 }
  arm large { batch: 8 }
  sweep dim in [2, 3]
  measure { every: 5 steps, on: 12 sequences, loss_now, told }
  plateau { of: loss_now, exit: 50%, held: 1 evaluation }
}
";

/// Exit code, standard output, standard error.
fn icl(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).current_dir(folder).env_remove("ICL_STORE").stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = icl(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {out}{err}");
    out
}

fn refused(folder: &Path, arguments: &[&str], code: i32, said: &str) {
    let before = files(folder);
    let (ended, out, err) = icl(folder, arguments);
    assert!(ended == code && err.contains(said) && !err.contains("panicked"), "{arguments:?}: {ended}: {out}{err}");
    assert_eq!(files(folder), before, "{arguments:?} left something");
}

/// Every file and folder under one, by path.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        // The index of a store is a copy, which whoever looks at it makes.
        if !path.ends_with("index.sqlite") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A study that was run.
fn trained() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("study.icl"), PROGRAM).unwrap();
    done(folder.path(), &["run", "study.icl"]);
    folder
}

#[test]
fn a_study_is_exported_in_every_form() {
    let folder = trained();
    let at = folder.path();
    // 8 runs, each with 5 evaluations of a score and of a probe at two sites, and 4 training losses.
    assert!(
        done(at, &["export", "study.icl", "--to", "jsonl"])
            .starts_with("runs/study/values.jsonl: 152 values of 8 runs of study, ")
    );
    let rows = lines(&at.join("runs/study/values.jsonl"));
    assert_eq!(rows.len(), 8 * (5 * 3 + 4));
    // They are what the run wrote, and what the program says stands beside.
    let wide = lines(&at.join("runs/study/curves.jsonl"));
    for line in &wide {
        let of_line = |row: &&Value, measure: &str| {
            row["arm"] == line["arm"]
                && row["seed"] == line["seed"]
                && row["step"] == line["step"]
                && row["dim"].as_u64().unwrap().to_string() == line["point"]["dim"].as_str().unwrap()
                && row["measure"] == measure
        };
        let value = |measure: &str| rows.iter().find(|row| of_line(row, measure)).map(|row| row["value"].clone());
        assert_eq!(value("loss_now"), Some(line["measures"]["loss_now"].clone()));
        assert_eq!(value("training_loss"), Some(line["training_loss"].clone()).filter(|_| line["step"] != 0));
        let sites = rows.iter().filter(|row| of_line(row, "told")).map(|row| row["value"].as_f64().unwrap());
        let sites: Vec<f64> = sites.collect();
        assert!((sites.iter().sum::<f64>() / 2.0 - line["measures"]["told"].as_f64().unwrap()).abs() < 1e-12);
    }
    let summary: Value =
        serde_json::from_str(&done(at, &["export", "runs/study", "--to", "csv", "--format", "json"])).unwrap();
    assert_eq!(summary["runs"], serde_json::json!({ "finished": 8 }));
    assert_eq!((&summary["values"], summary["columns"].as_array().unwrap().len()), (&Value::from(152), 25));
    done(at, &["export", "study", "--to", "parquet"]);
    done(at, &["export", "study", "--to", "tensorboard"]);
    let events = files(&at.join("runs/study/tensorboard"));
    let events: Vec<_> = events.iter().filter(|path| path.extension().is_some_and(|end| end == "icl")).collect();
    assert_eq!(events.len(), 8);
    assert!(events[0].starts_with(at.join("runs/study/tensorboard/large/dim=2/seed=1")));
    // An export of the same store has the same bytes.
    let bytes = |name: &str| fs::read(at.join("runs/study").join(name)).unwrap();
    let before = (bytes("values.parquet"), fs::read(events[0]).unwrap());
    done(at, &["export", "study", "--to", "parquet"]);
    done(at, &["export", "study", "--to", "tensorboard"]);
    assert_eq!((bytes("values.parquet"), fs::read(events[0]).unwrap()), before);
    for form in [Layout::Commas, Layout::Lines, Layout::Parquet] {
        read_back(&at.join("runs/study"), form, &rows);
    }
    read_by_others(&at.join("runs/study"));
}

/// Reads a form of the table as icl reads tables of data, and compares it with the lines of JSON.
fn read_back(folder: &Path, form: Layout, lines: &[Value]) {
    let path = folder.join("values").with_extension(form.endings()[0]);
    let mut rows = open(&path, form, fs::File::open(&path).unwrap()).unwrap();
    let columns = rows.columns().to_vec();
    let (mut cells, mut read) = (Vec::new(), 0);
    while rows.next(&mut cells).unwrap() {
        for (name, cell) in columns.iter().zip(&cells) {
            match &lines[read][name] {
                Value::Null => assert_eq!(cell, "", "{name}"),
                Value::String(text) => assert_eq!(cell, text),
                number => assert_eq!(cell.parse::<f64>().unwrap(), number.as_f64().unwrap(), "{name}"),
            }
        }
        read += 1;
    }
    assert_eq!((read, columns.len()), (lines.len(), lines[0].as_object().unwrap().len()), "{}", form.title());
}

/// Lets pandas, polars, pyarrow and TensorBoard read the exports in a folder, where they are installed.
fn read_by_others(folder: &Path) {
    let python = std::env::var("ICL_PYTHON").unwrap_or_else(|_| "python3".into());
    let run = |arguments: &[&str]| Command::new(&python).args(arguments).output();
    let there = run(&["-c", "import pandas, polars, pyarrow, tensorboard"]).is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("no Python with pandas, polars, pyarrow and tensorboard here: exports were not read by them");
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/read_exports.py");
    let output = run(&[script, folder.to_str().unwrap()]).unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("the same 152 values"), "{said}");
}

#[test]
fn a_study_is_exported_as_far_as_it_is() {
    let folder = trained();
    let at = folder.path();
    let count = |status: &str| {
        done(at, &["export", "study", "--to", "jsonl"]);
        let rows = lines(&at.join("runs/study/values.jsonl"));
        let mut cells: Vec<_> =
            rows.iter().filter(|row| row["status"] == status).map(|row| row["cell"].clone()).collect();
        cells.dedup();
        cells.len()
    };
    assert_eq!(count("finished"), 8);
    // Without its mark a run is one that nobody has finished.
    let mark = fs::read_dir(at.join("runs/store/cells")).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(&mark).unwrap();
    assert_eq!((count("finished"), count("unfinished")), (7, 1));
    // Of a part of the study, of one cell, of a trial, of other values.
    done(at, &["export", "study.icl", "--to", "csv", "--arm", "large", "--seeds", "1", "--out", "part.csv"]);
    assert_eq!(fs::read_to_string(at.join("part.csv")).unwrap().lines().count(), 1 + 2 * 19);
    let left = fs::read_dir(at.join("runs/store/cells")).unwrap().next().unwrap().unwrap().path();
    let key = left.file_stem().unwrap().to_str().unwrap();
    done(at, &["export", &key[..10], "--to", "jsonl", "--out", "cell.jsonl"]);
    let cell = lines(&at.join("cell.jsonl"));
    assert!(cell.len() == 19 && cell.iter().all(|row| row["cell"] == key));
    let piped = done(at, &["export", &key[..10], "--to", "jsonl", "--out", "-"]);
    assert_eq!(piped, fs::read_to_string(at.join("cell.jsonl")).unwrap());
    refused(at, &["export", &key[..10], "--to", "csv"], 2, "name the file with --out");
    done(at, &["run", "study.icl", "--limit", "5 steps", "--arm", "small"]);
    assert!(done(at, &["export", "study-trial", "--to", "csv", "--arm", "small"]).contains("28 values of 4 runs"));
    fs::write(at.join("study.icl"), PROGRAM.replace("3e-3", "1e-3")).unwrap();
    refused(at, &["export", &key[..10], "--to", "jsonl", "--out", "-"], 1, "it has changed since");
    // The folder of the run has the program that was run.
    assert!(done(at, &["export", "runs/study", "--to", "csv"]).contains("8 runs"));
}

#[test]
fn experiments_of_one_program_share_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (_, experiment) = PROGRAM.split_once("experiment study").unwrap();
    let second = experiment.replace("  sweep dim in [2, 3]\n", "").replace("seeds: 2", "seeds: 1");
    fs::write(at.join("two.icl"), format!("{PROGRAM}\nexperiment second{second}")).unwrap();
    done(at, &["run", "two.icl"]);
    for named in ["two.icl", "two"] {
        done(at, &["export", named, "--to", "jsonl", "--out", "both.jsonl", "--force"]);
        let rows = lines(&at.join("both.jsonl"));
        let of = |study: &str| rows.iter().filter(|row| row["study"] == study).collect::<Vec<_>>();
        assert_eq!((of("study").len(), of("second").len()), (152, 38), "{named}");
        assert!(
            of("second").iter().all(|row| row["dim"].is_null()) && of("study").iter().all(|row| row["dim"].is_u64())
        );
    }
    done(at, &["export", "two.icl", "--to", "tensorboard"]);
    assert!(at.join("runs/two/tensorboard/second/large/seed=1").is_dir());
    assert!(at.join("runs/two/tensorboard/study/large/dim=3/seed=2").is_dir());
}

#[test]
fn exports_that_cannot_be_made_leave_nothing() {
    let folder = trained();
    let at = folder.path();
    fs::write(at.join("new.icl"), PROGRAM.replace("3e-3", "1e-2")).unwrap();
    fs::write(at.join("there.csv"), "mine\n").unwrap();
    fs::create_dir(at.join("mine")).unwrap();
    fs::write(at.join("mine/notes.txt"), "mine\n").unwrap();
    let export = |more: &[&'static str]| [&["export", "study", "--to"], more].concat();
    refused(
        at,
        &["export", "new.icl", "--to", "csv"],
        1,
        "no run of `study` has begun in runs/store; `icl run new.icl` trains",
    );
    refused(
        at,
        &["export", "stduy", "--to", "csv"],
        1,
        "there is no program, run folder or study `stduy`; did you mean `study`?",
    );
    refused(at, &["export", "sudy.icl", "--to", "csv"], 1, "there is no such file; did you mean `study.icl`?");
    refused(at, &["export", "runs/stdy", "--to", "csv"], 1, "did you mean `runs/study`?");
    refused(at, &["export", "mine", "--to", "csv"], 1, "mine is no folder of a run: there is no mine/run.toml");
    refused(at, &["export", "ffffffff", "--to", "csv", "--out", "a.csv"], 1, "begins with `ffffffff`");
    refused(at, &export(&["xlsx"]), 2, "possible values: jsonl, csv, parquet, tensorboard, transformers, safetensors");
    refused(at, &export(&["csv", "--arm", "smal"]), 2, "there is no arm `smal`; `study` has small, large");
    refused(
        at,
        &export(&["csv", "--step", "10"]),
        2,
        "--to csv writes curves; --step, --with and --program are of weights",
    );
    refused(at, &export(&["safetensors"]), 2, "--to safetensors writes a folder; name it with --out");
    refused(
        at,
        &export(&["safetensors", "--out", "x", "--arm", "small"]),
        2,
        "--set, --arm, --seeds and --limit are of curves",
    );
    refused(at, &export(&["csv", "--out", "there.csv"]), 1, "there.csv is there already; --force replaces it");
    refused(at, &export(&["csv", "--out", "mine"]), 1, "mine is a folder; name a file with --out");
    refused(at, &export(&["csv", "--out", "no/where.csv"]), 1, "there is no folder no");
    refused(at, &export(&["csv", "--out", "there.csv/x.csv"]), 1, "cannot write there.csv/x.csv");
    refused(at, &export(&["csv", "--out", "/dev/full", "--force"]), 1, "/dev/full is no plain file");
    refused(at, &export(&["tensorboard", "--out", "mine"]), 1, "mine holds other files than an export");
    refused(at, &export(&["tensorboard", "--out", "there.csv"]), 1, "there.csv is a file; name a folder with --out");
    refused(at, &export(&["tensorboard", "--out", "-"]), 2, "--to tensorboard writes a folder");
    assert_eq!(fs::read_to_string(at.join("there.csv")).unwrap(), "mine\n");
    done(at, &["export", "study", "--to", "csv", "--out", "there.csv", "--force"]);
    assert!(fs::read_to_string(at.join("there.csv")).unwrap().starts_with("study,arm,dim,seed,"));
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_no_part() {
    let folder = trained();
    let at = folder.path();
    fs::write(at.join("old.jsonl"), "old\n").unwrap();
    let before = files(at);
    for (to, out) in [("jsonl", "old.jsonl"), ("csv", "new.csv"), ("tensorboard", "events")] {
        // A limit on the size of files fails as a full disk does, in the middle of one.
        let script = format!("trap '' XFSZ; ulimit -f 1; exec \"$0\" export study --to {to} --out {out} --force");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_icl")]).current_dir(at).env_remove("ICL_STORE");
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("cannot write {out}: ")) && said.contains("make room"), "{said}");
        assert_eq!(files(at), before, "{to}");
        assert_eq!(fs::read_to_string(at.join("old.jsonl")).unwrap(), "old\n");
    }
}
