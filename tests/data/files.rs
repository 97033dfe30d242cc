//! What lies in files that numpy, pandas, pillow and safetensors wrote (tests/oracle/make_files.py).

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use icl::data::TableSpec;
use icl::data::describe::{Array, Contents, Description, Type, describe};
use serde_json::Value;

pub fn file(name: &str) -> PathBuf {
    PathBuf::from("tests/oracle/files").join(name)
}

fn look(name: &str) -> Description {
    describe(&file(name), 3).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn arrays(name: &str) -> Vec<Array> {
    match look(name).contents {
        Contents::Arrays { arrays } => arrays,
        other => panic!("{name}: {other:?}"),
    }
}

/// Runs `icl data` on a file of the oracle.
fn icl(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.arg("data").args(arguments).current_dir("tests/oracle/files").env_remove("COLUMNS");
    command.output().unwrap()
}

fn said(arguments: &[&str]) -> String {
    let output = icl(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn arrays_are_what_numpy_says_they_are() {
    let golden: Value = serde_json::from_str(&fs::read_to_string("tests/oracle/files.json").unwrap()).unwrap();
    let golden = golden.as_object().unwrap();
    assert_eq!(golden.len(), 10);
    for (name, wanted) in golden {
        let wanted = wanted.as_object().unwrap();
        let found = arrays(name);
        assert_eq!(found.len(), wanted.len(), "{name}");
        for array in &found {
            let wanted = &wanted[&array.name];
            let shape: Vec<u64> = serde_json::from_value(wanted["shape"].clone()).unwrap();
            let first: Vec<f64> = serde_json::from_value(wanted["first"].clone()).unwrap();
            assert_eq!((&array.shape, &array.first), (&shape, &first), "{name} {}", array.name);
            let range = array.range.unwrap();
            assert_eq!(range, (wanted["least"].as_f64().unwrap(), wanted["most"].as_f64().unwrap()));
            let (mean, scale) = (wanted["mean"].as_f64().unwrap(), range.0.abs().max(range.1.abs()));
            // Sums in another order, of numbers of up to 2^40.
            assert!((array.mean.unwrap() - mean).abs() <= 1e-12 * scale, "{name} {}", array.name);
            assert_eq!(array.not_finite, 0);
            assert_eq!(Some(array.looked_at), array.bytes);
        }
    }
}

#[test]
fn what_reads_an_array_is_told_and_what_hinders_it() {
    let told = |name: &str| look(name).read_by;
    assert_eq!(told("mixed.npz").unwrap(), "array(\"tests/oracle/files/mixed.npz\", key: \"x\")");
    assert_eq!(told("../arrays/single.npy").unwrap(), "array(\"tests/oracle/files/../arrays/single.npy\")");
    for (name, wanted) in [
        ("words.npy", "its array holds <U2"),
        ("records.npy", "its array holds record"),
        ("turned.npy", "its array is stored by columns"),
        ("../arrays/flat.npy", "its array has 1 index"),
        ("../arrays/nan.npy", "its array is not finite in row 5, column 2"),
        ("images-idx3-ubyte", "no word of the language reads it"),
        ("images", "no word of the language reads it"),
    ] {
        let found = look(name);
        assert_eq!((found.read_by, found.not_read.unwrap().reason.as_str()), (None, wanted), "{name}");
    }
    let hindered = arrays("mixed.npz").into_iter().map(|array| (array.name, array.not_read.map(|why| why.reason)));
    let hindered: Vec<(String, Option<String>)> = hindered.collect();
    let of = |name: &str| hindered.iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!((of("x"), of("double"), of("half")), (None, None, None));
    assert_eq!(of("swapped").unwrap(), "`swapped` holds >f4");
    assert_eq!(of("turned").unwrap(), "`turned` is stored by columns");
    assert_eq!(of("whole").unwrap(), "`whole` holds <i8");
}

#[test]
fn tables_are_the_same_however_they_are_written() {
    for name in ["words.csv", "marked.csv", "windows.csv", "words.tsv", "words.jsonl", "words.parquet"] {
        let found = look(name);
        assert_eq!(found.read_by, Some(format!("table(\"{}\", key: \"word\")", file(name).display())));
        let Contents::Table { rows, columns, sample } = found.contents else { panic!("{name}") };
        let kinds: Vec<_> = columns.iter().map(|c| (c.name.as_str(), c.kind, c.distinct, c.range)).collect();
        let wanted = [
            ("word", Type::Text, 8, None),
            ("category", Type::Text, 5, None),
            ("length", Type::Whole, 5, Some((2.0, 8.0))),
            ("weight", Type::Number, 8, Some((-3.5, 12.25))),
            ("known", Type::Label, 2, None),
        ];
        assert_eq!((rows, kinds.as_slice()), (8, &wanted[..]), "{name}");
        assert_eq!(columns[1].first, ["animal", "plant", "time", "sign", "speech"]);
        let words: Vec<&str> = sample.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(words, ["dog", "chêne", "l'été"]);

        let table = TableSpec::read(name, &fs::read(file(name)).unwrap(), None).unwrap();
        assert_eq!((table.key.as_str(), table.rows), ("word", 8));
        assert_eq!(table.attributes[0].1, ["animal", "plant", "sign", "speech", "time"]);
        assert_eq!(table.column("word").unwrap()[..3], ["dog", "chêne", "l'été"]);
        let kinds = ["animal", "plant", "time", "sign", "speech", "sign", "plant", "plant"];
        assert_eq!(table.column("category").unwrap(), kinds);
        assert_eq!((table.texts().len(), table.column("colour")), (28, None));
    }
}

#[test]
fn a_hole_in_a_table_is_found() {
    let found = look("holed.csv");
    let Contents::Table { columns, .. } = found.contents else { panic!() };
    assert_eq!((columns[1].empty, columns[1].first_empty), (1, Some(5)));
    assert_eq!((columns[3].empty, columns[3].first_empty), (1, Some(7)));
    assert!(found.not_read.unwrap().reason.ends_with("row 5, column `category` is empty"));

    let found = look("nan.csv");
    let Contents::Table { columns, .. } = found.contents else { panic!() };
    assert_eq!((columns[3].kind, columns[3].not_finite, columns[3].first_not_finite), (Type::Number, 1, Some(7)));
    let reason = found.not_read.unwrap().reason;
    assert!(reason.ends_with("row 7, column `weight` is no number, though all others are"), "{reason}");
}

#[test]
fn a_folder_of_images_is_counted() {
    let Contents::Images { images } = look("images").contents else { panic!() };
    assert_eq!(images.classes, [("elm".to_owned(), 2), ("oak".to_owned(), 2), ("odd".to_owned(), 1)]);
    let forms: Vec<_> = images.forms.iter().map(|(f, n)| (f.width, f.height, f.colours.as_str(), f.bits, *n)).collect();
    assert_eq!(forms, [(8, 6, "rgb", 8, 4), (4, 4, "grey", 8, 1)]);
    assert_eq!((images.count, images.first[0].as_str()), (5, "elm/0.png"));
}

#[test]
fn the_command_says_what_lies_in_a_file() {
    let table = said(&["words.csv"]);
    for line in [
        "words.csv: table with commas, 8 rows of 5 columns, 235 B",
        "column    type          different  range or first values",
        "category  text                  5  animal, plant, time, sign, …",
        "weight    number                8  -3.5 to 12.25",
        "dog       animal         3     0.5  True",
        "read it with: table(\"words.csv\", key: \"word\")",
    ] {
        assert!(table.lines().any(|known| known == line), "{line}\n{table}");
    }
    assert!(table.lines().any(|line| line.starts_with("chêne") && line.ends_with("False")), "{table}");
    assert!(!said(&["words.csv", "--sample", "0"]).contains("dog       animal"));

    let archive = said(&["packed.npz"]);
    assert!(archive.starts_with("packed.npz: archive of numpy arrays, 9 arrays, 2.3 kB\n"), "{archive}");
    assert!(archive.ends_with("read it with: array(\"packed.npz\", key: \"x\") (96 B in memory)\n"), "{archive}");
    for arguments in [&["packed.npz"][..], &["words.tsv"], &["holed.csv"], &["images"], &["images-idx3-ubyte.gz"]] {
        for width in ["40", "70"] {
            let output = Command::new(env!("CARGO_BIN_EXE_icl"));
            let mut output = output;
            output.arg("data").args(arguments).current_dir("tests/oracle/files").env("COLUMNS", width);
            let text = String::from_utf8(output.output().unwrap().stdout).unwrap();
            let table =
                text.lines().skip(1).take_while(|line| !line.starts_with("read it") && !line.starts_with("not read"));
            for line in table {
                // A word is never cut, and one cell may be a word of 32 letters.
                assert!(line.chars().count() <= width.parse::<usize>().unwrap().max(48), "{line}");
            }
        }
    }

    let told: Value = serde_json::from_str(&said(&["words.csv", "--format", "json"])).unwrap();
    assert_eq!((told["rows"].as_u64(), told["columns"][2]["type"].as_str()), (Some(8), Some("whole")));
    assert_eq!(told["sample"].as_array().unwrap().len(), 5);
    let told: Value = serde_json::from_str(&said(&["mixed.npz", "--format", "json"])).unwrap();
    assert_eq!((told["arrays"][0]["name"].as_str(), told["arrays"][0]["memory"].as_u64()), (Some("x"), Some(96)));
}

#[test]
fn faults_end_the_command_with_1_and_a_cure() {
    let output = icl(&["latin1.csv"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains("latin1.csv is not UTF-8: byte 0xEA at offset"), "{told}");
    assert!(told.contains("in Latin-1 that byte is `ê`"), "{told}");
    let output = icl(&["utf16.csv", "--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(told["fault"]["cure"], "save it as UTF-8");
    assert_eq!(icl(&[]).status.code(), Some(2));
}
