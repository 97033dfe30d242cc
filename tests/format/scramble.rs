//! Programs with other space, line ends, commas and comments that mean the same.

/// A small generator of pseudo-random numbers: the tests need many texts, not good ones.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    /// True once in `of` times.
    pub fn once(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

/// A stretch of a program as far as these changes must know it.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Bit<'s> {
    /// Spaces that stand on a line between two other bits.
    Space,
    End,
    Comment(&'s str),
    /// `///`, `//!` and `#allow` lines.
    Doc(&'s str),
    /// A text, a word, a number or a sign.
    Other(&'s str),
}

/// Cuts a program into bits; spaces at both ends of a line are dropped.
fn bits(text: &str) -> Vec<Bit<'_>> {
    let mut bits = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let length = match first {
            '\n' => 1,
            ' ' => rest.len() - rest.trim_start_matches(' ').len(),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' => {
                let mut escaped = false;
                let end = rest[1..].find(|letter| {
                    let closes = letter == '"' && !escaped;
                    escaped = letter == '\\' && !escaped;
                    closes
                });
                end.unwrap() + 2
            }
            _ if word(first) => rest.find(|letter| !word(letter)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let bit = &rest[..length];
        let doc = bit.starts_with("//!") || bit.starts_with("///") && !bit.starts_with("////");
        bits.push(match first {
            '\n' => Bit::End,
            ' ' => Bit::Space,
            '#' => Bit::Doc(bit.trim_end()),
            _ if doc => Bit::Doc(bit.trim_end()),
            _ if bit.starts_with("//") => Bit::Comment(bit.trim_end()),
            _ => Bit::Other(bit),
        });
        rest = &rest[length..];
    }
    let kept = |at: usize| {
        let beside = |other: Option<&Bit<'_>>| other.is_none_or(|bit| *bit == Bit::End);
        let before = at.checked_sub(1).and_then(|before| bits.get(before));
        bits[at] != Bit::Space || !(beside(before) || beside(bits.get(at + 1)))
    };
    (0..bits.len()).filter(|at| kept(*at)).map(|at| bits[at]).collect()
}

/// The comments of a program, in order.
pub fn comments(text: &str) -> Vec<String> {
    let comment = |bit| if let Bit::Comment(text) = bit { Some(text.to_string()) } else { None };
    bits(text).into_iter().filter_map(comment).collect()
}

/// The program with other spaces, indents, blank lines and line ends, which is formatted to the same.
///
/// The space before comments stays, since their columns are kept.
pub fn respaced(text: &str, dice: &mut Dice) -> String {
    let bits = bits(text);
    let end = if dice.once(2) { "\r\n" } else { "\n" };
    let mut out = if dice.once(3) { "\u{FEFF}".to_string() } else { String::new() };
    for (at, bit) in bits.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| bits[before]);
        let next = bits.get(at + 1).copied();
        match bit {
            Bit::Space if matches!(next, Some(Bit::Comment(_))) => out.push_str("  "),
            Bit::Space => {
                let loose = |bit| matches!(bit, Some(Bit::Other("," | ":" | "~" | "*" | "+" | "{" | "}")));
                if !(loose(before) || loose(next)) || dice.once(2) {
                    out.push_str(["    ", " ", "\t ", "  ", " \t"][dice.below(5)]);
                }
            }
            Bit::End => {
                out.push_str(["", " ", "\t"][dice.below(3)]);
                out.push_str(end);
                if before == Some(Bit::End) {
                    (0..dice.below(3)).for_each(|_| out.push_str(end));
                }
            }
            Bit::Comment(text) | Bit::Doc(text) | Bit::Other(text) => {
                if before.is_none_or(|before| before == Bit::End) {
                    out.push_str(&" ".repeat(dice.below(6)));
                }
                out.push_str(text);
                let opens = matches!(text, &"(" | &"[");
                let closes = matches!(next, Some(Bit::Other(")" | "]" | ",")));
                if (opens && next != Some(Bit::End) || closes) && dice.once(4) {
                    out.push(' ');
                }
            }
        }
    }
    out
}

/// The program with line ends, comments and commas added wherever they may stand.
pub fn rebroken(text: &str, dice: &mut Dice) -> String {
    let bits = bits(text);
    let mut out = String::new();
    let mut notes = 0;
    let mut brackets = 0_usize;
    // A line may end here, perhaps behind a comment, and a line of its own may hold another.
    let mut end = |out: &mut String, dice: &mut Dice| {
        if dice.once(4) {
            notes += 1;
            // Behind a `/` it would be another sign.
            let gap = dice.below(4).max(usize::from(out.ends_with('/')));
            *out += &format!("{}// note {notes}", " ".repeat(gap));
        }
        out.push('\n');
        if dice.once(8) {
            notes += 1;
            *out += &format!("{}// own {notes}\n", " ".repeat(dice.below(4)));
        }
        out.push_str([" ", "  ", "       "][dice.below(3)]);
    };
    for (at, bit) in bits.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| bits[before]);
        let next = bits.get(at + 1).copied();
        match bit {
            Bit::End if matches!(before, Some(Bit::Comment(_) | Bit::Doc(_))) => out.push('\n'),
            Bit::End => {
                if dice.once(6) {
                    end(&mut out, dice);
                }
                let commas = matches!(before, Some(Bit::Other(text)) if !"([{,".contains(text));
                let block = brackets == 0 && matches!(next, Some(Bit::Other("}")));
                out.push_str(if commas && block && dice.once(3) { "," } else { "" });
                out.push('\n');
            }
            Bit::Space => {
                let operator = matches!(
                    before,
                    Some(Bit::Other("+" | "*" | "-" | "/" | "^" | "<" | ">" | "and" | "or" | "%" | ">=" | "=="))
                );
                let binary = operator && at > 1 && bits[at - 2] == Bit::Space;
                let branch = matches!(next, Some(Bit::Other("then" | "else")));
                let comma = matches!(before, Some(Bit::Other("," | "{")));
                let closes = brackets == 0 && matches!(next, Some(Bit::Other("}")));
                if (binary || branch || comma || closes) && dice.once(3) {
                    end(&mut out, dice);
                } else {
                    out.push(' ');
                }
            }
            Bit::Comment(text) | Bit::Doc(text) => out.push_str(text),
            Bit::Other(text) => {
                let closes = matches!(*text, ")" | "]");
                if closes {
                    brackets -= 1;
                    let empty = matches!(before, Some(Bit::Other("(" | "[")));
                    if !empty && dice.once(8) {
                        end(&mut out, dice);
                    }
                }
                out.push_str(text);
                if matches!(*text, "(" | "[") {
                    brackets += 1;
                    if dice.once(8) {
                        end(&mut out, dice);
                    }
                }
            }
        }
    }
    out
}
