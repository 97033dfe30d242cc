//! The one layout of a program: from text to the same program as everybody writes it.
//!
//! [`pieces`] cuts the text into words, signs and comments and learns from the grammar what each is; [`structure`]
//! gathers them into blocks, entries and brackets; [`layout`] decides where lines end; [`page`] holds the lines and
//! aligns the comments behind them. No piece is ever dropped, added or moved past another but commas, so that a program
//! keeps its meaning. docs/formatting.md says the rules.

mod layout;
mod page;
mod pieces;
mod structure;

use super::lower::Reader;
use super::{depth, grammar, parse};
use crate::diagnostic::{Diagnostic, FileId, Severity};

/// The text of a program in the one layout, where a line is no longer than 120 characters if it can be broken.
///
/// Formatting what was formatted changes nothing, and the tree of the result is that of `text` but for places.
///
/// # Errors
/// What is wrong with the form of the text, which is then not formatted; places are byte offsets into `text`.
pub fn format(id: FileId, text: &str) -> Result<String, Vec<Diagnostic>> {
    let (shallow, deep) = depth::without_deep_items(id, text);
    let pairs = grammar::file(&shallow);
    let mut reader = Reader::new(id, &shallow);
    reader.file(pairs.clone());
    let fault = deep.iter().chain(&reader.found).any(|finding| finding.severity == Severity::Error);
    let Some(pairs) = pairs.filter(|_| !fault) else { return Err(parse(id, text).1) };
    let pieces = pieces::pieces(text, pairs);
    let rows = structure::rows(&pieces);
    Ok(layout::lay_out(&rows))
}
