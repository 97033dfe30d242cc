//! From text to tree: reads one file, keeps whatever can be read, and reports every fault at once.
//!
//! The grammar in `grammar/icl.pest` accepts every text, since what fits no rule becomes a `bad_*` stretch. [`lower`]
//! and [`entries`] build the tree, [`expressions`] applies precedence, [`recover`] says what is wrong with a bad
//! stretch, and [`messages`] holds the words. [`depth`] goes first, so that no text can exhaust the stack.

mod cures;
mod depth;
mod entries;
mod expressions;
mod format;
mod grammar;
mod literals;
mod lower;
mod messages;
mod recover;
mod tokens;
pub mod tree;

use crate::diagnostic::{Diagnostic, FileId};
pub use format::format;
use lower::Reader;

/// Reads one file: the tree of what could be read and every fault of its form, in order of place.
///
/// It takes any text whatever; spans are byte offsets into `text`.
#[must_use]
pub fn parse(id: FileId, text: &str) -> (tree::File, Vec<Diagnostic>) {
    let (shallow, mut found) = depth::without_deep_items(id, text);
    let mut reader = Reader::new(id, &shallow);
    let file = reader.file(grammar::file(&shallow));
    found.append(&mut reader.found);
    found.sort_by_key(|finding| (finding.span().start, finding.span().end, finding.id));
    found.dedup_by_key(|finding| (finding.span(), finding.id));
    (file, found)
}
