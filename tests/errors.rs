//! The pages of docs/errors: every finding has one, its wrong example gives that finding and no other, and its right
//! example none.
//!
//! An example is a fragment of the study in tests/errors/base.icl: its items replace those of the same keyword and name,
//! and the settings and blocks of its `experiment study` those of the same key.

mod files;

use icl::check::check;
use icl::diagnostic::{FileId, Span};
use icl::registry::{FINDINGS, PAGES, page_of};
use icl::syntax::parse;
use icl::syntax::tree::{Block, Body, Entry, EntryKind, File, Item, Keyword};
use icl::world::Memory;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Findings that no program shows by itself, with where they are tested instead.
const ELSEWHERE: [&str; 4] = [
    "E0001", // below: a path that does not exist
    "E0100", // no text is known that gives it
    "E0401", // it depends on what may be spent
    "E0901", // what gives it changes from version to version, and only running tells it
];

fn cut(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

/// What a fragment replaces: the key of a setting, or the words before a block. Claims replace each other, and so do
/// sweeps of the same names.
fn key(entry: &Entry) -> Option<String> {
    match &entry.kind {
        EntryKind::Setting { key, .. } => Some(key.text.clone()),
        EntryKind::Nested { keyword, name, .. } => {
            Some(format!("{} {}", keyword.text, name.as_ref().map_or("", |name| name.text.as_str())))
        }
        EntryKind::Expect { .. } => Some("expect".into()),
        _ => None,
    }
}

fn study(file: &File) -> Option<&Block> {
    let found = file.items.iter().find(|item| item.keyword == Keyword::Experiment && item.name.text == "study")?;
    match &found.body {
        Body::Block(block) => Some(block),
        _ => None,
    }
}

fn is_study(item: &Item) -> bool {
    item.keyword == Keyword::Experiment && item.name.text == "study"
}

/// The entries of a block with what stands above each: comments, and what is allowed.
fn pieces<'a>(text: &'a str, block: &'a Block) -> Vec<(&'a Entry, &'a str)> {
    let mut from = block.span.start as usize + 1;
    let pieces = block.entries.iter().map(|entry| {
        let piece = text[from..entry.span.end as usize].trim_start_matches([',', ' ', '\n']);
        from = entry.span.end as usize;
        (entry, piece)
    });
    pieces.collect()
}

/// The base study with a fragment put into it.
fn merged(base: &str, fragment: &str) -> String {
    let (base_tree, faults) = parse(FileId(0), base);
    assert!(faults.is_empty());
    let (tree, faults) = parse(FileId(0), fragment);
    let replaced: Vec<(Keyword, &str)> =
        tree.items.iter().map(|item| (item.keyword, item.name.text.as_str())).collect();
    let mut text = String::new();
    for item in base_tree.items.iter().filter(|item| !is_study(item)) {
        if !replaced.contains(&(item.keyword, item.name.text.as_str())) {
            text += &format!("{}\n", cut(base, item.span));
        }
    }
    // The fragment's items as they are written, its study apart.
    let changes = study(&tree);
    let place = tree.items.iter().find(|item| is_study(item)).filter(|_| changes.is_some()).map(|item| item.span);
    match place {
        Some(span) => text += &format!("{}{}\n", &fragment[..span.start as usize], &fragment[span.end as usize..]),
        None => text += &format!("{fragment}\n"),
    }
    text += "experiment study {\n";
    let mut new: Vec<(&Entry, &str)> = changes.map_or_else(Vec::new, |block| pieces(fragment, block));
    for (entry, piece) in pieces(base, study(&base_tree).unwrap()) {
        // What replaces an entry stands in its place, so that the first arm stays the first.
        let (same, others): (Vec<_>, Vec<_>) =
            new.into_iter().partition(|(other, _)| key(entry).is_some() && key(other) == key(entry));
        let kept = if same.is_empty() { vec![(entry, piece)] } else { same };
        new = others;
        for (_, piece) in kept.iter().filter(|_| faults.is_empty() || changes.is_none()) {
            text += &format!("  {piece}\n");
        }
    }
    match changes {
        // Where lines cannot be read, the fragment's block stands as it is written behind what it does not replace.
        Some(block) if !faults.is_empty() => {
            let keys: BTreeSet<String> = block.entries.iter().filter_map(key).collect();
            for (entry, piece) in pieces(base, study(&base_tree).unwrap()) {
                if !key(entry).is_some_and(|key| keys.contains(&key)) {
                    text += &format!("  {piece}\n");
                }
            }
            let inside = cut(fragment, block.span);
            text += inside.strip_prefix('{').unwrap().strip_suffix('}').unwrap_or(inside);
        }
        _ => new.iter().for_each(|(_, piece)| text += &format!("  {piece}\n")),
    }
    text + "\n}\n"
}

/// The fenced programs of a page: the word behind `icl`, and the text.
fn fences(page: &str) -> Vec<(&str, &str)> {
    let fences = page.split("\n```icl ").skip(1);
    fences
        .map(|rest| {
            let (word, rest) = rest.split_once('\n').unwrap();
            (word, rest.split_once("\n```").unwrap().0)
        })
        .collect()
}

/// The ids of what is found in a fragment, each with its title, in order.
fn found(fragment: &str) -> (Vec<&'static str>, String) {
    let base = fs::read_to_string("tests/errors/base.icl").unwrap();
    let text = merged(&base, fragment);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("errors");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("embeddings.npy"), files::embeddings()).unwrap();
    fs::copy("tests/oracle/files/shapes.h5", folder.join("3dshapes.h5")).unwrap();
    let mut world = Memory::default();
    world.0.insert(folder.join("study.icl"), text.clone());
    world.0.insert(folder.join("my_tasks.icl"), fs::read_to_string("tests/errors/my_tasks.icl").unwrap());
    world.0.insert(folder.join("words.tsv"), files::words());
    for (step, model) in [("step1000", "neox-f32"), ("step2000", "neox-f16")] {
        let (from, to) = (Path::new("tests/oracle/pretrained").join(model), folder.join("checkpoints").join(step));
        fs::create_dir_all(&to).unwrap();
        for file in ["config.json", "model.safetensors", "tokenizer.json"] {
            fs::copy(from.join(file), to.join(file)).unwrap();
        }
        world.0.insert(to.join("config.json"), fs::read_to_string(to.join("config.json")).unwrap());
    }
    let checked = check(&world, &folder.join("study.icl"), &[]);
    let told = checked.findings.iter().map(|finding| {
        let (line, column) = checked.sources.position(finding.span());
        format!("{} {line}:{column} {}\n", finding.id, finding.title)
    });
    let told: String = told.collect();
    (checked.findings.iter().map(|finding| finding.id).collect(), format!("{told}{text}"))
}

/// What an example is told. One that shows an item alone leaves it unused, which counts only on the page of unused things.
fn told_of(page: &str, ids: &[&'static str]) -> Vec<&'static str> {
    ids.iter().copied().filter(|id| *id != "W0204" || page == "W0204").collect()
}

#[test]
fn the_base_study_has_no_finding() {
    let (ids, told) = found("");
    assert!(ids.is_empty(), "{told}");
}

#[test]
fn a_wrong_example_gives_its_finding_alone_and_a_right_one_none() {
    let mut wrong = Vec::new();
    for (id, page) in PAGES {
        for (word, fragment) in fences(page) {
            let (ids, told) = found(fragment);
            let holds = match word {
                "wrong" => !told_of(id, &ids).is_empty() && told_of(id, &ids).iter().all(|found| found == id),
                "right" => told_of(id, &ids).is_empty(),
                other => panic!("{id}: an example is wrong or right, not {other}"),
            };
            if !holds {
                wrong.push(format!("== {id} {word}\n{told}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} examples of docs/errors do not show what they say:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_finding_has_a_page_with_its_title_and_both_examples() {
    let files: BTreeSet<String> = fs::read_dir("docs/errors")
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_string())
        .collect();
    let known: BTreeSet<String> = FINDINGS.iter().map(|finding| finding.id.to_string()).collect();
    assert_eq!(files, known, "docs/errors and src/registry/findings.rs differ");
    assert_eq!(PAGES.len(), FINDINGS.len());
    for finding in FINDINGS {
        let page = page_of(finding.id).unwrap();
        let (heading, text) = page.split_once("\n\n").unwrap();
        assert_eq!(heading, format!("# {}: {}", finding.id, finding.title));
        let prose = text.split("\n```").next().unwrap();
        assert!(prose.split("\n\n").count() >= 2, "{}: what is wrong, and why it matters", finding.id);
        let words: Vec<&str> = fences(page).into_iter().map(|(word, _)| word).collect();
        let wanted: &[&str] = if ELSEWHERE.contains(&finding.id) { &[] } else { &["wrong", "right"] };
        assert_eq!(words, wanted, "{}", finding.id);
    }
}

#[test]
fn a_file_that_does_not_exist_is_told() {
    let checked = check(&Memory::default(), &PathBuf::from("nowhere.icl"), &[]);
    assert_eq!(checked.findings.iter().map(|finding| finding.id).collect::<Vec<_>>(), ["E0001"]);
}
