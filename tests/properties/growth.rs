//! Texts that a reader with backtracking may choke on, each of one piece many times over.

use icl::diagnostic::FileId;
use icl::syntax::parse;
use std::time::{Duration, Instant};

/// What stands before, the piece, and what stands behind.
const TEXTS: [(&str, &str, &str); 44] = [
    // Lines that document, silence or say nothing, where they may stand and where they may not.
    ("", "/// a\n", "task t { }\n"),
    ("", "/// a\n\n", ""),
    ("task t {\n", "/// a\n", "x: 1\n}\n"),
    ("task t {\n", "/// a\n", "}\n"),
    ("task t {\n", "//! a\n", "}\n"),
    ("task t {\n x: (\n", "/// a\n", ")\n}\n"),
    ("task t {\n x: (1 +\n", "/// a\n", "\n}\n"),
    ("task t {\n x: ((((((((((((((((((((((((((((((((\n", "/// a\n", "\n"),
    ("", "#allow(W0101, \"x\")\n", "task t { }\n"),
    ("task t {\n x: (\n", "#allow(W0101, \"x\")\n", ")\n}\n"),
    ("task t {\n", "\n", "x: 1\n}\n"),
    ("let a = (1 +\n", "\n", "1\n"),
    ("let a = (1\n", "// b\n", ")\n"),
    ("task t\n", "\n", "{ }\n"),
    ("let a = if a", "\n", "then 1 else 2\n"),
    // Everything on one line.
    ("task t { ", "a: 1, ", "}\n"),
    ("task t { ", "a { b: 1 } ", "}\n"),
    ("task t { a { ", "a { b: 1 }, ", "\n"),
    ("let a = 1", " + 1", " +\n"),
    ("let a = f(", "a = 1, ", ")\n"),
    ("let a = [", "1, ", "=]\n"),
    ("let a = ", "if a then 1 else ", "\n"),
    ("let a = a", " at b", "\n"),
    ("task t(", "a, ", ") { }\n"),
    // Runs of one character.
    ("let a = \"", " ", "\n"),
    ("task t { a: \"x", "  ", "\n}\n"),
    ("task t { a: \"", " }", "\n}\n"),
    ("let a = 1", "     ", "(\n"),
    ("let a = 1", ".", "\n"),
    ("", "{", "\n"),
    ("", "}", "\n"),
    ("", "(", "\n"),
    ("let a = ", "\"", "\n"),
    ("let a = ", "-", "1\n"),
    // What nothing closes.
    ("task t {\n", "b: (1\n", "}\n"),
    ("task t {\n", "b: f(x, \"\n", "}\n"),
    ("task t {\n", "a: (((((((((((((((( }\n", "}\n"),
    ("task t {\n", "a: (b c { }\n", "}\n"),
    ("", "task t { a {\n", ""),
    ("task t { a { a { a { a { a { a { a { a {\n", "/// b\n", ""),
    ("task t { a { a { a { a { a { a { a { a {\n", "b: 1\n", ""),
    ("task t {\n { { { { { { { { { { { { { { { {", "b 1\n", ""),
    // Faults, one a line.
    ("", "let a =\n", ""),
    ("", "foo\n", ""),
];

fn time(text: &str) -> Duration {
    let start = Instant::now();
    let read = parse(FileId(0), text);
    let passed = start.elapsed();
    drop(read);
    passed
}

/// Eight times the text takes eight times as long, not sixty-four times; a busy machine gets a second and third try.
#[test]
fn time_grows_with_the_text_and_no_faster() {
    for (before, piece, after) in TEXTS {
        let text = |times: usize| format!("{before}{}{after}", piece.repeat(times));
        let (short, long) = (text(1000), text(8000));
        let linear = || {
            let long = time(&long);
            long < Duration::from_millis(20) || long < 24 * time(&short)
        };
        assert!(linear() || linear() || linear(), "{before:?} and {piece:?} many times over");
    }
}

/// A level of nesting adds to the time and does not double it, even around what fits no form.
#[test]
fn time_does_not_double_with_every_level() {
    for (open, inside) in [
        ("a { ", "//! b\n"),
        ("a { ", "/// b\n"),
        ("{ ", "b 1 2\n"),
        ("a: (b ", "= }\n"),
        ("f(a: ", "=\n"),
        ("[", "=\n"),
        ("if (", "=\n"),
        ("by [a", "=\n"),
    ] {
        let text = format!("task t {{\n{}{inside}", open.repeat(38));
        let passed = time(&text);
        assert!(passed < Duration::from_secs(2), "{open:?} around {inside:?}: {passed:?}");
    }
}
