//! From a word as somebody types it to what is said of it.

use super::contents::{Section, chapters};
use super::entry::{Entry, Kind};
use super::library::modules;
use crate::registry::{FINDINGS, Finding, UNITS};
use std::cmp::Reverse;

/// What was found under a word.
#[derive(Clone, Debug)]
pub enum Found {
    /// Every meaning of the word.
    Entries(Vec<Entry>),
    /// A module, with all that it exports.
    Module(Section),
    Finding(&'static Finding),
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
    let plain = UNITS.iter().find(|unit| unit.plural == word).map_or(word, |unit| unit.singular);
    let all: Vec<Section> = chapters().into_iter().flat_map(|chapter| chapter.sections).collect();
    let every = || all.iter().flat_map(|section| &section.entries);
    let language = || every().filter(|entry| entry.kind != Kind::Library);
    let mut entries: Vec<Entry> = language().filter(|entry| entry.name == plain).cloned().collect();
    let library: Vec<&Entry> = every().filter(|entry| entry.kind == Kind::Library).collect();
    if entries.is_empty() {
        let full = if word.starts_with("std.") { word.to_string() } else { format!("std.{word}") };
        if let Some(section) = all.iter().find(|section| section.title == full) {
            return Found::Module(section.clone());
        }
        entries = library.iter().filter(|entry| entry.name == full).map(|entry| (*entry).clone()).collect();
    }
    if entries.is_empty() {
        entries = library.iter().filter(|entry| last(&entry.name) == word).map(|entry| (*entry).clone()).collect();
    }
    if entries.is_empty() {
        // `pool` for `in pool`, `per` for the four blocks of a task.
        let part = |entry: &&Entry| entry.kind == Kind::Line && entry.name.split(' ').any(|part| part == word);
        entries = language().filter(part).cloned().collect();
    } else if let Some(entry) = entries.last_mut().filter(|entry| entry.kind != Kind::Library) {
        // A standard item of the same name is pointed at.
        let alike = library.iter().filter(|other| last(&other.name) == word);
        entry.see_also.extend(alike.map(|other| other.name.clone()));
    }
    if entries.is_empty() { Found::Nothing } else { Found::Entries(entries) }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Up to three names that may have been meant, the nearest first.
#[must_use]
pub fn suggestions(word: &str) -> Vec<String> {
    let mut names: Vec<String> = FINDINGS.iter().map(|page| page.id.to_string()).collect();
    for chapter in chapters() {
        names.extend(chapter.sections.into_iter().flat_map(|section| section.entries).map(|entry| entry.name));
    }
    names.extend(modules().into_iter().map(|module| module.name));
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
