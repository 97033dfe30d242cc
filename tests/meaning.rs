//! Meaning is hashed, never text: whatever the order of items and lines and whatever the names of things, the plan of
//! every program in the repository has the same keys.

use icl::check::check;
use icl::diagnostic::FileId;
use icl::plan::{Selection, plans};
use icl::registry::{BUILTINS, SETTINGS, TYPES, UNITS};
use icl::stdlib::MODULES;
use icl::syntax::parse;
use icl::syntax::tree::{Block, Body, EntryKind, File, Keyword};
use icl::world::Memory;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every program that states an experiment and is checked without an error.
fn programs() -> Vec<(String, String)> {
    let mut programs = Vec::new();
    for folder in ["tests/programs", "experiments"] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "icl") {
                programs.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    programs.sort();
    assert!(programs.len() >= 10, "{} programs", programs.len());
    programs
}

/// Experiment, arm, point of the sweep, seed and key of every cell.
fn keys(name: &str, text: &str) -> BTreeSet<String> {
    let mut world = Memory::default();
    world.0.insert(PathBuf::from("main.icl"), text.to_string());
    world.0.insert(PathBuf::from("words.tsv"), fs::read_to_string("tests/programs/words.tsv").unwrap());
    let checked = check(&world, Path::new("main.icl"), &[]);
    let errors: Vec<&str> = checked
        .findings
        .iter()
        .filter(|finding| finding.id.starts_with('E'))
        .map(|finding| finding.title.as_str())
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:?}\n{text}");
    let plans = plans(checked.program.unwrap().experiments, &Selection::default()).unwrap();
    let cells = plans.iter().flat_map(|plan| plan.cells.iter().map(move |cell| (plan, cell)));
    cells
        .map(|(plan, cell)| {
            let values: Vec<&str> = plan.point(cell).iter().map(|(_, value)| value.as_str()).collect();
            format!("{} {} {values:?} {} {}", plan.experiment.name, cell.name, cell.seed, cell.key)
        })
        .collect()
}

fn shuffle<T>(list: &mut [T], dice: &mut ChaCha8Rng) {
    for last in (1..list.len()).rev() {
        list.swap(last, dice.next_u32() as usize % (last + 1));
    }
}

fn tree(text: &str) -> File {
    let (file, faults) = parse(FileId(0), text);
    assert!(faults.is_empty(), "{faults:?}");
    file
}

/// The text of a block with its lines in another order. Arms and stages keep theirs, which has a meaning: the first arm
/// is the baseline, stages follow each other.
fn shuffled_block(text: &str, block: &Block, dice: &mut ChaCha8Rng) -> String {
    let mut fixed = Vec::new();
    let mut free = Vec::new();
    for entry in &block.entries {
        let whole = &text[entry.span.start as usize..entry.span.end as usize];
        let written = match &entry.kind {
            EntryKind::Nested { block: inner, .. } => {
                let head = &text[entry.span.start as usize..inner.span.start as usize];
                format!("{head}{}", shuffled_block(text, inner, dice))
            }
            _ => whole.to_string(),
        };
        let ordered = match &entry.kind {
            EntryKind::Nested { keyword, .. } => ["arm", "stage"].contains(&keyword.text.as_str()),
            // Claims are listed as written; they are in no key.
            EntryKind::Expect { .. } | EntryKind::Bare(_) => true,
            // Several sweeps multiply in their order, which is the order of the cells.
            EntryKind::Sweep { .. } => true,
            _ => false,
        };
        if ordered { fixed.push(written) } else { free.push(written) }
    }
    shuffle(&mut free, dice);
    // The ordered lines are dealt among the others.
    let mut lines = Vec::new();
    let (mut fixed, mut free) = (fixed.into_iter().peekable(), free.into_iter().peekable());
    while fixed.peek().is_some() || free.peek().is_some() {
        let first = free.peek().is_none() || (fixed.peek().is_some() && dice.next_u32().is_multiple_of(2));
        lines.extend(if first { fixed.next() } else { free.next() });
    }
    format!("{{\n{}\n}}", lines.join("\n"))
}

fn shuffled(text: &str, dice: &mut ChaCha8Rng) -> String {
    let file = tree(text);
    let mut items: Vec<String> = (file.items.iter())
        .map(|item| {
            let (start, end) = (item.span.start as usize, item.span.end as usize);
            match &item.body {
                Body::Block(block) => {
                    let head = &text[start..block.span.start as usize];
                    format!("{head}{}", shuffled_block(text, block, dice))
                }
                _ => text[start..end].to_string(),
            }
        })
        .collect();
    // The experiments of a file are planned in the order in which they stand, so this one keeps the order of keys.
    shuffle(&mut items, dice);
    items.join("\n\n") + "\n"
}

#[test]
fn the_order_of_items_and_lines_changes_no_key() {
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    for (name, text) in programs() {
        let plain = keys(&name, &text);
        assert!(!plain.is_empty(), "{name} plans nothing");
        for _ in 0..3 {
            let other = shuffled(&text, &mut dice);
            assert_ne!(other, text, "{name}");
            assert_eq!(keys(&name, &other), plain, "{name} in another order:\n{other}");
        }
    }
}

/// Names that an author gave and that nothing outside of the file knows.
fn own_names(text: &str, file: &File) -> BTreeSet<String> {
    fn within(block: &Block, names: &mut BTreeSet<String>) {
        for entry in &block.entries {
            match &entry.kind {
                EntryKind::Draw { name, .. } | EntryKind::Definition { name, .. } => {
                    names.insert(name.text.clone());
                }
                EntryKind::Nested { block, .. } => within(block, names),
                _ => {}
            }
        }
    }
    let mut names = BTreeSet::new();
    for item in file.items.iter().filter(|item| !matches!(item.keyword, Keyword::Use | Keyword::Experiment)) {
        names.insert(item.name.text.clone());
        names.extend(item.params.iter().map(|param| param.name.text.clone()));
        if let Body::Block(block) = &item.body {
            within(block, &mut names);
        }
    }
    let used = || {
        let named = |module: &str| text.contains(&format!("use std.{module}"));
        MODULES.iter().filter(move |(module, _)| named(module)).map(|(_, source)| *source)
    };
    // A name that the language or the standard library has too is another's wherever it is an argument or a setting,
    // and so is the name of an arm or of a stage.
    let shared = |name: &String| {
        let word = name.as_str();
        let arm = |keyword: &str| text.contains(&format!("{keyword} {word} "));
        BUILTINS.iter().any(|builtin| builtin.name == word || builtin.params.iter().any(|param| param.name == word))
            || SETTINGS.iter().any(|setting| setting.key == word)
            || TYPES.contains(&word)
            || UNITS.iter().any(|unit| unit.singular == word || unit.plural == word)
            || MODULES.iter().any(|(module, _)| *module == word)
            || used().any(|source| words(source).any(|known| known == word))
            || arm("experiment")
            || arm("arm")
            || arm("stage")
            || ["experiment", "per", "measure", "plateau", "report", "label", "example", "sequence"].contains(&word)
            || text.contains(&format!("{{{word}"))
            || text.contains(&format!(".{word}"))
    };
    names.into_iter().filter(|name| !shared(name)).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).filter(|word| !word.is_empty())
}

/// The text with every such word replaced, outside of texts in quotes and comments.
fn renamed(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let code = line.find("//").map_or(line, |at| &line[..at]);
        for (place, part) in code.split('"').enumerate() {
            if place % 2 == 1 {
                out.push('"');
                out.push_str(part);
                out.push('"');
                continue;
            }
            let mut word = String::new();
            for letter in part.chars().chain([' ']) {
                if letter.is_ascii_alphanumeric() || letter == '_' {
                    word.push(letter);
                    continue;
                }
                out.push_str(names.get(&word).unwrap_or(&word));
                word.clear();
                out.push(letter);
            }
            out.pop();
        }
        out.push('\n');
    }
    out
}

#[test]
fn the_names_of_things_change_no_key() {
    let mut seen = 0;
    for (name, text) in programs() {
        let names = own_names(&text, &tree(&text));
        seen += names.len();
        // Names in the opposite order of the alphabet, so that nothing that is sorted by name stays where it is.
        let count = names.len();
        let table: BTreeMap<String, String> =
            names.into_iter().enumerate().map(|(at, name)| (name, format!("z{:03}", count - at))).collect();
        let other = renamed(&text, &table);
        assert_eq!(keys(&name, &other), keys(&name, &text), "{name} under other names:\n{other}");
    }
    assert!(seen >= 45, "only {seen} names were changed");
}
