//! The parser that pest derives from the grammar, and the pairs it yields.

#![allow(missing_docs, clippy::pedantic)]

#[derive(pest_derive::Parser)]
#[grammar = "grammar/icl.pest"]
pub(super) struct Grammar;

/// One matched rule.
pub(super) type Pair<'s> = pest::iterators::Pair<'s, Rule>;

/// What a rule is made of, without comments.
pub(super) fn kids(pair: Pair<'_>) -> impl DoubleEndedIterator<Item = Pair<'_>> {
    pair.into_inner().filter(|kid| kid.as_rule() != Rule::COMMENT)
}
