//! Texts that a reader with backtracking may choke on, each of one piece many times over.

/// What stands before, the piece, and what stands behind.
pub const TEXTS: [(&str, &str, &str); 44] = [
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
