//! docs/reference is what `icl doc --write docs/reference` makes, and `icl doc` knows every word.

use icl::reference::{Found, chapters, files, lookup, modules, suggestions};
use icl::registry::{BUILTINS, FINDINGS, ITEMS, LINES, OPERATORS, SETTINGS, TYPE_WORDS, UNITS};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn icl(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).env_remove("COLUMNS").output().unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = icl(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_reference_is_fresh() {
    let here: BTreeMap<String, String> = fs::read_dir("docs/reference")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_string(), fs::read_to_string(&path).unwrap()))
        .collect();
    let made: BTreeMap<String, String> = files().into_iter().collect();
    let names = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&here), names(&made), "run `cargo run --locked -- doc --write docs/reference`");
    for (name, text) in &made {
        assert!(
            here[name] == *text,
            "docs/reference/{name} is stale: run `cargo run --locked -- doc --write docs/reference`"
        );
    }
}

#[test]
fn every_link_of_the_docs_leads_somewhere() {
    let mut texts: Vec<(String, String)> = vec![("README.md".into(), fs::read_to_string("README.md").unwrap())];
    for folder in ["docs", "docs/reference", "docs/errors"] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                texts.push((path.to_str().unwrap().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut links = 0;
    for (file, text) in &texts {
        let folder = Path::new(file).parent().unwrap();
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap();
            if target.contains("://") || target.is_empty() || target.contains(' ') {
                continue;
            }
            links += 1;
            let path = target.split('#').next().unwrap();
            assert!(path.is_empty() || folder.join(path).exists(), "{file} links to {target}");
            if let Some((path, anchor)) = target.split_once('#') {
                let text = fs::read_to_string(folder.join(path)).unwrap();
                let slug = |line: &str| {
                    let kept = line.chars().filter(|c| c.is_ascii_alphanumeric() || " -_".contains(*c));
                    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
                };
                let known = text.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor);
                assert!(known, "{file} links to {target}");
            }
        }
    }
    assert!(links > FINDINGS.len());
}

#[test]
fn every_word_is_found() {
    let settings = SETTINGS.iter().map(|setting| setting.key);
    let units = UNITS.iter().flat_map(|unit| [unit.singular, unit.plural]);
    let words = ITEMS.iter().map(|item| item.word).chain(LINES.iter().map(|line| line.words));
    let words = words.chain(settings).chain(units).chain(TYPE_WORDS.iter().map(|word| word.name));
    let words =
        words.chain(OPERATORS.iter().map(|operator| operator.sign)).chain(BUILTINS.iter().map(|form| form.name));
    for word in words {
        let Found::Entries(entries) = lookup(word) else { panic!("{word} is not found") };
        assert!(entries.iter().all(|entry| !entry.doc.is_empty() && entry.doc.ends_with('.')), "{word}");
        assert!(entries.iter().all(|entry| !entry.form.is_empty()), "{word}");
    }
    for finding in FINDINGS {
        assert!(matches!(lookup(&finding.id.to_lowercase()), Found::Finding(page) if page.id == finding.id));
    }
}

#[test]
fn all_meanings_of_a_word_are_shown() {
    let forms = |word: &str| match lookup(word) {
        Found::Entries(entries) => entries.into_iter().map(|entry| entry.form).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let uniform = forms("uniform");
    assert_eq!(uniform, ["uniform(k, first: none)", "uniform(a, b, first: none)"]);
    assert_eq!(forms("optimizer").iter().filter(|form| form.starts_with("optimizer: ")).count(), 2, "of two blocks");
    assert_eq!(forms("pool").len(), 1, "a part of `in pool`");
    assert_eq!(forms("per").len(), 4);
    let takers = |word: &str| match lookup(word) {
        Found::Argument(takers) => takers,
        _ => Vec::new(),
    };
    assert_eq!(takers("momentum"), ["sgd"]);
    assert_eq!(takers("previous_token"), ["clamp", "scale_attention"]);
}

#[test]
fn every_item_of_the_standard_library_is_found_and_documented() {
    let mut items = 0;
    for module in modules() {
        assert!(!module.doc.is_empty(), "{} says nothing of itself", module.name);
        assert!(matches!(lookup(&module.name), Found::Module(_)));
        for item in &module.items {
            items += 1;
            let full = format!("{}.{}", module.name, item.name);
            assert!(!item.doc.is_empty(), "{full} has no sentence");
            for name in [full.as_str(), full.trim_start_matches("std.")] {
                let Found::Entries(entries) = lookup(name) else { panic!("{name} is not found") };
                assert_eq!(entries.len(), 1);
                assert_eq!(entries[0].name, full);
                assert!(entries[0].form.starts_with(&format!("{} {}", item.keyword, item.name)), "{}", entries[0].form);
            }
        }
    }
    assert!(items >= 5);
}

#[test]
fn what_is_misspelt_is_suggested() {
    for (word, meant) in [("optimiser", "optimizer"), ("adamww", "adamw"), ("std.shape", "std.shapes")] {
        assert_eq!(suggestions(word).first().map(String::as_str), Some(meant), "{word}");
    }
    assert_eq!(suggestions("zzzzzzzz"), [""; 0]);
    let output = icl(&["doc", "optimiser"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "there is no `optimiser` in the language; did you mean `optimizer`?\n");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_builtin_is_printed_with_all_that_is_known_of_it() {
    let shown = printed(&["doc", "adamw"]);
    let wanted = "\
adamw(lr, weight_decay: 0.01, betas: (0.9, 0.999), eps: 1e-8)
  an optimizer

Adam with decoupled weight decay (Loshchilov and Hutter 2019).

Parameters
  lr            a number or a schedule; must be given
  weight_decay  a number; 0.01 where left out
  betas         a pair such as `(0.9, 0.999)`; (0.9, 0.999) where left out
  eps           a number; 1e-8 where left out

Example
  optimizer: adamw(lr: 3e-4, weight_decay: 0.1)

";
    assert!(shown.starts_with(wanted), "{shown}");
    assert!(shown.ends_with("See also: adam, sgd\n"), "{shown}");
}

#[test]
fn lines_are_as_wide_as_the_terminal() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    let output = command.args(["doc", "readout"]).env("COLUMNS", "50").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let prose = shown.split("\nExample\n").next().unwrap();
    assert!(prose.lines().all(|line| line.chars().count() <= 50), "{shown}");
    assert!(prose.lines().count() > 8);
}

#[test]
fn programs_can_read_the_reference() {
    let one: serde_json::Value = serde_json::from_str(&printed(&["doc", "batch", "--format", "json"])).unwrap();
    assert_eq!(one[0]["kind"], "setting");
    assert_eq!(one[0]["form"], "batch: a count");
    let all: serde_json::Value = serde_json::from_str(&printed(&["doc", "--format", "json"])).unwrap();
    let entries =
        all.as_array().unwrap().iter().map(|section| section["entries"].as_array().unwrap().len()).sum::<usize>();
    let counted: usize =
        chapters().iter().flat_map(|chapter| &chapter.sections).map(|section| section.entries.len()).sum();
    assert_eq!(entries, counted);
    let finding: serde_json::Value = serde_json::from_str(&printed(&["doc", "E0303", "--format", "json"])).unwrap();
    assert!(finding["page"].as_str().unwrap().starts_with("# E0303: "));
}

#[test]
fn everything_is_listed_by_group() {
    let shown = printed(&["doc"]);
    for name in BUILTINS.iter().map(|form| form.name).chain(SETTINGS.iter().map(|setting| setting.key)) {
        let words = shown.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        assert!(words.into_iter().any(|word| word == name), "{name} is not listed");
    }
    assert!(shown.contains("std.curricula: only, warm_up"), "{shown}");
}

#[test]
fn a_page_is_explained() {
    let shown = printed(&["explain", "e0303"]);
    assert!(shown.starts_with("E0303: Heads do not divide the width\n\nEvery attention head"), "{shown}");
    assert!(
        shown.contains("\nwrong:\n  experiment study {\n    model: models.gpt2(layers: 2, heads: 3, width: 32)\n  }\n")
    );
    let output = icl(&["explain", "E0399"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("did you mean E0309?"));
}

#[test]
fn every_column_of_the_table_in_the_readme_is_explained() {
    let readme = fs::read_to_string("README.md").unwrap();
    let head = readme.lines().find(|line| line.starts_with("arm ") && line.contains("escaped")).unwrap();
    let shown = printed(&["explain", "table"]);
    for heading in head.split("  ").map(str::trim).filter(|heading| !heading.is_empty()) {
        let first = heading.split(',').next().unwrap();
        assert!(shown.contains(&format!("- {first}")), "{heading} in\n{shown}");
    }
}
