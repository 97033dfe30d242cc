//! The words for every fault of form: a title that says what is wrong, the place, and the cure.

use super::tokens::KEYWORDS;
use crate::diagnostic::{Diagnostic, Span};

type D = Diagnostic;

pub(super) fn unreadable(at: Span) -> D {
    D::error("E0100", "this text cannot be read", at, "reading stopped here")
        .help("check that the file is a program of icl")
}

/// The fallback where no closer cause was found.
pub(super) fn unexpected(at: Span, found: &str, wanted: &str) -> D {
    let found = short(found);
    D::error("E0101", format!("`{found}` cannot stand here"), at, format!("expected {wanted}"))
        .help(format!("write {wanted} here, or remove `{found}`"))
}

/// A token after something that is complete without it.
pub(super) fn no_continuation(at: Span, found: &str, before: &str, bracketed: bool) -> D {
    let (found, before) = (short(found), short(before));
    let help = if bracketed {
        format!("write a `,` or an operator before `{found}`")
    } else {
        format!("remove `{found}`, or write an operator or a new line before it")
    };
    D::error("E0101", format!("`{found}` cannot follow `{before}`"), at, format!("`{before}` is complete without this"))
        .help(help)
}

pub(super) fn missing_brace(blame: &[Span], next: Option<Span>) -> D {
    let title = match blame.len() {
        0 | 1 => "a `}` is missing".to_owned(),
        many => format!("{many} `}}` are missing"),
    };
    let first = blame.last().copied().unwrap_or_default();
    let mut finding = D::error("E0102", title, first, "this block is never closed");
    for other in blame.iter().rev().skip(1) {
        finding = finding.also(*other, "nor is this one");
    }
    if let Some(next) = next {
        finding = finding.also(next, "the next item starts here");
    }
    finding.help("write `}` where the block ends")
}

pub(super) fn closes_nothing(at: Span, sign: &str) -> D {
    D::error("E0103", format!("`{sign}` closes nothing"), at, "nothing is open here")
        .help(format!("remove this `{sign}`, or an earlier one that closed too much"))
}

pub(super) fn missing_colon(at: Span, key: &str, value: &str) -> D {
    let value = short(value);
    let help = match value.strip_prefix('(') {
        Some(_) => format!("write `{key}: {value}` for a setting, `{key}{value}` for a call"),
        None => format!("write `{key}: {value}`"),
    };
    D::error("E0104", format!("`{key}` needs a `:` before its value"), at, "a `:` is missing after this").help(help)
}

/// Where draws and definitions stand, so that no `:` was meant.
pub(super) fn missing_sign(at: Span, name: &str, value: &str) -> D {
    let title = format!("`{name}` needs a `~` or a `=` before its value");
    D::error("E0104", title, at, "a sign is missing after this")
        .help(format!("write `{name} ~ {}` for a draw, `{name} = ...` for a definition", short(value)))
}

pub(super) fn equals_for_colon(at: Span, key: &str, value: &str) -> D {
    D::error("E0105", format!("the setting `{key}` is written with `=`"), at, "`:` is needed here")
        .help(format!("write `{key}: {}`", short(value)))
}

pub(super) fn equals_in_argument(at: Span, name: &str, value: &str) -> D {
    D::error("E0105", format!("the argument `{name}` is written with `=`"), at, "`:` is needed here")
        .help(format!("write `{name}: {}`", short(value)))
}

pub(super) fn leading_operator(at: Span, sign: &str) -> D {
    D::error("E0106", format!("a line cannot begin with `{sign}`"), at, "the line above is already complete")
        .help(format!("end the line above with `{sign}`"))
}

/// The finding, and the keyword that was probably meant.
pub(super) fn unknown_item(at: Span, word: &str) -> (D, Option<&'static str>) {
    let near = KEYWORDS
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(word, known), known))
        .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known);
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("start an item with one of {}", KEYWORDS.map(|known| format!("`{known}`")).join(", ")),
    };
    let title = format!("`{word}` does not start an item");
    (D::error("E0107", title, at, "this is no keyword of an item").help(help), near)
}

pub(super) fn late_brace(at: Span) -> D {
    D::error("E0108", "`{` stands on a line of its own", at, "it belongs to the line above")
        .help("move `{` to the end of the line above")
}

pub(super) fn unclosed(at: Span, open: &str, close: &str) -> D {
    D::error("E0109", format!("`{open}` is never closed"), at, "opened here")
        .help(format!("write the `{close}` that closes it"))
}

pub(super) fn closed_by_other(at: Span, open: Span, sign: &str, opener: &str, wanted: &str) -> D {
    D::error("E0109", format!("`{opener}` is closed by `{sign}`"), at, format!("`{wanted}` is needed here"))
        .also(open, "opened here")
        .help(format!("write `{wanted}` in place of `{sign}`"))
}

pub(super) fn open_text(at: Span) -> D {
    D::error("E0111", "a text is never closed", at, "opened here")
        .help("write the closing `\"` on the same line; `\\n` stands for a new line")
}

pub(super) fn stray(at: Span, sign: &str) -> D {
    let help = match sign {
        ";" => "remove it: the end of a line ends an entry".to_owned(),
        "'" | "`" | "\u{201c}" | "\u{201d}" | "\u{2018}" | "\u{2019}" => "write texts in `\"`".to_owned(),
        "#" => "begin a comment with `//`".to_owned(),
        "&" | "&&" => "write `and`".to_owned(),
        "||" => "write `or`".to_owned(),
        "!" => "write `not`".to_owned(),
        "=>" => "write `->` for a range in time, `:` for a setting".to_owned(),
        "<-" => "write `~` for a draw".to_owned(),
        "\u{2212}" | "\u{2013}" | "\u{2014}" => "write `-`".to_owned(),
        "\u{d7}" | "\u{b7}" => "write `*`".to_owned(),
        "\u{2264}" => "write `<=`".to_owned(),
        "\u{2265}" => "write `>=`".to_owned(),
        "\u{2260}" => "write `!=`".to_owned(),
        "\u{223c}" => "write `~`".to_owned(),
        "\u{a0}" => "write an ordinary space".to_owned(),
        _ if sign.chars().all(char::is_alphabetic) => "write names with a to z, digits and `_`".to_owned(),
        _ => "remove it".to_owned(),
    };
    let shown = if sign.chars().any(char::is_control) { sign.escape_default().to_string() } else { sign.to_owned() };
    D::error("E0112", format!("`{shown}` has no meaning here"), at, "this character is not part of the language")
        .help(help)
}

pub(super) fn missing_value(at: Span, name: &str, sign: &str) -> D {
    let what = match sign {
        ":" => format!("the setting `{name}` has no value"),
        "~" => format!("the draw `{name}` has no distribution"),
        _ => format!("`{name}` is defined as nothing"),
    };
    D::error("E0113", what, at, "a value is missing after this")
        .help(format!("write it on this line: `{name}{}{sign} ...`", if sign == ":" { "" } else { " " }))
}

pub(super) fn two_dots(at: Span, number: &str) -> D {
    D::error("E0114", format!("`{number}` has more than one decimal point"), at, "this is no number")
        .help("keep one `.`; a range is written `1..6`")
}

pub(super) fn number_too_large(at: Span, number: &str) -> D {
    D::error("E0114", format!("`{number}` is too large for a number"), at, "beyond what a double can hold")
        .help("write a smaller number")
}

pub(super) fn glued_number(at: Span, number: &str) -> D {
    let split = number.find(|letter: char| letter.is_ascii_alphabetic() || letter == '_').unwrap_or(number.len());
    let (digits, rest) = number.split_at(split);
    let help = if rest.is_empty() {
        "write digits alone, or a space before the unit".to_owned()
    } else {
        format!("write `{digits} {rest}` for a unit; the suffixes are `k` and `M`")
    };
    D::error("E0115", format!("`{number}` is no number"), at, "a number ends before a letter").help(help)
}

pub(super) fn glued_percent(at: Span, percent: &str, rest: &str) -> D {
    D::error("E0115", format!("`{percent}{rest}` is no number"), at, "a glued `%` is a percentage")
        .help(format!("write `{} % {rest}` for a remainder", percent.trim_end_matches('%')))
}

pub(super) fn capitals(at: Span, name: &str) -> D {
    D::error("E0116", format!("the name `{name}` has capitals"), at, "names are snake_case")
        .help(format!("write `{}`", snake(name)))
}

pub(super) fn reserved(at: Span, word: &str) -> D {
    D::error("E0117", format!("`{word}` is reserved and cannot be a name"), at, "a name is needed here")
        .help(format!("choose another name, such as `{word}_`"))
}

pub(super) fn missing_operand(at: Span, sign: &str) -> D {
    D::error("E0118", format!("nothing follows `{sign}`"), at, "a value is missing after this")
        .help(format!("write what `{sign}` applies to, or remove it"))
}

pub(super) fn too_deep(at: Span, limit: usize) -> D {
    D::error("E0119", "this is nested too deeply", at, format!("more than {limit} brackets and `if`s are open here"))
        .help("name the inner parts, and use the names")
}

pub(super) fn too_long(at: Span, limit: usize) -> D {
    D::error("E0119", "this expression is too long", at, format!("more than {limit} operators follow each other"))
        .help("name parts of it, and use the names")
}

pub(super) fn untyped_param(at: Span, name: &str, guess: &str) -> D {
    D::error("E0120", format!("the parameter `{name}` has no type"), at, "a type is missing after this")
        .help(format!("write `{name}: {guess}`"))
}

pub(super) fn chained(at: Span, sign: &str, compares: bool) -> D {
    let (title, help) = if compares {
        ("comparisons do not chain", "join two comparisons: `a < b and b < c`")
    } else {
        ("ranges do not chain", "put one of them in brackets, or make two of them")
    };
    D::error("E0121", title, at, format!("a second `{sign}` cannot follow")).help(help)
}

pub(super) fn partial_if(at: Span, missing: &str) -> D {
    D::error("E0122", format!("an `if` has no `{missing}`"), at, "this one").help("write `if c then a else b`")
}

pub(super) fn unknown_escape(at: Span) -> D {
    D::error("E0123", "this escape means nothing", at, "in this text")
        .help("the escapes are `\\n`, `\\t`, `\\r`, `\\\"` and `\\\\`")
}

pub(super) fn dangling_doc(at: Span) -> D {
    D::error("E0124", "this `///` documents nothing", at, "nothing stands below it")
        .help("write `//` for a comment, or put it above what it documents")
}

pub(super) fn bad_allow(at: Span) -> D {
    D::error("E0137", "this `#allow` cannot be read", at, "an id and a reason are needed")
        .help("write `#allow(W0201, \"why it is meant\")` on a line of its own")
}

pub(super) fn trailing_doc(at: Span) -> D {
    D::error("E0124", "`///` cannot follow on the same line", at, "it documents what stands below it")
        .help("write `//` for a comment, or put it on the line above")
}

pub(super) fn late_file_doc(at: Span, before: &str) -> D {
    D::error("E0124", "`//!` stands only at the top of a file", at, before)
        .help("move it to the top, or write `///` or `//`")
}

pub(super) fn two_on_a_line(at: Span) -> D {
    D::error("E0125", "two entries stand on one line", at, "the first ends here")
        .help("write `,` or a new line between them")
}

pub(super) fn incomplete(at: Span, title: String, help: String) -> D {
    D::error("E0126", title, at, "this is not complete").help(help)
}

pub(super) fn nested_without_block(at: Span, keyword: &str, name: &str) -> D {
    incomplete(at, format!("`{keyword} {name}` has no block"), format!("write `{keyword} {name} {{ ... }}`"))
}

pub(super) fn outside(at: Span) -> D {
    D::error("E0127", "this stands outside every item", at, "no item is open here")
        .help("move it into an item; a `}` above may close too much")
}

pub(super) fn headless_block(at: Span) -> D {
    D::error("E0126", "a block has no header", at, "nothing before it says what it is")
        .help("write what the block is before `{`, such as `report {`")
}

pub(super) fn wrong_operator(at: Span, sign: &str, right: &str) -> D {
    D::error("E0128", format!("`{sign}` is no operator of an expression"), at, format!("`{right}` is needed here"))
        .help(format!("write `{right}`"))
}

pub(super) fn colon_for_equals(at: Span, keyword: &str, name: &str) -> D {
    D::error("E0129", format!("`{keyword} {name}` is written with `:`"), at, "`=` is needed here")
        .help(format!("write `{keyword} {name} = ...`"))
}

pub(super) fn missing_equals(at: Span, keyword: &str, name: &str) -> D {
    D::error("E0129", format!("`{keyword} {name}` has no `=`"), at, "`=` is needed after this")
        .help(format!("write `{keyword} {name} = ...`"))
}

pub(super) fn hyphen(at: Span, name: &str) -> D {
    D::error("E0130", format!("`{name}` is no name: it has a `-`"), at, "names are snake_case")
        .help(format!("write `{}`", name.replace('-', "_")))
}

pub(super) fn percent_place(at: Span, percent: &str) -> D {
    D::error("E0131", format!("`at {percent}` names no place"), at, "a percentage is no place")
        .help("write `at last`, a position or a time; a level stands at the end of `expect`")
}

pub(super) fn choice_of_types(at: Span) -> D {
    D::error("E0132", "a choice is made of plain words", at, "this is a type")
        .help("write words alone: `inside | outside`")
}

pub(super) fn type_before_block(at: Span, name: &str) -> D {
    D::error("E0133", format!("`{name}` has a type and a block"), at, "a type needs a value")
        .help("remove the type, or write `= ...` in place of the block")
}

pub(super) fn space_before(at: Span, before: &str, sign: &str) -> D {
    D::error(
        "E0134",
        format!("a space stands between `{before}` and `{sign}`"),
        at,
        "a call or an index is glued to its name",
    )
    .help(format!("write `{before}{sign}`"))
}

pub(super) fn sweep_without_in(at: Span) -> D {
    D::error("E0135", "a `sweep` has no `in`", at, "this one").help("write `sweep name in [...]`")
}

pub(super) fn bare_in_process(at: Span, written: &str) -> D {
    let help = match written.split_once("<-") {
        Some((name, rest)) => format!("write `{} ~ {}`", name.trim(), short(rest.trim())),
        None => "write `name = ...` for a definition, `name ~ ...` for a draw".to_owned(),
    };
    D::error("E0136", "this line names nothing", at, "a block of a process holds draws and definitions").help(help)
}

/// A stretch of text as it is quoted: on one line, and cut where it is long.
fn short(text: &str) -> String {
    const MOST: usize = 40;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

/// `MyTask` as `my_task`.
fn snake(name: &str) -> String {
    let mut plain = String::new();
    let mut before = '_';
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && before != '_' && !before.is_ascii_uppercase() {
            plain.push('_');
        }
        plain.push(letter.to_ascii_lowercase());
        before = letter;
    }
    plain
}
