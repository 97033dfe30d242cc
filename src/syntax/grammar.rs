//! The parser that pest derives from the grammar, and the pairs it yields.

#![allow(missing_docs, clippy::pedantic)]

use pest::Parser as _;

#[derive(pest_derive::Parser)]
#[grammar = "grammar/icl.pest"]
pub(super) struct Grammar;

/// The matched rules of one text.
pub(super) type Pairs<'s> = pest::iterators::Pairs<'s, Rule>;

/// One matched rule.
pub(super) type Pair<'s> = pest::iterators::Pair<'s, Rule>;

/// What the grammar makes of a file; it has a rule for every text.
pub(super) fn file(text: &str) -> Option<Pairs<'_>> {
    Grammar::parse(Rule::file, text).ok()
}

/// What a rule is made of, without comments.
pub(super) fn kids(pair: Pair<'_>) -> impl DoubleEndedIterator<Item = Pair<'_>> {
    pair.into_inner().filter(|kid| kid.as_rule() != Rule::COMMENT)
}
