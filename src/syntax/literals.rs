//! What literals mean: numbers with suffixes and percentages, texts with escapes.

/// The value of a number as the grammar admits it, and whether it was written as a whole number.
///
/// Suffixes and percentages are folded into the decimal exponent, so that `80%` is the nearest double to 0.8.
pub(super) fn number(written: &str) -> (f64, bool) {
    let digits = written.replace('_', "");
    let (digits, percent) = match digits.strip_suffix('%') {
        Some(rest) => (rest, true),
        None => (digits.as_str(), false),
    };
    let (digits, suffix) = match digits.as_bytes().last() {
        Some(b'k') => (&digits[..digits.len() - 1], 3),
        Some(b'M') => (&digits[..digits.len() - 1], 6),
        _ => (digits, 0),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent_value(exponent)),
        None => (digits, 0),
    };
    let scaled = exponent + suffix - if percent { 2 } else { 0 };
    let value: f64 = format!("{mantissa}e{scaled}").parse().unwrap_or(f64::INFINITY);
    let plain = !percent && !digits.contains(['e', 'E']);
    let whole = plain && (!mantissa.contains('.') || (suffix > 0 && value.fract() == 0.0));
    (value, whole)
}

/// An exponent, held within what can matter to a double.
fn exponent_value(written: &str) -> i64 {
    let bound = if written.starts_with('-') { -100_000 } else { 100_000 };
    written.parse::<i64>().map_or(bound, |exponent| exponent.clamp(-100_000, 100_000))
}

/// A text without its quotes and with its escapes undone, and the byte ranges of escapes that mean nothing.
///
/// Braces stay, since they are filled in where the text is shown.
pub(super) fn text(quoted: &str) -> (String, Vec<(usize, usize)>) {
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut plain = String::with_capacity(inner.len());
    let mut unknown = Vec::new();
    let mut chars = inner.char_indices();
    while let Some((at, letter)) = chars.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match chars.next() {
            Some((_, 'n')) => plain.push('\n'),
            Some((_, 't')) => plain.push('\t'),
            Some((_, 'r')) => plain.push('\r'),
            Some((_, same @ ('"' | '\\'))) => plain.push(same),
            Some((next, other)) => {
                plain.push(other);
                unknown.push((at + 1, next + 1 + other.len_utf8()));
            }
            None => plain.push('\\'),
        }
    }
    (plain, unknown)
}
