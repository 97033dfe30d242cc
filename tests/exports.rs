//! `icl export` of curves: bytes that pandas, pyarrow, polars and TensorBoard read (`tests/oracle/make_exports.py`), and what a
//! user meets.

#[path = "exports/made_up.rs"]
mod made_up;
#[path = "exports/run.rs"]
mod run;

use icl::export::curves::csv::Csv;
use icl::export::curves::jsonl::Jsonl;
use icl::export::curves::parquet::Parquet;
use icl::export::curves::tensorboard::TensorBoard;
use icl::export::curves::{Exporter, Kind, Layout, rows};
use made_up::Study;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The golden files: what this program wrote, which other programs have read.
const GOLDEN: &str = "tests/oracle/exports";

fn written(study: &Study, make: &mut dyn FnMut(Layout) -> Box<dyn Exporter>) -> Layout {
    let layout = study.layout();
    let mut exporter = make(layout.clone());
    study.each(&mut |run| {
        exporter.run(run).unwrap();
        rows(run, &mut |row| exporter.row(run, row)).unwrap();
    });
    exporter.end().unwrap();
    layout
}

/// A writer whose bytes can be looked at afterwards.
#[derive(Clone, Default)]
struct Kept(std::rc::Rc<std::cell::RefCell<Vec<u8>>>);

impl std::io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn bytes(study: &Study, make: impl Fn(Layout, Kept) -> Box<dyn Exporter>) -> Vec<u8> {
    let kept = Kept::default();
    written(study, &mut |layout| make(layout, kept.clone()));
    kept.0.take()
}

fn jsonl(study: &Study) -> Vec<Value> {
    let text = bytes(study, |layout, out| Box::new(Jsonl::new(layout, out)));
    let text = String::from_utf8(text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Rows of a group: few, so that there are several groups.
const GROUP: usize = 50;

fn parquet(study: &Study) -> Vec<u8> {
    bytes(study, |layout, out| Box::new(Parquet::grouped(layout, out, GROUP).unwrap()))
}

fn event_files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(event_files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn tensorboard(study: &Study, root: &Path) {
    written(study, &mut |_| Box::new(TensorBoard::new(root, true)));
}

/// Compares with a golden file, or writes it where `GOLDEN=write` asks for that; then `make_exports.py` is to be run.
fn golden(name: &str, bytes: &[u8]) {
    let path = Path::new(GOLDEN).join(name);
    if std::env::var("GOLDEN").is_ok_and(|asked| asked == "write") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), bytes, "{name}: GOLDEN=write writes it, then make_exports.py must read it");
}

/// What other programs read in the golden files.
fn read_by_others() -> Value {
    serde_json::from_slice(&fs::read("tests/oracle/exports.json").unwrap()).unwrap()
}

#[test]
fn parquet_is_what_pyarrow_pandas_and_polars_read() {
    let study = made_up::golden();
    golden("values.parquet", &parquet(&study));
    let others = read_by_others();
    let rows = jsonl(&study);
    assert!(rows.len() > 3 * GROUP, "several groups");
    let read = others["rows"].as_array().unwrap();
    assert_eq!(read.len(), rows.len());
    let columns: Vec<String> = study.layout().columns.into_iter().map(|column| column.name).collect();
    assert_eq!(others["columns"], Value::from(columns.clone()));
    for (at, (read, row)) in read.iter().zip(&rows).enumerate() {
        let row: Vec<&Value> = columns.iter().map(|name| &row[name]).collect();
        assert_eq!(read.as_array().unwrap().iter().collect::<Vec<_>>(), row, "row {at}");
    }
    let types: Vec<&str> = others["types"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let told = study.layout().columns.into_iter().map(|column| match column.kind {
        Kind::Text => "string",
        Kind::Whole => "int64",
        Kind::Real => "double",
    });
    assert_eq!(types, told.collect::<Vec<_>>());
}

#[test]
fn event_files_are_what_tensorboard_reads() {
    let study = made_up::golden();
    let folder = tempfile::tempdir().unwrap();
    tensorboard(&study, folder.path());
    let files = event_files(folder.path());
    assert_eq!(files.len(), 2 * 4 + 2 * 4);
    let one = "labels/warmup/maps=8,switch=10_steps/seed=1/events.out.tfevents.1700000000.icl";
    golden("events.out.tfevents.golden", &fs::read(folder.path().join(one)).unwrap());
    let others = read_by_others();
    let read = others["scalars"].as_object().unwrap();
    let of_run =
        |row: &&Value| row["study"] == "labels" && row["seed"] == 1 && row["maps"] == 8 && row["switch"] == "10 steps";
    let rows = jsonl(&study);
    let rows: Vec<&Value> = rows.iter().filter(of_run).collect();
    // A tag for each measure, and behind it the layer, the target, what stands beside.
    let tags: Vec<&str> = read.keys().map(String::as_str).collect();
    let expected = [
        "at_last",
        "everywhere/layer 0",
        "everywhere/layer 0/control",
        "everywhere/layer 0/cross_entropy",
        "everywhere/layer 1",
        "everywhere/layer 1/control",
        "everywhere/layer 1/cross_entropy",
        "everywhere/layer 2",
        "everywhere/layer 2/control",
        "everywhere/layer 2/cross_entropy",
        "factors",
        "factors/control",
        "factors/target factors[0]",
        "factors/target factors[1]",
        "lens",
        "previous",
        "seen",
        "training_loss",
    ];
    assert_eq!(tags, expected);
    for (tag, measure, layer, target, column) in [
        ("at_last", "at_last", None, None, "value"),
        ("everywhere/layer 2", "everywhere", Some(2), None, "value"),
        ("everywhere/layer 1/control", "everywhere", Some(1), None, "control"),
        ("factors", "factors", Some(1), None, "value"),
        ("factors/target factors[1]", "factors", Some(1), Some("factors[1]"), "value"),
        ("training_loss", "training_loss", None, None, "value"),
    ] {
        let wanted = rows.iter().filter(|row| {
            row["measure"] == measure
                && layer.is_none_or(|layer: u64| row["layer"] == layer)
                && row["target"].as_str() == target
        });
        let wanted: Vec<(u64, Option<f32>)> =
            wanted.map(|row| (row["step"].as_u64().unwrap(), row[column].as_f64().map(|value| value as f32))).collect();
        let told = read[tag].as_array().unwrap().iter().map(|scalar| {
            let value = scalar[1].as_f64().map(|value| value as f32);
            (scalar[0].as_u64().unwrap(), value)
        });
        assert_eq!(told.collect::<Vec<_>>(), wanted, "{tag}");
    }
    // The clock of the run: it began at 1,700,000,000 and took a quarter of a second a step.
    for scalar in read["at_last"].as_array().unwrap() {
        assert_eq!(scalar[2].as_f64().unwrap(), 1.7e9 + 0.25 * scalar[0].as_f64().unwrap());
    }
}

#[test]
fn csv_says_the_same_as_jsonl() {
    let study = made_up::golden();
    let text = bytes(&study, |layout, out| Box::new(Csv::new(layout, out).unwrap()));
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let names: Vec<String> = reader.headers().unwrap().iter().map(ToString::to_string).collect();
    let rows = jsonl(&study);
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), rows.len());
    for (record, row) in records.iter().zip(&rows) {
        assert_eq!(record.len(), row.as_object().unwrap().len());
        for (name, text) in names.iter().zip(record) {
            match &row[name] {
                Value::Null => assert_eq!(text, ""),
                Value::String(known) => assert_eq!(text, known),
                number => assert_eq!(text.parse::<f64>().unwrap(), number.as_f64().unwrap()),
            }
        }
    }
}

#[test]
fn rows_say_where_each_number_is_from() {
    let rows = jsonl(&made_up::golden());
    let one = |study: &str, measure: &str, test: &dyn Fn(&Value) -> bool| -> Value {
        rows.iter().find(|row| row["study"] == study && row["measure"] == measure && test(row)).unwrap().clone()
    };
    let any = |_: &Value| true;
    let said = |row: &Value, names: &[&str]| names.iter().map(|name| row[name].clone()).collect::<Value>();
    let place = ["quantity", "site", "layer", "head", "at", "position", "target", "context", "split"];
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    for (study, measure, told) in [
        ("labels", "training_loss", r#"["training_loss",null,null,null,null,null,null,null,"training"]"#),
        ("labels", "at_last", r#"["accuracy",null,null,null,"last",null,null,null,"held_out"]"#),
        ("labels", "seen", r#"["cross_entropy",null,null,null,"all",null,null,null,"training"]"#),
        ("labels", "factors", r#"["accuracy","attention_out",1,null,"query",null,null,"full","held_out"]"#),
        ("labels", "everywhere", r#"["accuracy","residual",0,null,"input",null,null,"none","held_out"]"#),
        ("labels", "previous", r#"["previous_token_score",null,0,1,null,null,null,null,"held_out"]"#),
        ("labels", "lens", r#"["logit_lens","residual",1,null,null,null,null,null,"held_out"]"#),
        ("numbers", "squares", r#"["squared_error",null,null,null,null,1,null,null,"held_out"]"#),
        ("numbers", "plane_weights", r#"["squared_error","output",null,null,null,3,null,"full","held_out"]"#),
        ("numbers", "error_by_position", r#"["squared_error",null,null,null,null,0,null,null,"held_out"]"#),
    ] {
        assert_eq!(said(&one(study, measure, &any), &place), json(told), "{measure}");
    }
    // Knobs: numbers as numbers, durations as they are written, and one that is called as a column is.
    let knobs = ["maps", "switch", "rate", "point.layer"];
    let last = |study: &str| rows.iter().rfind(|row| row["study"] == study).unwrap();
    assert_eq!(said(last("labels"), &knobs), json(r#"[1000,"1 epoch",null,null]"#));
    assert_eq!(said(last("numbers"), &knobs), json("[null,null,0.002,2]"));
    // Stages: the step that a stage ends with is its own, and so is step 0 of the first.
    let stage =
        |step: u64| one("labels", "at_last", &|row| row["step"] == step && row["switch"] == "1 epoch")["stage"].clone();
    assert_eq!([0, 20, 40, 60].map(stage), ["warm", "warm", "main", "main"].map(Value::from));
    // Evaluations that a figure alone asks for, and those that place an exit.
    let evaluations: Vec<(u64, &str)> = rows
        .iter()
        .filter(|row| row["measure"] == "at_last" && row["cell"] == rows[0]["cell"])
        .map(|row| (row["step"].as_u64().unwrap(), row["evaluation"].as_str().unwrap()))
        .collect();
    let regular = |step| (step, "regular");
    assert_eq!(
        evaluations,
        [regular(0), regular(20), (25, "fine"), (30, "figure"), (35, "fine"), regular(40), regular(60)]
    );
    // What is not finite is there without a value.
    let broken = one("labels", "at_last", &|row| {
        row["status"] == "diverged" && row["value"].is_null() && row["evaluation"] == "regular"
    });
    assert_eq!(broken["step"], 60);
}
