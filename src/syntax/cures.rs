//! Certain cures of faults of form, as edits of the text.
//!
//! A cure is certain where the text can have meant one thing only. What a cure needs of the text around a fault is
//! looked up here, so that the words in `messages` need none of it.

use super::tokens::{KEYWORDS, Kind, Token, tokens};
use crate::diagnostic::{Diagnostic, Edit, Span};

/// Operators that may end a line.
const OPERATORS: [&str; 19] =
    ["<=", ">=", "==", "!=", "<", ">", "->", "..=", "..", "+", "-", "*", "/", "%", "^", "and", "or", "where", "|"];

/// Items that are written with `=`.
const VALUES: [&str; 5] = ["param", "let", "data", "loss", "metric"];

/// The edits of a cure; none where it is not certain.
type Cure = Option<Vec<Edit>>;

impl Diagnostic {
    /// The same finding with the edits of a cure, where there is one.
    pub(super) fn cured(mut self, edits: impl Into<Cure>) -> Self {
        self.fix.extend(edits.into().into_iter().flatten());
        self
    }
}

/// One edit.
fn replace(span: Span, text: impl Into<String>) -> Vec<Edit> {
    vec![Edit { span, text: text.into() }]
}

fn within(at: Span, start: usize, end: usize) -> Span {
    Span::new(at.file, start, end)
}

fn insert(at: Span, place: usize, text: &str) -> Vec<Edit> {
    replace(within(at, place, place), text)
}

/// Where code last ends before a byte, on its line or above it, with whether a value may end there.
fn code_end(text: &str, before: usize) -> Option<(usize, bool)> {
    let mut end = before;
    loop {
        let start = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let line = tokens(&text[start..end]);
        if let Some(last) = line.iter().rev().find(|token| token.kind != Kind::Doc) {
            return Some((start + last.end(), last.ends_value()));
        }
        end = start.checked_sub(1)?;
    }
}

/// The bytes of the line that a byte lies in, with its end.
fn line_of(text: &str, at: usize) -> (usize, usize) {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
    (start, end)
}

/// Whether two bytes lie on one line with nothing but blanks between.
fn blank(text: &str, from: usize, to: usize) -> bool {
    text.get(from..to).is_some_and(|gap| gap.bytes().all(|byte| byte == b' ' || byte == b'\t'))
}

/// ` {` at the end of the line above, in place of a `{` alone.
pub(super) fn brace_above(text: &str, brace: Span) -> Cure {
    let at = brace.start as usize;
    let (end, _) = code_end(text, at)?;
    let (start, next) = line_of(text, at);
    let rest = &text[at + 1..next];
    let removed = if rest.trim().is_empty() && blank(text, start, at) {
        within(brace, start, next)
    } else {
        within(brace, at, at + 1 + rest.len() - rest.trim_start_matches([' ', '\t']).len())
    };
    Some(vec![Edit { span: within(brace, end, end), text: " {".into() }, Edit { span: removed, text: String::new() }])
}

/// An operator at the end of the line above, in place of one that begins a line.
pub(super) fn operator_above(text: &str, sign: Span) -> Cure {
    let (from, to) = (sign.start as usize, sign.end as usize);
    let written = &text[from..to];
    let (end, value) = code_end(text, line_of(text, from).0.checked_sub(1)?)?;
    let rest = &text[to..];
    let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let operand = rest[gap..].chars().next().is_some_and(|next| !matches!(next, '\r' | '\n'));
    (OPERATORS.contains(&written) && value && operand && written != "|").then(|| {
        vec![
            Edit { span: within(sign, end, end), text: format!(" {written}") },
            Edit { span: within(sign, from, to + gap), text: String::new() },
        ]
    })
}

/// A `:` behind a key.
pub(super) fn colon(key: Span) -> Vec<Edit> {
    insert(key, key.end as usize, ":")
}

/// `sign` glued or spaced as it should be, in place of the one behind a name.
pub(super) fn sign_after(text: &str, name: Span, written: Span, sign: &str) -> Cure {
    let (from, to) = (name.end as usize, written.end as usize);
    let glued = text[to..].chars().next().is_some_and(|next| !next.is_whitespace());
    let space = if glued { " " } else { "" };
    let sign = if sign == ":" { ":".to_string() } else { format!(" {sign}") };
    blank(text, from, written.start as usize).then(|| replace(within(name, from, to), format!("{sign}{space}")))
}

/// A `,` behind a token.
pub(super) fn comma_after(token: Span) -> Vec<Edit> {
    insert(token, token.end as usize, ",")
}

/// A `=` behind the name of an item that has a value.
pub(super) fn equals_after(keyword: &str, name: Span) -> Cure {
    VALUES.contains(&keyword).then(|| insert(name, name.end as usize, " ="))
}

/// The keyword that is nearest to a word, where none is as near.
pub(super) fn keyword(at: Span, word: &str, near: Option<&str>) -> Cure {
    let near = near?;
    let far = |known: &str| strsim::damerau_levenshtein(word, known);
    let alone = KEYWORDS.iter().all(|known| *known == near || far(known) > far(near));
    alone.then(|| replace(at, near))
}

/// The type of a parameter whose default has that type and no other.
pub(super) fn parameter_type(name: Span, guess: &str) -> Cure {
    matches!(guess, "duration" | "text" | "bool").then(|| insert(name, name.end as usize, &format!(": {guess}")))
}

/// A closing bracket for another.
pub(super) fn other_bracket(at: Span, wanted: &str) -> Vec<Edit> {
    replace(at, wanted)
}

/// No space between a name and the bracket of its call.
pub(super) fn glue(before: Span, bracket: Span) -> Vec<Edit> {
    replace(within(before, before.end as usize, bracket.start as usize), "")
}

/// An operator for another.
pub(super) fn operator(at: Span, right: &str) -> Vec<Edit> {
    replace(at, right)
}

/// `10 epochs` for `10epochs`: digits with a suffix or none, then a word.
pub(super) fn unit_apart(at: Span, number: &str) -> Cure {
    let digits = number.len() - number.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '.')).len();
    let suffix = usize::from(number[digits..].starts_with(['k', 'M']) && number.len() > digits + 4);
    let word = &number[digits + suffix..];
    let plain = word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let place = at.start as usize + digits + suffix;
    (digits > 0 && plain).then(|| insert(at, place, " "))
}

/// `5 % 3` for `5%3`.
pub(super) fn remainder(at: Span, percent: &str, rest: &str) -> Cure {
    let number = rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_' || byte == b'.');
    number.then(|| replace(at, format!("{} % {rest}", percent.trim_end_matches('%'))))
}

/// `_` for the `-` in the name of an experiment, which nothing refers to.
pub(super) fn underscores(at: Span, keyword: &str, name: &str) -> Cure {
    (keyword == "experiment").then(|| replace(at, name.replace('-', "_")))
}

/// `in` between the name of a sweep and its list.
pub(super) fn sweep_in(at: Span, words: &[Token<'_>]) -> Cure {
    let [_, name, list, ..] = words else { return None };
    let place = at.start as usize + name.end();
    (name.kind == Kind::Word && list.is("[")).then(|| insert(at, place, " in"))
}

/// `~` for the `<-` of a draw.
pub(super) fn tilde(text: &str, entry: Span) -> Cure {
    let written = &text[entry.start as usize..entry.end as usize];
    let words = tokens(written);
    let [name, arrow, ..] = words.as_slice() else { return None };
    let at = entry.start as usize + arrow.start;
    (name.kind == Kind::Word && arrow.text == "<-").then(|| replace(within(entry, at, at + 2), "~"))
}

/// `//` for every `///` of lines that document nothing.
pub(super) fn plain_comments(text: &str, lines: Span) -> Cure {
    let mut edits = Vec::new();
    let mut at = lines.start as usize;
    for line in text[at..lines.end as usize].split_inclusive('\n') {
        let start = at + line.len() - line.trim_start().len();
        if line.trim_start().starts_with("///") {
            edits.push(Edit { span: within(lines, start, start + 3), text: "//".into() });
        } else if !line.trim().is_empty() {
            return None;
        }
        at += line.len();
    }
    Some(edits)
}

/// `//` for a `///` behind code.
pub(super) fn plain_comment(at: Span) -> Vec<Edit> {
    replace(Span { end: at.start + 3, ..at }, "//")
}

/// What a character of another language means here; `entry` tells whether the line is one of a block.
pub(super) fn stray(text: &str, line: Span, words: &[Token<'_>], at: usize, entry: bool) -> Cure {
    let token = &words[at];
    let start = line.start as usize + token.start;
    let span = within(line, start, start + token.text.len());
    let next = words.get(at + 1);
    let before = at.checked_sub(1).map(|before| &words[before]);
    let word = |word: &str| {
        let tight = |gap: Option<char>| gap.is_some_and(|letter| !letter.is_whitespace());
        let (left, right) = (text[..start].chars().next_back(), text[span.end as usize..].chars().next());
        let space = |tight: bool| if tight { " " } else { "" };
        replace(span, format!("{}{word}{}", space(tight(left)), space(tight(right))))
    };
    match token.text {
        ";" if next.is_none() => Some(replace(span, "")),
        ";" if entry && before.is_some_and(Token::ends_value) && next.is_some_and(|next| next.kind == Kind::Word) => {
            Some(replace(span, ","))
        }
        "&" | "&&" => Some(word("and")),
        "||" => Some(word("or")),
        "!" if !before.is_some_and(Token::ends_value) => {
            let glued = next.is_some_and(|next| next.start == token.end());
            Some(replace(span, if glued { "not " } else { "not" }))
        }
        "\u{2212}" | "\u{2013}" => Some(replace(span, "-")),
        "\u{d7}" | "\u{b7}" => Some(replace(span, "*")),
        "\u{2264}" => Some(replace(span, "<=")),
        "\u{2265}" => Some(replace(span, ">=")),
        "\u{2260}" => Some(replace(span, "!=")),
        "\u{223c}" => Some(replace(span, "~")),
        "\u{a0}" => Some(replace(span, " ")),
        "#" if at == 0 => {
            let run = text[start..].len() - text[start..].trim_start_matches('#').len();
            Some(replace(within(line, start, start + run), "//"))
        }
        "'" | "`" | "\u{201c}" | "\u{201d}" | "\u{2018}" | "\u{2019}" => quotes(text, span, token.text),
        _ => None,
    }
}

/// `"` for both of a pair of other quotes on one line.
fn quotes(text: &str, open: Span, sign: &str) -> Cure {
    let closers: &[&str] = match sign {
        "\u{201c}" | "\u{201d}" => &["\u{201d}", "\u{201c}"],
        "\u{2018}" | "\u{2019}" => &["\u{2019}", "\u{2018}"],
        _ => &[sign],
    };
    let from = open.end as usize;
    let rest = &text[from..line_of(text, from).1];
    let (at, closer) = closers.iter().filter_map(|closer| Some((rest.find(closer)?, closer))).min()?;
    // Another quote or a letter at either end is an apostrophe, or a quote within a text.
    let apart =
        |next: Option<char>| !next.is_some_and(|next| next.is_alphanumeric() || next == '"' || sign.contains(next));
    let outside =
        apart(text[..open.start as usize].chars().next_back()) && apart(rest[at + closer.len()..].chars().next());
    let plain = outside && !rest[..at].contains(['"', '\\']);
    let close = within(open, from + at, from + at + closer.len());
    plain.then(|| vec![Edit { span: open, text: "\"".into() }, Edit { span: close, text: "\"".into() }])
}
