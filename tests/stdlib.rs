//! Every public item of the standard modules is used in a small program, which has no finding; the levels of standard
//! tasks are those worked out by hand; and the shipped tables of words keep what their README promises.

use icl::check::{Checked, check};
use icl::diagnostic::FileId;
use icl::program::task::{Reference, Task};
use icl::stdlib::MODULES;
use icl::syntax::parse;
use icl::syntax::tree::{Item, Keyword};
use icl::world::Memory;
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::{LN_2, LN_10};
use std::path::{Path, PathBuf};

const WORDS: &str = include_str!("../experiments/words.tsv");
const CAPITALS: &str = include_str!("../experiments/capitals.tsv");

/// The arguments of items whose parameters have no default, or whose default is too large for a small program; an item
/// may be used in several ways.
const ARGUMENTS: &[(&str, &[&str])] = &[
    (
        "classification.bursty_classes",
        &[
            "classes: 64",
            "classes: 64, copies: 4, relabelled: 100%",
            "classes: 64, copies: 2, exponent: 1, labels: 8, query: outside",
        ],
    ),
    (
        "classification.projected_labels",
        &["maps: 64", "maps: 20k, images: shapes3d(values: [4, 1, 4, 1, 3, 1], width: 8), factor: 2, points: 9"],
    ),
    ("classification.zipf_classes", &["classes: 64"]),
    ("curricula.only", &["target, 20 steps"]),
    ("curricula.warm_up", &["target, target, switch: 10 steps, total: 20 steps"]),
    ("curricula.mixed", &["target, target, 20 steps"]),
    ("curricula.until_mastered", &["target, target, at_most: 10 steps, total: 20 steps"]),
    ("curricula.three_stages", &["target, target, target, early: 5 steps, late: 10 steps, total: 20 steps"]),
    ("curricula.warm_up_then_mixed", &["target, target, switch: 10 steps, total: 20 steps"]),
    ("probes.factors", &["of: images, after: 1"]),
    ("probes.factors_by_layer", &["of: images"]),
    ("probes.hidden_factor", &["of: images, after: 1"]),
    ("probes.input_vector", &["of: lines, after: 1"]),
    ("probes.function_weights", &["of: lines, after: 1"]),
    ("regression.linear", &["", "dim: 8", "active: 5", "noise: 0.5, scale: 2, shift: 1"]),
    ("regression.linear_pool", &["functions: 64"]),
    ("sequences.modular_addition", &["", "held_out: true", "modulus: 7, seen: 3"]),
    ("shapes.classify", &["maps: 4", "maps: 20k, points: 10"]),
    ("text.pairs", &["words", "words, rules: first, shots: 3"]),
    ("text.word_attributes", &["words, maps: 4", "words, maps: 4, shots: 7, labels: shared"]),
    ("text.word_selection", &["words, attribute: \"category\"", "words, attribute: \"ending\", choices: 2, shots: 3"]),
];

/// Tasks with a real target.
const REAL: [&str; 6] = ["linear", "sparse_linear", "quadratic", "relu_network", "decision_tree", "linear_pool"];

/// Public items with the module that they stand in.
fn items() -> Vec<(&'static str, Item)> {
    let mut items = Vec::new();
    for (module, text) in MODULES {
        let (file, faults) = parse(FileId(0), text);
        assert_eq!(faults, [], "std.{module}");
        assert!(file.doc.is_some(), "std.{module} says nothing of itself");
        items.extend(file.items.into_iter().filter(|item| item.public).map(|item| (*module, item)));
    }
    items
}

fn uses(name: &str) -> &'static [&'static str] {
    ARGUMENTS.iter().find(|(item, _)| *item == name).map_or(&[""], |(_, uses)| uses)
}

/// A program that uses one item.
fn program(module: &str, item: &Item, arguments: &str) -> String {
    let name = &item.name.text;
    let used = format!("{module}.{name}({arguments})");
    let (mut target, mut model) =
        ("regression.linear()".to_string(), "models.gpt2(layers: 2, heads: 2, width: 16".to_string());
    let (mut score, mut curriculum) =
        ("squared_error(target) at last".to_string(), "curricula.only(target, 20 steps)".to_string());
    let mut further = String::new();
    match item.keyword {
        Keyword::Task => {
            if !(module == "regression" && REAL.contains(&name.as_str())) {
                score = "cross_entropy(target) at last".into();
            }
            if module == "text" {
                further = "data words = table(\"words.tsv\", key: \"word\")\n".into();
                model.push_str(", tokenizer: words");
            }
            target = used;
        }
        Keyword::Model => model = format!("models.{name}({arguments}"),
        Keyword::Curriculum => curriculum = used,
        Keyword::Probe if arguments.contains("images") => {
            further = format!("let images = shapes.classify(maps: 4, points: 10)\nlet seen = {used}\n");
            score = "cross_entropy(target) at last".into();
            target = "images".into();
        }
        Keyword::Probe => {
            further = format!("let lines = regression.linear()\nlet seen = {used}\n");
            target = "lines".into();
        }
        other => panic!("{name} is a public {other:?}, which no program here uses"),
    }
    let measured = if item.keyword == Keyword::Probe { ", seen" } else { "" };
    let modules: BTreeSet<&str> = [
        module,
        "models",
        "curricula",
        if target.starts_with("regression") || further.contains("regression") { "regression" } else { module },
        if further.contains("shapes") { "shapes" } else { module },
    ]
    .into();
    let uses: String = modules.iter().map(|module| format!("use std.{module}\n")).collect();
    format!(
        "{uses}{further}let target = {target}\nmetric score = {score}\n\
         experiment small {{\n  model: {model})\n  data: fresh\n  batch: 8\n  optimizer: adam(lr: 1e-3)\n  seeds: 1\n  \
         curriculum: {curriculum}\n  measure {{ every: 1 step, on: 16 sequences, score{measured} }}\n  \
         plateau {{ of: score }}\n}}\n"
    )
}

fn checked(text: &str) -> Checked {
    let files = BTreeMap::from([
        (PathBuf::from("small.icl"), text.to_string()),
        (PathBuf::from("words.tsv"), WORDS.to_string()),
    ]);
    check(&Memory(files), Path::new("small.icl"), &[])
}

#[test]
fn every_item_checks_in_a_small_program() {
    let items = items();
    let mut faulty = Vec::new();
    for (module, item) in &items {
        for arguments in uses(&format!("{module}.{}", item.name.text)) {
            let text = program(module, item, arguments);
            let checked = checked(&text);
            let found: Vec<String> =
                checked.findings.iter().map(|finding| format!("{} {}", finding.id, finding.title)).collect();
            if !found.is_empty() || checked.program.is_none() {
                faulty.push(format!("{}\n{text}", found.join("\n")));
            }
        }
    }
    assert!(faulty.is_empty(), "{}", faulty.join("\n"));
    for (name, _) in ARGUMENTS {
        let known = items.iter().any(|(module, item)| *name == format!("{module}.{}", item.name.text));
        assert!(known, "there is no {name}");
    }
}

/// A task of a standard module as a program trains on it.
fn task(module: &str, name: &str, arguments: &str) -> Task {
    let (_, item) = items().into_iter().find(|(of, item)| *of == module && item.name.text == name).unwrap();
    let program = checked(&program(module, &item, arguments)).program.unwrap();
    program.experiments[0].arms[0].training.tasks[0].clone()
}

/// A loss and an accuracy; `None` where no number states them.
type Level = (Option<f64>, Option<f64>);

#[test]
fn levels_are_those_worked_out_by_hand() {
    let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-3 * b.abs().max(1e-3),
        (None, _) => true,
        _ => false,
    };
    let levels = |loss: f64, accuracy: Option<f64>| (Some(loss), accuracy);
    // The module, the task, its arguments, blind and ideal.
    let known: [(&str, &str, &str, Level, Level); 21] = [
        ("regression", "linear", "", levels(20.0, None), (None, None)),
        ("regression", "linear", "active: 5", levels(5.0, None), (None, None)),
        // 20 coordinates of second moment 2^2 + 1^2, and the noise's variance.
        ("regression", "linear", "noise: 0.5, scale: 2, shift: 1", levels(100.25, None), (None, None)),
        ("regression", "sparse_linear", "", levels(3.0, None), (None, None)),
        ("regression", "quadratic", "", levels(20.0, None), levels(0.0, None)),
        ("regression", "relu_network", "", levels(20.0, None), levels(0.0, None)),
        ("regression", "decision_tree", "", levels(1.0, None), levels(0.0, None)),
        // The integrals over a normal number of standard deviation 4, by a rule of 32,000 points.
        ("regression", "logistic", "", levels(LN_2, Some(0.5)), levels(0.290_852, Some(0.871_220))),
        ("regression", "linear_pool", "functions: 64", levels(8.25, None), (None, None)),
        ("classification", "bursty_classes", "classes: 64", levels(3.465_736, None), levels(0.0, Some(1.0))),
        ("classification", "projected_labels", "maps: 4", levels(LN_10, Some(0.1)), levels(0.0, Some(1.0))),
        ("classification", "two_way", "", levels(1.609_438, None), levels(0.0, Some(1.0))),
        ("sequences", "markov", "", levels(1.098_612, None), (None, None)),
        ("sequences", "automata", "", levels(2.942_702, Some(0.053_333)), levels(0.833_366, Some(0.48))),
        ("sequences", "copy", "", levels(3.465_736, None), levels(0.0, Some(1.0))),
        ("sequences", "parity", "", levels(0.692_470, Some(0.500_488)), (None, None)),
        ("sequences", "modular_addition", "", levels(4.727_388, Some(0.008_850)), levels(0.0, Some(1.0))),
        // Attributes of 15, 11, 8, 8, 4 and 4 values.
        ("text", "pairs", "words", levels(2.006_236, Some(0.151_263)), (None, None)),
        ("text", "pairs", "words, rules: first", levels(2.708_050, Some(0.066_667)), (None, None)),
        ("text", "word_attributes", "words, maps: 4", levels(2.006_236, Some(0.151_263)), (None, None)),
        ("text", "word_selection", "words, attribute: \"category\"", levels(1.386_294, Some(0.25)), (None, None)),
    ];
    for (module, name, arguments, blind, ideal) in known {
        let task = task(module, name, arguments);
        for (which, stated, (loss, accuracy)) in [("blind", &task.blind, blind), ("ideal", &task.ideal, ideal)] {
            match stated {
                Some(Reference::Levels { loss: stated, accuracy: share }) => {
                    assert!(loss.is_some() && near(loss, *stated), "{name}({arguments}): {which} is {stated:?}");
                    assert!(near(accuracy, *share), "{name}({arguments}): {which} accuracy is {share:?}");
                }
                other => assert!(other.is_some() && loss.is_none(), "{name}({arguments}): {which} is {other:?}"),
            }
        }
    }
}

#[test]
fn every_item_says_what_it_is_and_what_each_parameter_means() {
    for (module, item) in items() {
        let name = format!("{module}.{}", item.name.text);
        let doc = item.doc.unwrap_or_else(|| panic!("{name} has no documentation"));
        for param in &item.params {
            let quoted = format!("`{}`", param.name.text);
            assert!(doc.contains(&quoted), "{name} does not say what {quoted} is");
        }
    }
}

/// The header of a table and its rows.
fn rows(table: &'static str) -> (Vec<&'static str>, Vec<Vec<&'static str>>) {
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    (lines.next().unwrap(), lines.collect())
}

/// Words are named once; every text is one token, and has one meaning: that of a word, or of a label of one column.
fn each_text_has_one_meaning(header: &[&str], rows: &[Vec<&str>]) {
    let mut meaning = BTreeMap::new();
    for row in rows {
        assert_eq!(meaning.insert(row[0], "a word"), None, "{} stands twice", row[0]);
        assert_eq!(row.len(), header.len(), "{row:?}");
    }
    for (column, name) in header.iter().enumerate().skip(1) {
        for row in rows {
            let known = meaning.insert(row[column], name).unwrap_or(name);
            assert_eq!(known, *name, "{} of {}", row[column], row[0]);
            assert!(row[column].bytes().all(|letter| letter.is_ascii_alphanumeric()), "{row:?}");
        }
    }
}

#[test]
fn the_table_of_words_is_true_of_its_words() {
    let (header, rows) = rows(WORDS);
    assert_eq!(header, ["word", "category", "initial", "ending", "letters", "syllables", "senses"]);
    assert!((1900..=2100).contains(&rows.len()), "{}", rows.len());
    each_text_has_one_meaning(&header, &rows);
    for row in &rows {
        let (word, letters) = (row[0], row[0].as_bytes());
        assert!(letters.iter().all(u8::is_ascii_lowercase), "{word}");
        assert!(row[2].as_bytes().contains(&letters[0].to_ascii_uppercase()), "{word} does not begin in {}", row[2]);
        assert!(row[3].as_bytes().contains(&letters[letters.len() - 1]), "{word} does not end in {}", row[3]);
        assert_eq!(row[4].parse(), Ok(word.len()), "{word}");
    }
    for column in 1..header.len() {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &rows {
            *sizes.entry(row[column]).or_default() += 1;
        }
        assert!((4..=15).contains(&sizes.len()), "{}", header[column]);
        let (fewest, most) = (sizes.values().min().unwrap(), sizes.values().max().unwrap());
        assert!(most <= &(2 * fewest), "{} is out of balance: {sizes:?}", header[column]);
    }
}

#[test]
fn every_country_has_a_capital_of_its_own() {
    let (header, rows) = rows(CAPITALS);
    assert_eq!(header, ["word", "capital", "continent"]);
    each_text_has_one_meaning(&header, &rows);
    let capitals: BTreeSet<&str> = rows.iter().map(|row| row[1]).collect();
    assert_eq!(capitals.len(), rows.len());
    let continents: BTreeSet<&str> = rows.iter().map(|row| row[2]).collect();
    assert_eq!(continents.into_iter().collect::<Vec<_>>(), ["Africa", "America", "Asia", "Europe", "Oceania"]);
}
