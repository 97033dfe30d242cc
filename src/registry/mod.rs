//! The one table of the words of the language: items, settings, builtins, units and findings, each with its sentence.
//!
//! The checker, the messages and the documentation read it; how any word runs is not known here.

mod builtins;
mod examples;
mod findings;
mod items;
mod kind;
mod lines;
mod operators;
mod pages;
mod settings;
mod types;
mod units;

pub use builtins::{BUILTINS, Builtin, Group, Parameter, builtin, forms};
pub use examples::{
    Example, example_of_builtin, example_of_item, example_of_line, example_of_setting, example_of_type,
    example_of_unit, examples,
};
pub use findings::{FINDINGS, Finding, finding};
pub use items::{ITEMS, Item};
pub use kind::Kind;
pub use lines::{LINES, Line};
pub use operators::{OPERATORS, Operator};
pub use pages::{PAGES, page_of};
pub use settings::{BlockKind, Need, SETTINGS, Setting, settings_of};
pub use types::{TYPE_WORDS, TYPES, TypeWord, types};
pub use units::{Dimension, UNITS, Unit, unit};

/// The candidate nearest to a misspelt word, if any is near enough to be meant.
///
/// Distance is Damerau-Levenshtein; about a third of the word may differ, at least one letter, never all of them.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = word.chars().count();
    let allowed = ((letters + 1) / 3).max(1).min(letters.saturating_sub(1));
    candidates
        .into_iter()
        // Words are no nearer than their lengths, which are much sooner compared.
        .filter(|candidate| candidate.chars().count().abs_diff(letters) <= allowed)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}
