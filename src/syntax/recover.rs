//! What is wrong with a stretch that the grammar refused: the nearest cause, found by looking at its tokens.
//!
//! Causes are tried from the surest to the vaguest; the last resort is the place where the grammar stopped.

use pest::Parser as _;
use pest::error::InputLocation;

use super::grammar::{Grammar, Rule};
use super::tokens::{KEYWORDS, Kind, RESERVED, Token, tokens};
use super::{cures, messages};
use crate::diagnostic::{Diagnostic, Span};

/// A refused stretch and its tokens.
struct Stretch<'s> {
    at: Span,
    tokens: Vec<Token<'s>>,
    /// The whole text that it lies in.
    text: &'s str,
    /// Whether it is a line of a block.
    entry: bool,
}

impl<'s> Stretch<'s> {
    fn new(text: &'s str, at: Span, entry: bool) -> Self {
        Self { at, tokens: tokens(&text[at.start as usize..at.end as usize]), text, entry }
    }

    fn written(&self) -> &'s str {
        &self.text[self.at.start as usize..self.at.end as usize]
    }

    fn span(&self, token: &Token<'_>) -> Span {
        let start = self.at.start as usize;
        Span::new(self.at.file, start + token.start, start + token.end())
    }

    /// Whether a bracket is open before a token.
    fn bracketed(&self, at: usize) -> bool {
        let before = &self.tokens[..at];
        let count = |signs: [&str; 2]| before.iter().filter(|token| signs.iter().any(|sign| token.is(sign))).count();
        count(["(", "["]) > count([")", "]"])
    }

    fn last(&self) -> Option<&Token<'_>> {
        self.tokens.last()
    }
}

/// What is wrong with a line of a block; `opens` tells whether a `{` follows it.
pub(super) fn entry(text: &str, at: Span, opens: bool) -> Diagnostic {
    let stretch = Stretch::new(text, at, true);
    common(&stretch)
        .or_else(|| entry_value(&stretch))
        .or_else(|| inside(&stretch, opens, stretch.tokens.get(1).is_some_and(|sign| sign.is("="))))
        .unwrap_or_else(|| by_grammar(&stretch, Rule::entry_alone, stretch.written()))
}

/// What is wrong with a line among the items.
pub(super) fn item(text: &str, at: Span) -> Diagnostic {
    let stretch = Stretch::new(text, at, false);
    common(&stretch)
        .or_else(|| item_head(&stretch))
        .or_else(|| inside(&stretch, false, true))
        .unwrap_or_else(|| by_grammar(&stretch, Rule::item_alone, stretch.written()))
}

/// Faults of single characters, brackets and numbers, which are wrong wherever they stand.
fn common(stretch: &Stretch<'_>) -> Option<Diagnostic> {
    let first = stretch.tokens.first()?;
    for (place, token) in stretch.tokens.iter().enumerate() {
        let at = stretch.span(token);
        match token.kind {
            Kind::OpenText => return Some(messages::open_text(Span { end: at.start + 1, ..at })),
            Kind::Stray => {
                let cure = cures::stray(stretch.text, stretch.at, &stretch.tokens, place, stretch.entry);
                return Some(messages::stray(at, token.text).cured(cure));
            }
            Kind::Number if token.text.matches('.').count() > 1 => return Some(messages::two_dots(at, token.text)),
            Kind::Number if glued(token.text) => {
                return Some(messages::glued_number(at, token.text).cured(cures::unit_apart(at, token.text)));
            }
            Kind::Sign if token.text == "**" => {
                return Some(messages::wrong_operator(at, "**", "^").cured(cures::operator(at, "^")));
            }
            _ => {}
        }
    }
    if first.joins() {
        let at = stretch.span(first);
        return Some(messages::leading_operator(at, first.text).cured(cures::operator_above(stretch.text, at)));
    }
    brackets(stretch)
}

/// Whether letters hang on a number in a way that no suffix or exponent allows.
fn glued(number: &str) -> bool {
    let plain = number.strip_suffix('%').unwrap_or(number);
    let plain = plain.strip_suffix(['k', 'M']).unwrap_or(plain);
    let mantissa = match plain.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if exponent.is_empty() || !exponent.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
                return true;
            }
            mantissa
        }
        None => plain,
    };
    mantissa.contains(|letter: char| letter.is_ascii_alphabetic())
}

/// A bracket that is never closed, closed by another, or closes nothing.
fn brackets(stretch: &Stretch<'_>) -> Option<Diagnostic> {
    let mut open: Vec<&Token<'_>> = Vec::new();
    for (place, token) in stretch.tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Sign) {
        match token.text {
            "(" | "[" => open.push(token),
            ")" | "]" => {
                let Some(opener) = open.pop() else {
                    return Some(messages::closes_nothing(stretch.span(token), token.text));
                };
                let wanted = closer(opener.text);
                if wanted != token.text {
                    let (at, from) = (stretch.span(token), stretch.span(opener));
                    // Where another bracket is open, or one is closed later, it may be that one that is missing.
                    let alone = open.is_empty() && closed(&stretch.tokens[place + 1..]);
                    let cure = alone.then(|| cures::other_bracket(at, wanted));
                    return Some(messages::closed_by_other(at, from, token.text, opener.text, wanted).cured(cure));
                }
            }
            _ => {}
        }
    }
    open.last().map(|token| messages::unclosed(stretch.span(token), token.text, closer(token.text)))
}

/// Whether as many brackets are closed as are opened.
fn closed(tokens: &[Token<'_>]) -> bool {
    let count = |sign: &str| tokens.iter().filter(|token| token.is(sign)).count();
    count("(") == count(")") && count("[") == count("]")
}

fn closer(open: &str) -> &'static str {
    if open == "(" { ")" } else { "]" }
}

/// A key that is no name, or has no value.
fn entry_value(stretch: &Stretch<'_>) -> Option<Diagnostic> {
    let [first, rest @ ..] = stretch.tokens.as_slice() else { return None };
    let sign = rest.first()?;
    if first.is("sweep") && !matches!(sign.text, ":" | "=" | "~") && !rest.iter().any(|token| token.is("in")) {
        let cure = cures::sweep_in(stretch.at, &stretch.tokens);
        return Some(messages::sweep_without_in(stretch.span(first)).cured(cure));
    }
    if first.kind != Kind::Word || !matches!(sign.text, ":" | "=" | "~") {
        return None;
    }
    if RESERVED.contains(&first.text) {
        return Some(messages::reserved(stretch.span(first), first.text));
    }
    (rest.len() == 1)
        .then(|| messages::missing_value(stretch.span(first).to(stretch.span(sign)), first.text, sign.text))
}

/// Faults within an expression or a phrase; `defines` tells whether the first `=` outside brackets belongs there.
fn inside(stretch: &Stretch<'_>, opens: bool, mut defines: bool) -> Option<Diagnostic> {
    let tokens = &stretch.tokens;
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        let span = stretch.span(token);
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "at" if token.kind == Kind::Word => {
                if let Some(place) = next.filter(|next| next.kind == Kind::Number && next.text.ends_with('%')) {
                    return Some(messages::percent_place(span.to(stretch.span(place)), place.text));
                }
            }
            "=" if depth == 0 && defines => defines = false,
            "=" if depth == 0 && token.kind == Kind::Sign => {
                // Behind a name that follows a value it begins another entry.
                let another = at > 1 && tokens[at - 1].kind == Kind::Word && tokens[at - 2].ends_value();
                let cure = (!another).then(|| cures::operator(span, "=="));
                return Some(messages::wrong_operator(span, "=", "==").cured(cure));
            }
            "/" | "*" | "+" | "-" | "^" | "<" | ">" | "<=" | ">=" | "==" | "!=" if token.kind == Kind::Sign => {
                if let Some(next) = next.filter(|next| next.joins() && next.text != "-") {
                    return Some(
                        messages::missing_operand(span, token.text).also(stretch.span(next), "found this instead"),
                    );
                }
            }
            _ if token.kind == Kind::Doc && at > 0 => {
                return Some(messages::trailing_doc(span).cured(cures::plain_comment(span)));
            }
            _ => {}
        }
        let key = token.kind == Kind::Word && next.is_some_and(|next| next.is(":") || next.is("~"));
        if at > 1 && depth == 0 && key && tokens[at - 1].ends_value() {
            let first = stretch.span(&tokens[at - 1]);
            let cure = stretch.entry.then(|| cures::comma_after(first));
            return Some(messages::two_on_a_line(first).cured(cure));
        }
    }
    partial_if(stretch).or_else(|| {
        let last = stretch.last()?;
        let joins = last.joins() || last.is("not") || last.is("where") && tokens.len() > 1;
        (joins && !opens).then(|| messages::missing_operand(stretch.span(last), last.text))
    })
}

/// An `if` without its `then` or `else`.
fn partial_if(stretch: &Stretch<'_>) -> Option<Diagnostic> {
    let count = |word: &str| stretch.tokens.iter().filter(|token| token.is(word)).count();
    let ifs = count("if");
    let at = stretch.tokens.iter().find(|token| token.is("if"))?;
    let missing = ["then", "else"].into_iter().find(|word| count(word) < ifs)?;
    Some(messages::partial_if(stretch.span(at), missing))
}

/// An item whose head is not complete, or a line that belongs to no item.
fn item_head(stretch: &Stretch<'_>) -> Option<Diagnostic> {
    let all = stretch.tokens.as_slice();
    let all = if all.first()?.is("pub") { &all[1..] } else { all };
    let Some(word) = all.first() else {
        let help = "write an item after `pub`, such as `pub task name { ... }`".to_owned();
        return Some(messages::incomplete(stretch.at, "`pub` exports nothing".to_owned(), help));
    };
    let at = stretch.span(word);
    if word.kind != Kind::Word || RESERVED.contains(&word.text) {
        return Some(messages::outside(at));
    }
    if !KEYWORDS.contains(&word.text) {
        let named = all.get(1).is_some_and(|next| next.kind == Kind::Word && !RESERVED.contains(&next.text));
        let indented = !named || all.get(2).is_some_and(|next| !matches!(next.text, "(" | "{" | "=" | ":"));
        return Some(if indented { messages::outside(at) } else { unknown_item(at, word.text).0 });
    }
    let keyword = word.text;
    let Some(name) = all.get(1) else {
        let example = if keyword == "use" { "use std.models".to_owned() } else { format!("{keyword} my_{keyword}") };
        return Some(messages::incomplete(at, format!("this `{keyword}` has no name"), format!("write `{example}`")));
    };
    if RESERVED.contains(&name.text) && name.kind == Kind::Word {
        return Some(messages::reserved(stretch.span(name), name.text));
    }
    if keyword == "use" || name.kind != Kind::Word {
        return None;
    }
    item_rest(stretch, keyword, name, &all[2..])
}

/// A word that starts no item, and the keyword that was probably meant.
pub(super) fn unknown_item(at: Span, word: &str) -> (Diagnostic, Option<&'static str>) {
    let (finding, near) = messages::unknown_item(at, word);
    (finding.cured(cures::keyword(at, word, near)), near)
}

/// What follows the keyword and the name of an item.
fn item_rest(stretch: &Stretch<'_>, keyword: &str, name: &Token<'_>, rest: &[Token<'_>]) -> Option<Diagnostic> {
    let whole = stretch.at;
    let Some(next) = rest.first() else {
        let help = format!("write `{keyword} {} = ...` or `{keyword} {} {{ ... }}`", name.text, name.text);
        return Some(messages::incomplete(whole, format!("`{keyword} {}` says nothing", name.text), help));
    };
    if next.is("=") && rest.len() == 1 {
        let at = stretch.span(name).to(stretch.span(next));
        return Some(messages::missing_value(at, name.text, "="));
    }
    if next.is("-") && next.start == name.end() {
        let mut full = name.text.to_owned();
        let mut end = name.end();
        for token in rest.iter().take_while(|token| token.is("-") || matches!(token.kind, Kind::Word | Kind::Number)) {
            if token.start != end {
                break;
            }
            full.push_str(token.text);
            end = token.end();
        }
        let start = stretch.at.start as usize;
        let at = Span::new(stretch.at.file, start + name.start, start + end);
        return Some(messages::hyphen(at, &full).cured(cures::underscores(at, keyword, &full)));
    }
    if next.is(":") && !rest.iter().any(|token| token.is("=")) {
        if matches!(keyword, "param" | "let") {
            let help = format!("write `= ...` after the type of `{}`", name.text);
            return Some(messages::incomplete(whole, format!("`{keyword} {}` has no value", name.text), help));
        }
        let at = stretch.span(next);
        let cure = cures::sign_after(stretch.text, stretch.span(name), at, "=");
        return Some(messages::colon_for_equals(at, keyword, name.text).cured(cure));
    }
    let value = matches!(next.kind, Kind::Number | Kind::Word | Kind::Text) || next.is("[");
    if value && !rest.iter().any(|token| token.is("=")) {
        let at = stretch.span(name);
        return Some(messages::missing_equals(at, keyword, name.text).cured(cures::equals_after(keyword, at)));
    }
    let closed = rest.last().is_some_and(|last| last.is(")"));
    if next.is("(") && closed && Grammar::parse(Rule::params_alone, &text_of(rest)).is_ok() {
        let help = format!("write `= ...` or `{{ ... }}` after the parameters of `{}`", name.text);
        return Some(messages::incomplete(whole, format!("`{keyword} {}` says nothing", name.text), help));
    }
    None
}

/// Tokens as a text again, without what stood between them.
fn text_of(tokens: &[Token<'_>]) -> String {
    tokens.iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
}

/// The last resort: the token where the grammar stopped.
fn by_grammar(stretch: &Stretch<'_>, rule: Rule, text: &str) -> Diagnostic {
    let stopped = match Grammar::parse(rule, text).map_err(|error| error.location) {
        Err(InputLocation::Pos(at) | InputLocation::Span((at, _))) => at,
        Ok(_) => 0,
    };
    let Some(at) = stretch.tokens.iter().position(|token| token.end() > stopped) else {
        let Some(last) = stretch.last() else { return messages::unexpected(stretch.at, "", "an entry") };
        return messages::missing_operand(stretch.span(last), last.text);
    };
    let found = &stretch.tokens[at];
    let span = stretch.span(found);
    if let Some(next) = stretch.tokens.get(at + 1)
        && found.text.ends_with('%')
        && next.start == found.end()
    {
        let whole = span.to(stretch.span(next));
        let cure = cures::remainder(whole, found.text, next.text);
        return messages::glued_percent(whole, found.text, next.text).cured(cure);
    }
    let Some(before) = at.checked_sub(1).map(|before| &stretch.tokens[before]) else {
        return messages::unexpected(span, found.text, "a name");
    };
    let glued = before.end() == found.start;
    if before.ends_value() {
        return match found.text {
            "(" | "[" if before.kind == Kind::Word && !glued => {
                let cure = cures::glue(stretch.span(before), span);
                messages::space_before(span, before.text, found.text).cured(cure)
            }
            _ => {
                let bracketed = stretch.bracketed(at);
                let named = found.kind == Kind::Word && stretch.tokens.get(at + 1).is_some_and(|next| next.is(":"));
                let cure = (bracketed && named).then(|| cures::comma_after(stretch.span(before)));
                messages::no_continuation(span, found.text, before.text, bracketed).cured(cure)
            }
        };
    }
    if RESERVED.contains(&found.text) && found.kind == Kind::Word {
        return messages::reserved(span, found.text);
    }
    messages::unexpected(span, found.text, "a value")
}
