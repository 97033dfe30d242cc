//! The words and signs of a stretch that the grammar refused, so that its fault can be named.

/// The words that start an item.
pub(super) const KEYWORDS: [&str; 11] =
    ["use", "param", "let", "data", "task", "model", "curriculum", "loss", "probe", "metric", "experiment"];

/// The words that name nothing.
pub(super) const RESERVED: [&str; 9] = ["if", "then", "else", "and", "or", "not", "in", "true", "false"];

/// The kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// Digits with whatever letters and dots are glued to them.
    Number,
    Text,
    /// A text without its closing quote.
    OpenText,
    Sign,
    /// A character that no place of the language has.
    Stray,
    Doc,
}

/// A token with its place in the stretch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'s> {
    pub kind: Kind,
    pub text: &'s str,
    pub start: usize,
}

impl Token<'_> {
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.kind, Kind::Sign | Kind::Word)
    }

    /// Whether it is an operator that needs something before it.
    pub fn joins(&self) -> bool {
        const SIGNS: [&str; 18] =
            ["+", "-", "*", "/", "%", "^", "<", ">", "<=", ">=", "==", "!=", "->", "..", "..=", "|", ".", "**"];
        match self.kind {
            Kind::Sign => SIGNS.contains(&self.text),
            Kind::Word => self.text == "and" || self.text == "or",
            _ => false,
        }
    }

    /// Whether an expression may end with it.
    pub fn ends_value(&self) -> bool {
        match self.kind {
            Kind::Word => !RESERVED.contains(&self.text) || self.text == "true" || self.text == "false",
            Kind::Number | Kind::Text => true,
            Kind::Sign => self.text == ")" || self.text == "]",
            _ => false,
        }
    }
}

/// Whether a line of text that begins here starts an item.
pub(super) fn starts_item(line: &str) -> bool {
    let line = line.strip_prefix("pub").map_or(line, |rest| {
        let trimmed = rest.trim_start_matches([' ', '\t', '\r']);
        if trimmed.len() < rest.len() { trimmed } else { line }
    });
    KEYWORDS.iter().any(|keyword| {
        line.strip_prefix(keyword).is_some_and(|rest| {
            let trimmed = rest.trim_start_matches([' ', '\t', '\r']);
            trimmed.len() < rest.len() && trimmed.starts_with(|next: char| next.is_ascii_alphabetic() || next == '"')
        })
    })
}

/// Splits a stretch into tokens, leaving out space and comments.
pub(super) fn tokens(stretch: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = stretch[at..].chars().next() {
        let rest = &stretch[at..];
        let length = match first {
            ' ' | '\t' | '\r' | '\n' | '\u{FEFF}' => {
                at += first.len_utf8();
                continue;
            }
            '/' if rest.starts_with("//") => {
                let length = rest.find('\n').unwrap_or(rest.len());
                let doc = (rest.starts_with("///") && !rest.starts_with("////")) || rest.starts_with("//!");
                if doc {
                    found.push(Token { kind: Kind::Doc, text: &rest[..length], start: at });
                }
                at += length;
                continue;
            }
            _ => token_length(rest, first),
        };
        let (kind, length) = length;
        found.push(Token { kind, text: &rest[..length], start: at });
        at += length;
    }
    found
}

/// The kind and length of the token that `rest` begins with.
pub(super) fn token_length(rest: &str, first: char) -> (Kind, usize) {
    const SIGNS: [&str; 36] = [
        "..=", "<=", ">=", "==", "!=", "->", "..", "&&", "||", "**", "=>", "<-", ":", "=", "~", "(", ")", "[", "]",
        "{", "}", ",", ".", "+", "-", "*", "/", "%", "^", "<", ">", "|", "&", "!", ";", "?",
    ];
    let run = |keep: fn(char) -> bool| rest.find(|letter| !keep(letter)).unwrap_or(rest.len());
    if first.is_ascii_alphabetic() || first == '_' {
        return (Kind::Word, run(|letter| letter.is_ascii_alphanumeric() || letter == '_'));
    }
    if first.is_ascii_digit() {
        return (Kind::Number, number_length(rest));
    }
    if first == '"' {
        return text_length(rest);
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) if matches!(*sign, "&&" | "||" | "&" | "!" | ";" | "?" | "=>" | "<-") => (Kind::Stray, sign.len()),
        Some(sign) => (Kind::Sign, sign.len()),
        None => (Kind::Stray, first.len_utf8()),
    }
}

/// Digits, dots between digits, glued letters, a signed exponent and a percent sign.
fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit_next = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        let sign = matches!(byte, b'+' | b'-') && digit_next && matches!(bytes[at.saturating_sub(1)], b'e' | b'E');
        if byte.is_ascii_alphanumeric() || byte == b'_' || (byte == b'.' && digit_next && bytes[at - 1] != b'.') || sign
        {
            at += 1;
        } else {
            break;
        }
    }
    if bytes.get(at) == Some(&b'%') { at + 1 } else { at }
}

/// A text up to its closing quote, or an open one up to the end of its line.
fn text_length(rest: &str) -> (Kind, usize) {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '\n' => return (Kind::OpenText, at),
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (Kind::Text, at + 1),
            _ => {}
        }
    }
    (Kind::OpenText, rest.len())
}
