//! The words, signs and comments of a text that has no faults, each with what the grammar takes it for.

use super::super::expressions::binds;
use super::super::grammar::{Pair, Pairs, Rule};
use super::super::tokens::token_length;

/// What a piece is, as far as layout asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, a literal or a sign of no further interest.
    Plain,
    /// `//`.
    Comment,
    /// `///` or `#allow`: stands above what it belongs to.
    Above,
    /// `//!`.
    FileDoc,
    /// An operator with an operand before it, and how tight it binds. A line may end with it.
    Infix(u8),
    /// A `-` with no operand before it.
    Minus,
    /// `..` or `..=`.
    Range,
    /// The `:` before the type of a value.
    TypeColon,
    /// A bracket that holds on to what stands before it: a call, an index, parameters.
    Glued,
    /// The `[` of a list.
    List,
}

/// One piece with the space before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'s> {
    pub kind: Kind,
    pub text: &'s str,
    /// Whether an item or an entry begins with it.
    pub leads: bool,
    /// The line it stands on, from 0.
    pub line: usize,
    /// How many line ends are between the piece before and this.
    pub ends: usize,
    /// Of a comment: characters from the line's start, and from the piece before on the line.
    pub column: usize,
    pub gap: usize,
}

/// What the grammar says of the piece that starts at a byte.
enum Mark {
    Leads,
    Is(Kind),
}

/// Cuts a text without faults into pieces.
pub(super) fn pieces<'s>(text: &'s str, pairs: Pairs<'s>) -> Vec<Piece<'s>> {
    let mut marks = pairs.flatten().filter_map(|pair| Some((pair.as_span().start(), mark(&pair)?))).peekable();
    let mut found = Vec::new();
    let (mut at, mut line, mut ends) = (0, 0, 0);
    let (mut line_start, mut last_end) = (0, 0);
    while let Some(first) = text[at..].chars().next() {
        match first {
            '\n' => {
                ends += 1;
                line += 1;
                at += 1;
                line_start = at;
                last_end = at;
                continue;
            }
            ' ' | '\t' | '\r' | '\u{FEFF}' => {
                at += first.len_utf8();
                continue;
            }
            _ => {}
        }
        let (mut kind, length) = cut(&text[at..], first);
        let mut piece = Piece { kind, text: &text[at..at + length], leads: false, line, ends, column: 0, gap: 0 };
        if matches!(kind, Kind::Comment | Kind::Above | Kind::FileDoc) {
            piece.text = piece.text.trim_end();
            piece.column = text[line_start..at].chars().count();
            piece.gap = text[last_end..at].chars().count();
        }
        while let Some((start, mark)) = marks.next_if(|(start, _)| *start <= at) {
            match mark {
                _ if start < at => {}
                Mark::Leads => piece.leads = true,
                Mark::Is(known) => kind = known,
            }
        }
        piece.kind = kind;
        found.push(piece);
        at += length;
        last_end = at;
        ends = 0;
    }
    found
}

/// The kind and length of the piece that `rest` begins with.
fn cut(rest: &str, first: char) -> (Kind, usize) {
    let line = || rest.find('\n').unwrap_or(rest.len());
    if rest.starts_with("//!") {
        (Kind::FileDoc, line())
    } else if rest.starts_with("///") && !rest.starts_with("////") || first == '#' {
        (Kind::Above, line())
    } else if rest.starts_with("//") {
        (Kind::Comment, line())
    } else {
        (Kind::Plain, token_length(rest, first).1)
    }
}

fn mark(pair: &Pair<'_>) -> Option<Mark> {
    let kind = match pair.as_rule() {
        Rule::use_item
        | Rule::header
        | Rule::nested
        | Rule::sweep
        | Rule::expect
        | Rule::filter
        | Rule::draw
        | Rule::definition
        | Rule::setting
        | Rule::bare => return Some(Mark::Leads),
        Rule::infix if pair.as_str().starts_with("..") => Kind::Range,
        Rule::infix => Kind::Infix(binds(pair.as_str())),
        Rule::minus => Kind::Minus,
        Rule::value_type => Kind::TypeColon,
        Rule::call | Rule::index | Rule::params | Rule::type_args | Rule::type_shape => Kind::Glued,
        Rule::list => Kind::List,
        _ => return None,
    };
    Some(Mark::Is(kind))
}
