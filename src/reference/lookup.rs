//! From a word as somebody types it to what is said of it.

use super::contents::{Section, chapters};
use super::entry::{Entry, Kind};
use crate::registry::{self, BUILTINS, FINDINGS, Finding, UNITS};
use std::cmp::Reverse;

/// What was found under a word.
#[derive(Clone, Debug)]
pub enum Found {
    /// Every meaning of the word.
    Entries(Vec<Entry>),
    /// A module, with all that it exports.
    Module(Section),
    Finding(&'static Finding),
    /// No word of its own, but an argument of these builtins, or what an argument of them may be.
    Argument(Vec<&'static str>),
    Nothing,
}

/// Looks a word up: the name of anything in the language, an id, or something of the standard library with its module
/// (`std.shapes.classify` or `shapes.classify`) or without.
#[must_use]
pub fn lookup(word: &str) -> Found {
    let word = word.trim();
    let id = word.to_uppercase();
    if let Some(page) = FINDINGS.iter().find(|page| page.id == id) {
        return Found::Finding(page);
    }
    let sections = || chapters().iter().flat_map(|chapter| &chapter.sections);
    let (library, language): (Vec<&Entry>, Vec<&Entry>) =
        sections().flat_map(|section| &section.entries).partition(|entry| entry.kind == Kind::Library);
    let chosen = |from: &[&Entry], holds: &dyn Fn(&str) -> bool| -> Vec<Entry> {
        from.iter().filter(|entry| holds(&entry.name)).map(|entry| (*entry).clone()).collect()
    };
    let full = if word.starts_with("std.") { word.to_string() } else { format!("std.{word}") };
    let module = sections().find(|section| section.title == full);
    let plain = UNITS.iter().find(|unit| unit.plural == word).map_or(word, |unit| unit.singular);
    let mut entries = chosen(&language, &|name| name == plain);
    if let Some(entry) = entries.last_mut() {
        // What the standard library has under the name is pointed at.
        let alike = library.iter().filter(|other| last(&other.name) == word).map(|other| other.name.clone());
        entry.see_also.extend(module.map(|module| module.title.clone()).into_iter().chain(alike));
        return Found::Entries(entries);
    }
    if let Some(module) = module {
        return Found::Module(module.clone());
    }
    // `pool` stands for `in pool`, `per` for the four blocks of a task.
    let part = |name: &str| name.contains(' ') && name.split(' ').any(|part| part == word);
    let ways: [Vec<Entry>; 3] = [
        chosen(&library, &|name| name == full),
        chosen(&library, &|name| last(name) == word),
        chosen(&language, &part),
    ];
    if let Some(entries) = ways.into_iter().find(|entries| !entries.is_empty()) {
        return Found::Entries(entries);
    }
    let mut takers: Vec<&str> = BUILTINS
        .iter()
        .filter(|builtin| {
            let takes = |kind: registry::Kind| kind.words().contains(&word);
            builtin.params.iter().any(|parameter| parameter.name == word || takes(parameter.kind))
        })
        .map(|builtin| builtin.name)
        .collect();
    takers.dedup();
    if takers.is_empty() { Found::Nothing } else { Found::Argument(takers) }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Up to three names that may have been meant, the nearest first.
#[must_use]
pub fn suggestions(word: &str) -> Vec<String> {
    let mut names: Vec<String> = FINDINGS.iter().map(|page| page.id.to_string()).collect();
    for section in chapters().iter().flat_map(|chapter| &chapter.sections) {
        names.extend(section.entries.iter().map(|entry| entry.name.clone()));
        names.extend(Some(&section.title).filter(|title| title.starts_with("std.")).cloned());
    }
    names.sort_unstable();
    names.dedup();
    let allowed = (word.chars().count() / 3).max(1);
    let lower = word.to_lowercase();
    let mut near: Vec<(usize, String)> = names
        .into_iter()
        .filter_map(|name| {
            let shown = name.to_lowercase();
            let distance = [shown.as_str(), last(&shown)].map(|known| strsim::damerau_levenshtein(&lower, known));
            let distance = distance[0].min(distance[1]);
            let part = lower.len() > 2 && shown.contains(&lower);
            (distance <= allowed || part).then_some((if part { distance.min(allowed) } else { distance }, name))
        })
        .collect();
    near.sort_by_key(|(distance, name)| (*distance, Reverse(common(&lower, name)), name.clone()));
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// How many letters two words begin with in common.
fn common(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}
