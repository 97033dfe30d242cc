//! What a program means does not hang on how it is written: layout, order and names leave every run what it was.

use crate::spans::without_spans;
use crate::texts::{Dice, programs};
use icl::check::check;
use icl::diagnostic::FileId;
use icl::plan::{Cell, Selection, identity, plans};
use icl::syntax::tree::{Block, Body, Entry, EntryKind, File, Keyword};
use icl::syntax::{format, parse};
use icl::world::Memory;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Identity and arm of every run, in order of these.
type Runs = Vec<(String, String)>;

/// The runs of a program that stands in a folder. None where it has errors.
fn runs(folder: &Path, text: String) -> Option<Runs> {
    let main = folder.join("main.icl");
    let mut world = Memory::default();
    // Data tables stand beside the programs that read them.
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "tsv") {
            let table = fs::read_to_string(&path).unwrap();
            world.0.insert(path, table);
        }
    }
    world.0.insert(main.clone(), text);
    let program = check(&world, &main, &[]).program?;
    let plans = plans(program.experiments, &Selection::default()).unwrap();
    let cells = plans.iter().flat_map(|plan| &plan.cells);
    let mut runs: Runs = cells.map(|cell| (meaning(cell), cell.name.clone())).collect();
    runs.sort();
    Some(runs)
}

/// All that the keys of a cell are hashes of, line by line.
fn meaning(cell: &Cell) -> String {
    let (seed, training, observation) = (cell.seed, &cell.training, &cell.observation);
    let mut text = String::new();
    for place in 0..training.stages.len() {
        let parent = place.checked_sub(1).map(|before| &cell.segments[before]);
        let segment = identity::segment(seed, training, observation, place, parent);
        text += &serde_json::to_string_pretty(&segment).unwrap();
    }
    for measure in &observation.measures {
        let measured = identity::measured(seed, training, observation.sequences, &measure.kind);
        text += &serde_json::to_string_pretty(&measured).unwrap();
    }
    format!("{text}\n{}", cell.key)
}

/// Fails where a rewritten program has other runs, and says where the first of them differs.
fn hold_same(name: &str, folder: &Path, text: &str, before: &Runs) {
    let Some(after) = runs(folder, text.to_owned()) else { panic!("{name} has errors as\n{text}") };
    assert_eq!(after.len(), before.len(), "{name} as\n{text}");
    for (after, before) in after.iter().zip(before) {
        let mut lines = after.0.lines().zip(before.0.lines());
        let differ = lines.find(|(after, before)| after != before);
        assert!(after.0 == before.0, "{name}: a run of `{}` has {differ:?} as\n{text}", before.1);
    }
}

/// Every program of the repository that can be planned, with its folder and its runs.
fn plannable() -> Vec<(String, String, PathBuf, Runs)> {
    let all = programs().into_iter().filter_map(|(name, text)| {
        let folder = Path::new(&name).parent().unwrap().to_path_buf();
        let runs = runs(&folder, text.clone())?;
        (!runs.is_empty()).then_some((name, text, folder, runs))
    });
    let all: Vec<_> = all.collect();
    assert!(all.len() >= 10, "{} programs can be planned", all.len());
    all
}

#[test]
fn layout_changes_no_run() {
    for (name, text, folder, before) in plannable() {
        let formatted = format(FileId(0), &text).unwrap();
        hold_same(&name, &folder, &formatted, &before);
    }
}

#[test]
fn order_among_items_and_entries_changes_no_run() {
    for (name, text, folder, before) in plannable() {
        let (file, _) = parse(FileId(0), &text);
        let mut dice = Dice::of(&name);
        for _ in 0..3 {
            hold_same(&name, &folder, &shuffled(&text, &file, &mut dice), &before);
        }
    }
}

#[test]
fn names_change_no_run() {
    let mut renamed = 0;
    for (name, text, folder, before) in plannable() {
        let (file, _) = parse(FileId(0), &text);
        let names = own_names(&text, &file);
        renamed += names.len();
        hold_same(&name, &folder, &with_other_names(&text, &names), &before);
    }
    assert!(renamed > 50, "{renamed} names were changed");
}

/// The program without its comments, its items and the entries of its blocks in another order.
fn shuffled(text: &str, file: &File, dice: &mut Dice) -> String {
    let mut items: Vec<String> = file
        .items
        .iter()
        .map(|item| {
            let start = item.span.start as usize;
            let Body::Block(block) = &item.body else { return text[start..item.span.end as usize].to_owned() };
            format!("{}{}", &text[start..block.span.start as usize], shuffled_block(text, block, dice))
        })
        .collect();
    dice.shuffle(&mut items);
    items.join("\n") + "\n"
}

fn shuffled_block(text: &str, block: &Block, dice: &mut Dice) -> String {
    // Stages follow one another, and the first arm is the baseline.
    let in_order = |entry: &Entry| match &entry.kind {
        EntryKind::Nested { keyword, .. } => keyword.text == "stage" || keyword.text == "arm",
        _ => false,
    };
    let mut places: Vec<usize> = (0..block.entries.len()).collect();
    dice.shuffle(&mut places);
    let mut fixed = (0..block.entries.len()).filter(|&place| in_order(&block.entries[place]));
    let mut lines = vec!["{".to_owned()];
    for place in places {
        let place = if in_order(&block.entries[place]) { fixed.next().unwrap() } else { place };
        let entry = &block.entries[place];
        let start = entry.span.start as usize;
        lines.extend(
            entry.allows.iter().map(|allow| text[allow.span.start as usize..allow.span.end as usize].to_owned()),
        );
        lines.push(match &entry.kind {
            EntryKind::Nested { block, .. } => {
                format!("{}{}", &text[start..block.span.start as usize], shuffled_block(text, block, dice))
            }
            _ => text[start..entry.span.end as usize].to_owned(),
        });
    }
    lines.push("}".to_owned());
    lines.join("\n")
}

/// The names that a program gives and that stand for nothing else in it: no setting, argument, unit, arm or field is
/// called so, and no text speaks of them.
fn own_names(text: &str, file: &File) -> BTreeSet<String> {
    let printed = without_spans(file);
    let after = |mark: &str| -> BTreeSet<String> {
        let parts = printed.split(mark).skip(1);
        parts.filter_map(|part| Some(part.strip_prefix("Name { text: \"")?.split_once('"')?.0.to_owned())).collect()
    };
    let mut names: BTreeSet<String> = file
        .items
        .iter()
        .filter(|item| !matches!(item.keyword, Keyword::Use | Keyword::Experiment))
        .map(|item| item.name.text.clone())
        .collect();
    for mark in ["Param { name: ", "Draw { name: ", "Definition { name: "] {
        names.extend(after(mark));
    }
    for mark in ["key: ", "unit: ", "name: Some(", "word: "] {
        for taken in after(mark) {
            names.remove(&taken);
        }
    }
    let quoted: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    names.retain(|name| {
        !quoted.iter().any(|quoted| quoted.contains(name.as_str())) && !text.contains(&format!(".{name}"))
    });
    names
}

fn with_other_names(text: &str, names: &BTreeSet<String>) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            word.push(letter);
            continue;
        }
        // Backwards in the alphabet, so that nothing that is sorted by name stays where it is.
        if let Some(place) = names.iter().position(|name| *name == word) {
            word = format!("z{:04}", names.len() - place);
        }
        out.push_str(&word);
        word.clear();
        out.push(letter);
    }
    out
}
