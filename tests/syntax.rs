//! What the parser makes of programs: their trees, their faults, and texts that are no programs at all.

use icl::diagnostic::{Diagnostic, FileId, Sources, Span};
use icl::syntax::parse;
use icl::syntax::tree::{Body, Entry, EntryKind, Expr, ExprKind, File, Item, Keyword, Type, UnaryOp};

const PROGRAMS: [(&str, &str); 8] = [
    ("checkpoints", include_str!("programs/checkpoints.icl")),
    ("difficulty", include_str!("programs/difficulty.icl")),
    ("growing", include_str!("programs/growing.icl")),
    ("induction", include_str!("programs/induction.icl")),
    ("markov", include_str!("programs/markov.icl")),
    ("regression", include_str!("programs/regression.icl")),
    ("warmup", include_str!("programs/warmup.icl")),
    ("words", include_str!("programs/words.icl")),
];

fn read(text: &str) -> (File, Vec<Diagnostic>) {
    parse(FileId(0), text)
}

/// Findings as `id line:column title`.
fn findings(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let id = sources.add("test.icl", text);
    let (_, found) = parse(id, text);
    found
        .iter()
        .map(|finding| {
            let (line, column) = sources.position(finding.span());
            format!("{} {line}:{column} {}", finding.id, finding.title)
        })
        .collect()
}

/// The expression `text` stands for, written with brackets around everything.
fn shape(text: &str) -> String {
    let program = format!("let a = {text}\n");
    let (file, found) = read(&program);
    assert_eq!(found, [], "{text}");
    let Body::Value { value, .. } = &file.items[0].body else { panic!("no value: {text}") };
    show(value)
}

fn show(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Number { value, whole } => format!("{value}{}", if *whole { "" } else { "r" }),
        ExprKind::Quantity { value, unit, .. } => format!("{value}_{}", unit.text),
        ExprKind::Text(text) => format!("{text:?}"),
        ExprKind::Bool(truth) => truth.to_string(),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Field { base, name } => format!("{}.{}", show(base), name.text),
        ExprKind::Call { callee, args } => {
            let args: Vec<String> = args
                .iter()
                .map(|arg| match &arg.name {
                    Some(name) => format!("{}: {}", name.text, show(&arg.value)),
                    None => show(&arg.value),
                })
                .collect();
            format!("{}({})", show(callee), args.join(", "))
        }
        ExprKind::Index { base, index } => format!("{}[{}]", show(base), list(index)),
        ExprKind::Unary { op: UnaryOp::Negate, operand } => format!("(- {})", show(operand)),
        ExprKind::Unary { op: UnaryOp::Not, operand } => format!("(not {})", show(operand)),
        ExprKind::Binary { op, left, right, .. } => format!("({op:?} {} {})", show(left), show(right)),
        ExprKind::If { condition, then, otherwise } => {
            format!("(if {} {} {})", show(condition), show(then), show(otherwise))
        }
        ExprKind::List(items) => format!("[{}]", list(items)),
        ExprKind::Tuple(items) => format!("<{}>", list(items)),
        ExprKind::Range { from, to, inclusive } => {
            format!("({}{}{})", show(from), if *inclusive { "..=" } else { ".." }, show(to))
        }
        ExprKind::Arrow { from, to } => format!("({} -> {})", show(from), show(to)),
        ExprKind::At { subject, place } => format!("({} at {})", show(subject), show(place)),
        ExprKind::Where { subject, condition } => format!("({} where {})", show(subject), show(condition)),
        ExprKind::Phrase { words, subject } => {
            let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            format!("{{{}: {}}}", words.join(" "), subject.as_ref().map_or(String::new(), |subject| show(subject)))
        }
        ExprKind::Error => "?".to_owned(),
    }
}

/// An entry on one line.
fn line(entry: &Entry) -> String {
    let of = |ty: &Option<Type>| ty.as_ref().map_or(String::new(), |ty| format!(" : {}", type_shape(ty)));
    match &entry.kind {
        EntryKind::Setting { key, value, ty, clauses } => {
            let clauses: String =
                clauses.iter().map(|clause| format!(" |{} {}", clause.word.text, show(&clause.value))).collect();
            format!("{}: {}{}{clauses}", key.text, show(value), of(ty))
        }
        EntryKind::Definition { name, value, ty } => format!("{} = {}{}", name.text, show(value), of(ty)),
        EntryKind::Draw { name, distribution, pool, distinct } => {
            let pool = pool.as_ref().map_or(String::new(), |pool| format!(" in {}", show(pool)));
            format!("{} ~ {}{pool}{}", name.text, show(distribution), if *distinct { " distinct" } else { "" })
        }
        EntryKind::Nested { keyword, name, block } => {
            let name = name.as_ref().map_or(String::new(), |name| format!(" {}", name.text));
            format!("{}{name} {{{}}}", keyword.text, block.entries.iter().map(line).collect::<Vec<_>>().join("; "))
        }
        EntryKind::Bare(expr) => show(expr),
        EntryKind::Expect { claim, level } => {
            format!(
                "expect {}{}",
                show(claim),
                level.as_ref().map_or(String::new(), |level| format!(" at {}", show(level)))
            )
        }
        EntryKind::Sweep { names, values } => {
            let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
            format!("sweep {} in {}", names.join(","), show(values))
        }
        EntryKind::Where(condition) => format!("where {}", show(condition)),
        EntryKind::Error => "?".to_owned(),
    }
}

fn type_shape(ty: &Type) -> String {
    let list = |items: &[Expr]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match ty {
        Type::Named { name, args, shape, .. } => format!("{}({})[{}]", name.text, list(args), list(shape)),
        Type::Choice { words, .. } => words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join("|"),
    }
}

fn lines(item: &Item) -> Vec<String> {
    let Body::Block(block) = &item.body else { panic!("no block") };
    block.entries.iter().map(line).collect()
}

/// The entries of an experiment with these lines.
fn entries(text: &str) -> Vec<String> {
    let program = format!("experiment e {{\n{text}\n}}\n");
    let (file, found) = read(&program);
    assert_eq!(found, [], "{text}");
    lines(&file.items[0])
}

#[test]
fn the_programs_have_no_faults() {
    for (name, text) in PROGRAMS {
        let (file, found) = read(text);
        assert_eq!(found, [], "{name}");
        assert!(file.doc.is_some() && file.items.len() > 3, "{name}");
    }
}

#[test]
fn the_programs_read_as_they_are_meant() {
    let item = |program: &str, name: &str| -> Item {
        let text = PROGRAMS.iter().find(|(known, _)| *known == program).expect("a program").1;
        read(text).0.items.into_iter().rfind(|item| item.name.text == name).expect("an item")
    };
    let words = item("words", "word_attributes");
    assert_eq!(
        lines(&words)[1],
        "per example {row ~ rows(words) distinct; values = row.attributes; \
         answer = map[attribute][values[attribute]]; label = words.label(attribute, answer)}"
    );
    assert_eq!(
        lines(&words)[0],
        "per sequence {attribute ~ uniform(words.attributes); map ~ permutations(words.sizes) in pool(maps)}"
    );
    assert_eq!(lines(&words)[3], "show: \"{row.word} -> {label}\\n\"");
    assert_eq!(lines(&item("words", "weights"))[1], "read: (residual(after: 2) at row.word)");

    let bursty = item("induction", "bursty_classes");
    assert_eq!(bursty.doc.as_deref().map(|doc| doc.lines().count()), Some(2));
    assert_eq!(bursty.params.iter().map(|param| type_shape(&param.ty)).collect::<Vec<_>>()[5], "inside|outside");
    assert_eq!(lines(&bursty)[6], "target: y : class(labels)[]");
    assert_eq!(
        lines(&bursty)[2],
        "per example {e ~ normal(0, (Divide 1 sqrt(width)))[width]; \
         x = (Divide (Add mean[member[index]] (Multiply 0.1r e)) sqrt(1.01r)); \
         y = (if novel (Modulo (Add usual[member[index]] shift) labels) usual[member[index]])}"
    );
    assert_eq!(
        lines(&item("induction", "induction")).last().map(String::as_str),
        Some(
            "report {table: plateau; table: {onset of: induction} |before icl_accuracy; plot: [icl_accuracy, iwl_accuracy] |by classes}"
        )
    );
    assert_eq!(
        lines(&item("regression", "regression"))[11..],
        [
            "expect (Less rmst(boosted) rmst(plain)) at 0.05r",
            "report {table: plateau; plot: query_error |by arm |for each dim; plot: (weights at 30000_steps) |against dim; \
             plot: {error by position for: [model, least_squares, nearest(3), averaging]}}"
        ]
    );
    assert_eq!(
        lines(&item("growing", "mastery"))[0],
        "stage small {train: small; until: (Greater progress(small) 0.8r) |for 3_evaluations; at_most: 15000_steps}"
    );
    assert!(lines(&item("growing", "grow"))[0].contains("active: ramp((5 -> 20), by: 1, every: 2000_steps)"));
    assert_eq!(item("checkpoints", "words").keyword, Keyword::Data);
}

#[test]
fn precedence_runs_from_postfix_to_where() {
    for (text, wanted) in [
        ("a + b * c", "(Add a (Multiply b c))"),
        ("-a ^ 2", "(- (Power a 2))"),
        ("2 ^ -b ^ 3", "(Power 2 (- (Power b 3)))"),
        ("a ^ b ^ c", "(Power a (Power b c))"),
        ("a - b - c", "(Subtract (Subtract a b) c)"),
        ("a % 3 * 80%", "(Multiply (Modulo a 3) 0.8r)"),
        ("1 + 2..n * 3", "((Add 1 2)..(Multiply n 3))"),
        ("1..=6", "(1..=6)"),
        ("5 -> 2 * n", "(5 -> (Multiply 2 n))"),
        ("not a == b and c or d", "(Or (And (not (Equal a b)) c) d)"),
        ("if a < 1 then b else if c then d else e + 1", "(if (Less a 1) b (if c d (Add e 1)))"),
        ("1 + if a then b else c + 1", "(Add 1 (if a b (Add c 1)))"),
        ("accuracy(t) at last where factor == 2 and x", "((accuracy(t) at last) where (And (Equal factor 2) x))"),
        ("2 * f(x) at last", "(Multiply 2 (f(x) at last))"),
        ("weights at 50 epochs", "(weights at 50_epochs)"),
        ("residual(after: all) at row.word", "(residual(after: all) at row.word)"),
        ("f(x)(y)[0, 1].z", "f(x)(y)[0, 1].z"),
        ("(a, b)", "<a, b>"),
        ("(a,)", "<a>"),
        ("(a)", "a"),
        ("[]", "[]"),
        ("[1, 2,]", "[1, 2]"),
        ("10 epochs - 200 steps", "(Subtract 10_epochs 200_steps)"),
        ("10 epoks", "10_epoks"),
        ("if a then 1 else 2", "(if a 1 2)"),
        ("f(\n  a\n  + b,\n)", "f((Add a b))"),
        ("a +\n\n  // the rest\n  b", "(Add a b)"),
        ("if a\n  then b\n  else c", "(if a b c)"),
        ("where(a, b, c)", "where(a, b, c)"),
        ("loss + target * warmup", "(Add loss (Multiply target warmup))"),
        ("\"a \\\"b\\\"\\n{c}\"", "\"a \\\"b\\\"\\n{c}\""),
        ("truest", "truest"),
        ("true and not false", "(And true (not false))"),
    ] {
        assert_eq!(shape(text), wanted, "{text}");
    }
}

#[test]
fn numbers_mean_what_they_say() {
    for (text, value, whole) in [
        ("20", 20.0, true),
        ("20_000", 20_000.0, true),
        ("20k", 20_000.0, true),
        ("1.5M", 1_500_000.0, true),
        ("3e-4", 3e-4, false),
        ("80%", 0.8, false),
        ("0.1%", 0.001, false),
        ("1.0", 1.0, false),
    ] {
        let (file, found) = read(&format!("let a = {text}"));
        assert_eq!(found, []);
        let Body::Value { value: expr, .. } = &file.items[0].body else { panic!("no value") };
        assert_eq!(expr.kind, ExprKind::Number { value, whole }, "{text}");
    }
}

#[test]
fn entries_of_every_kind() {
    for (text, wanted) in [
        ("plot: [m, n] by knob", "plot: [m, n] |by knob"),
        ("plot: weights at 50 epochs against maps", "plot: (weights at 50_epochs) |against maps"),
        ("plot: plateau against weights at 50 epochs", "plot: plateau |against (weights at 50_epochs)"),
        ("plot: chosen along step", "plot: chosen |along step"),
        ("plot: survival by arm", "plot: {survival: } |by arm"),
        ("plot: distance to [ngram(1, 1)] by arm", "plot: {distance to: [ngram(1, 1)]} |by arm"),
        ("plot: error by position for [model] at 50 epochs", "plot: {error by position for: [model]} |at 50_epochs"),
        ("plot: error by position", "plot: {error by position: }"),
        ("plot: m by arm for each dim", "plot: m |by arm |for each dim"),
        ("stop: at exit", "stop: {at: exit}"),
        ("keep: last 2", "keep: {last: 2}"),
        ("keep: last", "keep: last"),
        ("for: 3 evaluations", "for: 3_evaluations"),
        ("until: accuracy(easy) > 90% for 3 evaluations", "until: (Greater accuracy(easy) 0.9r) |for 3_evaluations"),
        ("expect a < b", "expect (Less a b)"),
        ("expect rmst(a) < rmst(b) at last at 5%", "expect (Less rmst(a) (rmst(b) at last)) at 0.05r"),
        ("sweep (a, b) in [(1, 2), (3, 4)]", "sweep a,b in [<1, 2>, <3, 4>]"),
        ("where maps > 1 and not small", "where (And (Greater maps 1) (not small))"),
        ("loss: loss + target", "loss: (Add loss target)"),
        ("betas: (0.9, 0.999)", "betas: <0.9r, 0.999r>"),
        ("arm a { x: 1, y: 2 }, arm b { }", "arm a {x: 1; y: 2}"),
        ("measure { every: 1 epoch, weights[3], loss }", "measure {every: 1_epoch; weights[3]; loss}"),
    ] {
        assert_eq!(entries(text)[0], wanted, "{text}");
    }
    assert_eq!(entries("seeds: 5 // five, {of} them\n\n// more\narm: 3"), ["seeds: 5", "arm: 3"]);
}

#[test]
fn items_of_every_kind() {
    let text = "//! Asks.\n//! More.\r\n\r\nuse std.shapes\r\nuse \"./my_tasks\"\npub let a: real[n, 2] = 3\n/// Doc.\n/// Two.\ntask t(x: class(k)[n] = b, q: inside | outside = inside,\n  r: real) { y = dot(w, x) : class(3) }\n";
    let (file, found) = read(text);
    assert_eq!(found, []);
    assert_eq!(file.doc.as_deref(), Some("Asks.\nMore."));
    assert_eq!(file.items[0].name.text, "shapes");
    assert!(matches!(&file.items[1].body, Body::Path { text, .. } if text == "./my_tasks"));
    assert_eq!(file.items[1].name.text, "my_tasks");
    assert!(file.items[2].public);
    assert!(matches!(&file.items[2].body, Body::Value { ty: Some(ty), .. } if type_shape(ty) == "real()[n, 2]"));
    assert_eq!(file.items[3].doc.as_deref(), Some("Doc.\nTwo."));
    assert_eq!(type_shape(&file.items[3].params[0].ty), "class(k)[n]");
    assert_eq!(file.items[3].params.len(), 3);
}

#[test]
fn spans_cover_the_text_alone() {
    let text = "let a = (x + y) * f(z)   // more\n";
    let (file, _) = read(text);
    let Body::Value { value, .. } = &file.items[0].body else { panic!("no value") };
    let cut = |span: Span| &text[span.start as usize..span.end as usize];
    assert_eq!(cut(value.span), "(x + y) * f(z)");
    let ExprKind::Binary { left, right, op_span, .. } = &value.kind else { panic!("no product") };
    assert_eq!((cut(left.span), cut(*op_span), cut(right.span)), ("(x + y)", "*", "f(z)"));
    assert_eq!(cut(file.items[0].span), "let a = (x + y) * f(z)");
}

// FAULTS

/// A generator of numbers for mutations: the same texts in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }

    /// A place between two characters.
    fn cut(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// Fails on a span outside the text, anywhere in the findings or in the printed tree.
fn check_spans(text: &str, file: &File, found: &[Diagnostic]) {
    let check = |start: usize, end: usize| {
        assert!(start <= end && end <= text.len(), "{start}..{end} of {}: {text}", text.len());
        assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{start}..{end} cuts a character: {text}");
    };
    for label in found.iter().flat_map(|finding| &finding.labels) {
        check(label.span.start as usize, label.span.end as usize);
    }
    let printed = format!("{file:?}");
    for part in printed.split("start: ").skip(1) {
        let mut numbers = part.split(|letter: char| !letter.is_ascii_digit()).filter(|number| !number.is_empty());
        let mut next = || numbers.next().and_then(|number| number.parse::<usize>().ok()).expect("a byte");
        let (start, end) = (next(), next());
        check(start, end);
    }
}

#[test]
fn no_text_breaks_the_parser() {
    const PIECES: [&str; 30] = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "\n",
        ",",
        ":",
        "=",
        "~",
        " at ",
        " 5%",
        "//",
        "///",
        "//!",
        "é",
        "−",
        "\r\n",
        "if ",
        "-",
        "..",
        "1.2.3",
        "\ntask a {\n",
        " for each ",
        "\\",
        "\u{feff}",
        " where ",
        "not ",
    ];
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..2000 {
        let mut text = PROGRAMS[round % PROGRAMS.len()].1.to_owned();
        for _ in 0..=dice.below(6) {
            let (a, b) = (dice.cut(&text), dice.cut(&text));
            let (from, to) = (a.min(b), a.max(b));
            let near = text
                .char_indices()
                .map(|(at, _)| at)
                .filter(|&at| at >= from)
                .nth(dice.below(12))
                .unwrap_or(text.len());
            match dice.below(5) {
                0 => text.replace_range(from..near, ""),
                1 => text.insert_str(from, PIECES[dice.below(PIECES.len())]),
                2 => text.insert_str(from, &text[from..near].to_owned()),
                3 => text.insert_str(near, &text[from..to].to_owned()),
                _ if dice.below(6) == 0 => text.truncate(from),
                _ => text.replace_range(from..near, PIECES[dice.below(PIECES.len())]),
            }
        }
        let (file, found) = read(&text);
        check_spans(&text, &file, &found);
    }
}

#[test]
fn extreme_texts_are_read() {
    let deep =
        |open: &str, close: &str| format!("let a = {}1{}\nlet b = 2\n", open.repeat(50_000), close.repeat(50_000));
    for text in [
        deep("(", ")"),
        deep("[", "]"),
        deep("f(", ")"),
        deep("if a then ", " else 1"),
        deep("if ", " then 1 else 1"),
        deep("-", ""),
        deep("not ", ""),
        deep("1 + ", ""),
        deep("2 ^ ", ""),
        deep("if a then 1 else ", ""),
        deep("a", ".b"),
        deep("a", "(1)"),
        deep("a(1)", "[0]"),
        deep("(", ""),
        format!("task t {{ {} }}\nlet b = 2\n", "a { ".repeat(50_000)),
        format!("task t {{ {} }}\nlet b = 2\n", "( { ) { ".repeat(50_000)),
        format!("task t {{\n{}\n}}\nlet b = 2\n", "((( [[[ {".repeat(20_000)),
        // Around what fits no form, each of these levels would double the time if it were read twice.
        format!("task t {{\n{}//! x\nlet b = 2\n", "a { ".repeat(38)),
        format!("task t {{\n{}/// x\nlet b = 2\n", "a { ".repeat(38)),
        format!("task t {{\n{}x 1 2\nlet b = 2\n", "{ ".repeat(38)),
        format!("task t {{\n  a: {}=\n}}\nlet b = 2\n", "f(a: ".repeat(38)),
        format!("task t {{\n  a: b by {}=\n}}\nlet b = 2\n", "[if (".repeat(12)),
    ] {
        let (file, found) = read(&text);
        check_spans(&text[..text.len()], &File { items: Vec::new(), ..file.clone() }, &found);
        assert!(!found.is_empty(), "{}", &text[..40]);
        assert_eq!(file.items.last().map(|item| item.name.text.as_str()), Some("b"), "{}", &text[..40]);
    }
    for text in ["", "\n", "\r\n", "\u{feff}let a = 1", "// only", "//! only", "   "] {
        assert_eq!(findings(text), [""; 0], "{text:?}");
    }
    // Every nesting within the limit fits into the stack of a test.
    let text = format!("let a = {}1{}\n", "(".repeat(40), ")".repeat(40));
    assert_eq!(findings(&text), [""; 0]);
    let ifs = format!("let a = {}1{}\n", "if a then ".repeat(40), " else 1".repeat(40));
    assert_eq!(findings(&ifs), [""; 0]);
}

#[test]
fn a_missing_brace_leaves_the_rest_as_it_was_meant() {
    let text = "task a {\n  per sequence {\n    w ~ normal()\n  length: 3\n  input: w\n}\n\ntask b { length: 4 }\n";
    let (file, found) = read(text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].labels.len(), 2);
    assert_eq!(lines(&file.items[0]), ["per sequence {w ~ normal()}", "length: 3", "input: w"]);
    assert_eq!(lines(&file.items[1]), ["length: 4"]);
}

#[test]
fn a_bad_line_leaves_the_others() {
    let (file, found) = read("experimant e {\n  seeds 5\n  loss = icl\n  batch: 1.2.3\n  data: fresh\n}\n");
    assert_eq!(found.len(), 4);
    assert_eq!(file.items[0].keyword, Keyword::Experiment);
    assert_eq!(lines(&file.items[0]), ["seeds: 5", "loss: icl", "?", "data: fresh"]);
}
