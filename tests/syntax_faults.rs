//! Texts with faults: which findings each gives, where, and under which title; never more than there are faults.

use icl::diagnostic::Sources;
use icl::syntax::parse;

/// A text, and its findings as `id line:column title`.
const FAULTS: &[(&str, &[&str])] = &[
    ("task a {\n  length: 3\n\ntask b { length: 4 }", &["E0102 1:8 a `}` is missing"]),
    (
        "task a {\n  per sequence {\n    w ~ normal()\n  length: 3\n  input: x\n}\n\n/// Doc.\ntask b { length: 4 }",
        &["E0102 2:16 a `}` is missing"],
    ),
    (
        "task a {\n  per sequence {\n    w ~ normal() }\n  }\n  length: 3\n  input: x\n}\ntask b { length: 4 }",
        &["E0127 5:3 this stands outside every item"],
    ),
    ("model m { width 128, norm: pre }", &["E0104 1:11 `width` needs a `:` before its value"]),
    ("model m { width = 128 }", &["E0105 1:17 the setting `width` is written with `=`"]),
    ("task t { length = 3 }", &["E0105 1:17 the setting `length` is written with `=`"]),
    ("let a = f(layers = 4)", &["E0105 1:18 the argument `layers` is written with `=`"]),
    ("task t {\n  per example {\n    y = a\n      + b\n    z = 3\n  }\n}", &["E0106 4:7 a line cannot begin with `+`"]),
    ("loss a = icl\n  + 0.1 * b\nlet b = 3", &["E0106 2:3 a line cannot begin with `+`"]),
    ("experment warmup {\n  seeds: 5\n}", &["E0107 1:1 `experment` does not start an item"]),
    ("class foo { a: 3 }", &["E0107 1:1 `class` does not start an item"]),
    (
        "experiment e\n{\n  seeds: 5\n  arm a\n  {\n    x: 1\n  }\n}",
        &["E0108 2:1 `{` stands on a line of its own", "E0108 5:3 `{` stands on a line of its own"],
    ),
    ("let a = f(1, 2\nlet b = 3", &["E0109 1:10 `(` is never closed"]),
    ("experiment e {\n  seeds: [1, 2\n  loss: icl\n}", &["E0109 2:10 `[` is never closed"]),
    (
        "experiment e {\n  loss: f(1))\n  arm a { loss: f(1, seeds: 2 }\n}",
        &["E0103 2:13 `)` closes nothing", "E0109 3:18 `(` is never closed"],
    ),
    (
        "experiment e {\n  show: \"abc\n  seeds: 3\n  arm a { show: \"abc }\n}",
        &["E0111 2:9 a text is never closed", "E0111 4:17 a text is never closed"],
    ),
    ("let a = b; ", &["E0112 1:10 `;` has no meaning here"]),
    ("let a = b && c", &["E0112 1:11 `&&` has no meaning here"]),
    ("let a = b − c", &["E0112 1:11 `−` has no meaning here"]),
    ("experiment e {\n  seeds:\n  loss: icl\n}", &["E0113 2:3 the setting `seeds` has no value"]),
    ("task t { per run { w ~ \n } }", &["E0113 1:20 the draw `w` has no distribution"]),
    ("let a = 1.2.3", &["E0114 1:9 `1.2.3` has more than one decimal point"]),
    ("let a = 10epochs", &["E0115 1:9 `10epochs` is no number"]),
    (
        "task MyTask(Dim: count) { length: Dim }",
        &["E0116 1:6 the name `MyTask` has capitals", "E0116 1:13 the name `Dim` has capitals"],
    ),
    ("let if = 3", &["E0117 1:5 `if` is reserved and cannot be a name"]),
    ("let a = 3 +\nlet b = 2", &["E0118 1:11 nothing follows `+`"]),
    ("task t(dim) { length: dim }", &["E0120 1:8 the parameter `dim` has no type"]),
    (
        "task t(dim = 20, e = 1 epoch) { length: dim }",
        &["E0120 1:8 the parameter `dim` has no type", "E0120 1:18 the parameter `e` has no type"],
    ),
    ("let a = 1 < b < 3", &["E0121 1:15 comparisons do not chain"]),
    ("let a = 1..2..3", &["E0121 1:13 ranges do not chain"]),
    ("let a = if b then 3", &["E0122 1:9 an `if` has no `else`"]),
    ("let a = \"x\\qy\"", &["E0123 1:11 this escape means nothing"]),
    ("task t {\n  length: 3\n  /// Nothing.\n}", &["E0124 3:3 this `///` documents nothing"]),
    ("task t {\n  length: 3 /// Trailing.\n}", &["E0124 2:13 `///` cannot follow on the same line"]),
    ("let a = 3\n//! late", &["E0124 2:1 `//!` stands only at the top of a file"]),
    (
        "task t {\n  \u{b}\n  \u{a0}\n}",
        &["E0112 2:3 `\\u{b}` has no meaning here", "E0112 3:3 `\u{a0}` has no meaning here"],
    ),
    (
        "task t {\n  //! late\n  a {\n    //! late\n    b 1\n  }\n}\nlet c = 1",
        &[
            "E0124 2:3 `//!` stands only at the top of a file",
            "E0124 4:5 `//!` stands only at the top of a file",
            "E0104 5:5 `b` needs a `:` before its value",
        ],
    ),
    ("experiment e { arm a { x: 1 } arm b { x: 2 } }", &["E0125 1:29 two entries stand on one line"]),
    ("experiment e {\n  seeds: 3 loss: icl\n}", &["E0125 2:10 two entries stand on one line"]),
    ("task {\n  length: 3\n}", &["E0126 1:1 this `task` has no name"]),
    ("task foo", &["E0126 1:1 `task foo` says nothing"]),
    ("metric m: accuracy(t)", &["E0129 1:9 `metric m` is written with `:`"]),
    ("experiment warm-up {\n  seeds: 3\n}", &["E0130 1:12 `warm-up` is no name: it has a `-`"]),
    ("param x: count", &["E0126 1:1 `param x` has no value"]),
    ("length: 3", &["E0127 1:1 this stands outside every item"]),
    ("}", &["E0103 1:1 `}` closes nothing"]),
    ("let a = if b = 3 then 1 else 2", &["E0128 1:14 `=` is no operator of an expression"]),
    ("let a = 2 ** 3", &["E0128 1:11 `**` is no operator of an expression"]),
    ("experiment e { plot: weights at 5% }", &["E0131 1:30 `at 5%` names no place"]),
    ("experiment e {\n  arm direct\n  seeds: 3\n}", &["E0126 2:3 `arm direct` has no block"]),
    (
        "experiment e {\n  seeds 5\n  loss icl\n  batch: 1.2.3\n}",
        &[
            "E0104 2:3 `seeds` needs a `:` before its value",
            "E0104 3:3 `loss` needs a `:` before its value",
            "E0114 4:10 `1.2.3` has more than one decimal point",
        ],
    ),
    ("let a = [1, 2)", &["E0109 1:14 `[` is closed by `)`"]),
    ("task t(x: count, {\n  length: 3\n}", &["E0109 1:7 `(` is never closed"]),
    ("use std.", &["E0118 1:8 nothing follows `.`"]),
    ("use", &["E0126 1:1 this `use` has no name"]),
    ("let a 3", &["E0129 1:5 `let a` has no `=`"]),
    ("{\n  x: 1\n}", &["E0126 1:1 a block has no header"]),
    ("experiment e {\n  {\n    x: 1\n  }\n}", &["E0126 2:3 a block has no header"]),
    ("let a = f (x)", &["E0134 1:11 a space stands between `f` and `(`"]),
    ("let a = 3 4", &["E0101 1:11 `4` cannot follow `3`"]),
    ("let a = 5%3", &["E0115 1:9 `5%3` is no number"]),
    (
        "experiment e {\n  plot: distnce to [a]\n  sweep maps [1, 2]\n  expect\n  where\n  plot: m by\n  x: 3 in 4\n}",
        &[
            "E0101 2:17 `to` cannot follow `distnce`",
            "E0135 3:3 a `sweep` has no `in`",
            "E0118 6:11 nothing follows `by`",
            "E0101 7:8 `in` cannot follow `3`",
        ],
    ),
    ("let a = (1 + 2\n    * 3\nlet b = 4", &["E0109 1:9 `(` is never closed"]),
    ("let é = 3", &["E0112 1:5 `é` has no meaning here"]),
    ("let a = ()", &["E0101 1:10 `)` cannot stand here"]),
    ("let a = f(1,,2)", &["E0101 1:13 `,` cannot stand here"]),
    ("let a = b.", &["E0118 1:10 nothing follows `.`"]),
    ("task t(a: count = 2 b: count) { length: 3 }", &["E0101 1:21 `b` cannot follow `2`"]),
    (
        "experiment e {\n  arm a { curriculum curricula.only(hard, 60 epochs), loss: boosted }\n  train: regression.linear(\n    dim: 20 30,\n    points: 4,\n  )\n  for: 3 steps\n}",
        &["E0104 2:11 `curriculum` needs a `:` before its value", "E0101 4:13 `30` cannot follow `20`"],
    ),
    ("pub", &["E0126 1:1 `pub` exports nothing"]),
    ("let a: = 3", &["E0101 1:8 `=` cannot stand here"]),
    ("let a = \"abc\nlet b = 3", &["E0111 1:9 a text is never closed"]),
    ("let a = (1 + 2) (3)", &["E0101 1:17 `(` cannot follow `)`"]),
    ("task t(x: a(3) | b) { length: 3 }", &["E0132 1:11 a choice is made of plain words"]),
    ("task t: real { length: 3 }", &["E0133 1:9 `t` has a type and a block"]),
    ("let a = f(x\n  y: 3)", &["E0101 2:3 `y` cannot follow `x`"]),
    ("let a = 3 ! 4", &["E0112 1:11 `!` has no meaning here"]),
    ("task t { per run { w <- normal() } }", &["E0136 1:20 this line names nothing"]),
    ("# comment\nlet a = 3", &["E0112 1:1 `#` has no meaning here"]),
    ("let a = 'text'", &["E0112 1:9 `'` has no meaning here"]),
    ("let a = 1e999", &["E0114 1:9 `1e999` is too large for a number"]),
    ("let a = if b then 3 else", &["E0118 1:21 nothing follows `else`"]),
    ("let a = b c", &["E0101 1:11 `c` cannot follow `b`"]),
    ("experiment e {\n  plot: m by arm for each\n}", &["E0118 2:22 nothing follows `each`"]),
    ("task a {\n  per run {\n    per sequence {\ntask b { length: 3 }", &["E0102 1:8 3 `}` are missing"]),
    ("let a = \"x\" \"y\"", &["E0101 1:13 `\"y\"` cannot follow `\"x\"`"]),
    ("let true = 3", &["E0117 1:5 `true` is reserved and cannot be a name"]),
    ("let a = b.3", &["E0101 1:11 `3` cannot stand here"]),
    ("let a = not", &["E0118 1:9 nothing follows `not`"]),
    ("experiment e { seeds: 5 } }\nlet b = 3", &["E0103 1:27 `}` closes nothing"]),
    (
        "experiment e {\n  loss: f(a,\n    b\n    c: 3)\n  seeds: 5\n  data: [1, 2\n  batch: f(3)\n}",
        &["E0101 4:5 `c` cannot follow `b`", "E0109 6:9 `[` is never closed"],
    ),
    ("task t { per run { f(x) } }", &["E0136 1:20 this line names nothing"]),
    ("experiment e {\n  curriculum: only(hard,\n    60 epochs\n  seeds: 5\n}\n", &["E0109 2:19 `(` is never closed"]),
];

#[test]
fn every_fault_is_found_once_at_its_place() {
    for (text, wanted) in FAULTS {
        let mut sources = Sources::default();
        let id = sources.add("test.icl", *text);
        let (_, found) = parse(id, text);
        let found: Vec<String> = found
            .iter()
            .map(|finding| {
                let (line, column) = sources.position(finding.span());
                assert!(finding.help.is_some(), "{} has no cure", finding.title);
                format!("{} {line}:{column} {}", finding.id, finding.title)
            })
            .collect();
        assert_eq!(found, *wanted, "{text}");
    }
}

#[test]
fn cures_are_orders_to_follow() {
    for (text, wanted) in [
        ("model m { width 128 }", "write `width: 128`"),
        ("model m { width = 128 }", "write `width: 128`"),
        ("let a = f(layers = 4)", "write `layers: 4`"),
        ("experment warmup { seeds: 3 }", "did you mean `experiment`?"),
        ("loss a = b\n  + c", "end the line above with `+`"),
        ("task MyTask { length: 3 }", "write `my_task`"),
        ("experiment warm-up { seeds: 3 }", "write `warm_up`"),
        ("task t { per run { w <- normal() } }", "write `w ~ normal()`"),
        ("let a = 10epochs", "write `10 epochs` for a unit; the suffixes are `k` and `M`"),
        ("let a = 5%3", "write `5 % 3` for a remainder"),
        ("task t(dim = 20) { length: dim }", "write `dim: count`"),
        ("let a = b \u{2264} c", "write `<=`"),
    ] {
        let (_, found) = parse(Sources::default().add("test.icl", text), text);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].help.as_deref(), Some(wanted), "{text}");
    }
}
