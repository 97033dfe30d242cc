//! Certain cures: what they make of a text, that nothing new is wrong afterwards, and that there is nothing left to cure.

use icl::check::{Checked, Override, check};
use icl::diagnostic::{Diagnostic, Severity};
use icl::fix::{Mended, mend};
use icl::world::Memory;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Texts with a certain cure, before and after.
const CURES: &[(&str, &str)] = &[
    ("model m { width 128, norm: pre }", "model m { width: 128, norm: pre }"),
    ("experiment e {\n  seeds 5\n  loss icl\n}", "experiment e {\n  seeds: 5\n  loss: icl\n}"),
    ("model m { width = 128 }", "model m { width: 128 }"),
    ("model m { width=128 }", "model m { width: 128 }"),
    ("task t { length = 3 }", "task t { length: 3 }"),
    ("let a = f(layers = 4, heads=2)", "let a = f(layers: 4, heads: 2)"),
    (
        "task t {\n  per example {\n    y = a\n      + b\n  }\n}",
        "task t {\n  per example {\n    y = a +\n      b\n  }\n}",
    ),
    ("loss a = icl // one\n  // two\n\n  + 0.1 * b\n", "loss a = icl + // one\n  // two\n\n  0.1 * b\n"),
    ("experment e {\n  seeds: 5\n}", "experiment e {\n  seeds: 5\n}"),
    (
        "experiment e\n{\n  seeds: 5\n  arm a // one\n  { x: 1\n  }\n}",
        "experiment e {\n  seeds: 5\n  arm a { // one\n  x: 1\n  }\n}",
    ),
    ("experiment e\r\n{\r\n  seeds: 5\r\n}\r\n", "experiment e {\r\n  seeds: 5\r\n}\r\n"),
    ("let a = [1, 2)", "let a = [1, 2]"),
    ("let a = b; ", "let a = b "),
    ("experiment e { seeds: 3; loss: icl; }", "experiment e { seeds: 3, loss: icl }"),
    ("let a = b && c", "let a = b and c"),
    ("let a = b||c", "let a = b or c"),
    ("let a = !b", "let a = not b"),
    ("let a = b − c × d", "let a = b - c * d"),
    ("let a = if b ≤ c then 1 else 2", "let a = if b <= c then 1 else 2"),
    ("## comment\nlet a = 3", "// comment\nlet a = 3"),
    ("let a = 'text'", "let a = \"text\""),
    ("let a = “text”", "let a = \"text\""),
    ("let a = 10epochs", "let a = 10 epochs"),
    ("let a = 10kepochs", "let a = 10k epochs"),
    ("let a = 5%3", "let a = 5 % 3"),
    ("task t(e = 1 epoch, f = true) { length: 3 }", "task t(e: duration = 1 epoch, f: bool = true) { length: 3 }"),
    ("task t {\n  length: 3\n  /// Nothing.\n  /// More.\n}", "task t {\n  length: 3\n  // Nothing.\n  // More.\n}"),
    ("let a = 3\n/// Nothing.\n", "let a = 3\n// Nothing.\n"),
    ("task t {\n  length: 3 /// Trailing.\n}", "task t {\n  length: 3 // Trailing.\n}"),
    ("experiment e { arm a { x: 1 } arm b { x: 2 } }", "experiment e { arm a { x: 1 }, arm b { x: 2 } }"),
    ("experiment e {\n  seeds: 3 loss: icl\n}", "experiment e {\n  seeds: 3, loss: icl\n}"),
    ("metric m: accuracy(t)", "metric m = accuracy(t)"),
    ("let a 3", "let a = 3"),
    ("experiment warm-up { seeds: 3 }", "experiment warm_up { seeds: 3 }"),
    ("let a = if b = 3 then 1 else 2", "let a = if b == 3 then 1 else 2"),
    ("let a = 2 ** 3", "let a = 2 ^ 3"),
    ("let a = f (x)", "let a = f(x)"),
    ("experiment e { sweep maps [1, 2] }", "experiment e { sweep maps in [1, 2] }"),
    ("task t { per run { w <- normal() } }", "task t { per run { w ~ normal() } }"),
    ("task t(a: count = 2 b: count) { length: 3 }", "task t(a: count = 2, b: count) { length: 3 }"),
    ("let a = f(x\n  y: 3)", "let a = f(x,\n  y: 3)"),
];

/// Texts whose faults have no certain cure, so that they stay as they are.
const DOUBTS: &[&str] = &[
    "model m { width (128) }",
    "task t { per run { w normal() } }",
    "task t { y dot(w, x) }",
    "let a = f([1, 2)",
    "let a = [1, 2) + [3)",
    "let a = f(1, 2\nlet b = 3",
    "let a = 1; let b = 2",
    "let a = 'it''s \"x\"'",
    "let a = 2x",
    "let a = 80%hard",
    "task t(dim = 20) { length: dim }",
    "task warm-up { length: 3 }",
    "task t 3",
    "task a {\n  + 3\n}",
    "let a = b\n  .c",
    "let a = 3\n//! late",
    "let a = f(1,,2)",
    "class x = 3",
    "task t {\n  length: 3\n  /// Nothing.\n  #allow(W0201, \"why\")\n}",
];

fn world(text: &str) -> Memory {
    let mut world = Memory::default();
    let mut parts = text.split("//// ");
    world.0.insert(PathBuf::from("main.icl"), parts.next().unwrap().to_string());
    for part in parts {
        let (other, text) = part.split_once('\n').unwrap();
        world.0.insert(PathBuf::from(other), text.to_string());
    }
    world
}

/// Files of the world are the user's own; the standard modules are not.
fn own(path: &Path) -> Option<PathBuf> {
    (!path.starts_with("<std>") && path.extension().is_some_and(|extension| extension == "icl")).then(|| path.into())
}

fn mended(world: &Memory, set: &[Override]) -> (Mended, Memory) {
    let mended = mend(world, &[PathBuf::from("main.icl")], set, &own);
    let mut after = Memory(world.0.clone());
    for (path, change) in &mended.changes {
        assert_eq!(world.0[path], change.before);
        after.0.insert(path.clone(), change.after.clone());
    }
    (mended, after)
}

fn errors(checked: &Checked) -> usize {
    checked.counts().0
}

#[test]
fn a_fault_of_form_with_one_meaning_is_mended() {
    for (before, wanted) in CURES {
        let world = world(before);
        let first = check(&world, Path::new("main.icl"), &[]);
        assert!(first.findings.iter().any(|finding| !finding.fix.is_empty()), "no cure for\n{before}");
        let (mended, after) = mended(&world, &[]);
        assert_eq!(after.0[Path::new("main.icl")], *wanted, "from\n{before}");
        let left = &mended.checked[0].findings;
        assert!(left.iter().all(|finding| !finding.id.starts_with("E01")), "{before}\n{left:?}");
    }
}

#[test]
fn a_doubtful_text_is_left_as_it_is() {
    for text in DOUBTS {
        let world = world(text);
        let first = check(&world, Path::new("main.icl"), &[]);
        assert!(first.findings.iter().any(|finding| finding.id.starts_with("E01")), "nothing is wrong with\n{text}");
        assert_eq!(mended(&world, &[]).1.0, world.0, "{text}");
    }
}

/// A wrong program of the suite and the knobs that are set for it.
fn suite() -> Vec<(String, Memory, Vec<Override>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir("tests/suite").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "icl"));
    paths.sort();
    let case = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let set = text.lines().filter_map(|line| line.strip_prefix("// set ")?.split_once('='));
        let set = set.map(|(name, value)| (name.to_string(), value.to_string())).collect();
        (path.display().to_string(), world(&text), set)
    };
    paths.iter().map(case).collect()
}

/// How often each finding is made, by id and title.
fn titles<'a>(findings: impl Iterator<Item = &'a Diagnostic>) -> BTreeMap<(String, String), usize> {
    let mut titles = BTreeMap::new();
    for finding in findings {
        *titles.entry((finding.id.to_string(), finding.title.clone())).or_insert(0) += 1;
    }
    titles
}

#[test]
fn every_cure_of_the_suite_takes_its_finding_away_and_brings_no_other() {
    let mut cured = 0;
    for (name, world, set) in suite() {
        let before = check(&world, Path::new("main.icl"), &set);
        if before.findings.iter().all(|finding| finding.fix.is_empty()) {
            continue;
        }
        let (mended, after) = mended(&world, &set);
        let after_all = check(&after, Path::new("main.icl"), &set);
        let curable: Vec<&Diagnostic> = before.findings.iter().filter(|finding| !finding.fix.is_empty()).collect();
        cured += curable.len();
        let wrong = curable.iter().filter(|finding| finding.severity == Severity::Error).count();
        assert!(errors(&after_all) + wrong <= errors(&before), "{name}: {:#?}", after_all.findings);
        assert!(world.0 != after.0, "{name}: cures that change nothing");
        // Every error was there before, and what had a cure is gone. Of what nothing reads is told only without errors.
        let (was, is) = (titles(before.findings.iter()), titles(after_all.findings.iter()));
        for finding in after_all.findings.iter().filter(|finding| finding.severity == Severity::Error) {
            let title = (finding.id.to_string(), finding.title.clone());
            assert!(was.get(&title).is_some_and(|before| *before >= is[&title]), "{name}: {title:?} is new");
        }
        for (title, count) in titles(curable.into_iter()) {
            let left = is.get(&title).copied().unwrap_or(0);
            assert!(left + count <= was[&title], "{name}: {title:?} is left");
        }
        assert_eq!(titles(mended.checked[0].findings.iter()), is, "{name}: what is left is told as it is");
    }
    assert!(cured >= 30, "{cured} findings of the suite have a cure");
}

#[test]
fn mending_twice_is_mending_once() {
    let texts = CURES.iter().map(|(text, _)| (text.to_string(), world(text), Vec::new()));
    for (name, world, set) in texts.chain(suite()) {
        let (_, once) = mended(&world, &set);
        if once.0 == world.0 {
            continue;
        }
        let (again, twice) = mended(&once, &set);
        assert_eq!(once.0, twice.0, "{name}");
        assert_eq!((again.count, again.changes.len()), (0, 0), "{name}");
    }
}

/// Slips of the hand, each made at up to three places of every program.
const SLIPS: [(&str, &str); 12] = [
    (": ", " "),
    (": ", " = "),
    (", ", " "),
    (", ", "; "),
    (" = ", ": "),
    (" {\n", "\n{\n"),
    ("(", " ("),
    (" - ", " − "),
    (" + ", "\n+ "),
    ("\n  ", "\n/// \n  "),
    ("experiment", "experment"),
    ("steps", "stpes"),
];

#[test]
fn slips_in_every_program_are_mended_without_a_new_fault_of_form() {
    let form = |checked: &Checked| checked.findings.iter().filter(|finding| finding.id.starts_with("E01")).count();
    let mut tried = 0;
    for folder in ["tests/programs", "experiments", "src/cli/templates"] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let Some(text) = fs::read_to_string(&path).ok().filter(|_| path.extension().is_some_and(|e| e == "icl"))
            else {
                continue;
            };
            for (from, to) in SLIPS {
                let slipped = world(&text.replacen(from, to, 3));
                let before = check(&slipped, Path::new("main.icl"), &[]);
                let (once, after) = mended(&slipped, &[]);
                assert!(form(&once.checked[0]) <= form(&before), "{from:?} as {to:?} in {}", path.display());
                let (_, twice) = mended(&after, &[]);
                assert_eq!(after.0, twice.0, "{from:?} as {to:?} in {}", path.display());
                tried += once.count;
            }
        }
    }
    assert!(tried > 100, "{tried} cures were tried");
}

#[test]
fn files_that_are_not_named_and_standard_modules_stay_as_they_are() {
    let world = world("use \"./other\"\nlet a = b && c\n//// other.icl\nlet d = e && f\n");
    let main = |path: &Path| (path == Path::new("main.icl")).then(|| path.to_path_buf());
    let mended = mend(&world, &[PathBuf::from("main.icl")], &[], &main);
    let changed: Vec<&PathBuf> = mended.changes.keys().collect();
    assert_eq!(changed, [Path::new("main.icl")]);
    let left = mended.checked[0].findings.iter().filter(|finding| !finding.fix.is_empty()).count();
    assert_eq!((mended.count, left), (1, 1));
}

#[test]
fn what_takes_all_of_a_line_takes_the_line() {
    let world = world("#allow(W0204, \"no longer so\")\npub let a = 1\n");
    let first = check(&world, Path::new("main.icl"), &[]);
    assert_eq!(first.findings.iter().map(|finding| finding.id).collect::<Vec<_>>(), ["W0209"]);
    assert_eq!(mended(&world, &[]).1.0[Path::new("main.icl")], "pub let a = 1\n");
}

#[test]
fn a_module_of_two_programs_is_mended_once() {
    let mut world = world("use \"./other\"\nlet a = 1\n//// other.icl\nlet d = e && f\n");
    world.0.insert("second.icl".into(), "use \"./other\"\nlet b = 2\n".into());
    let programs = ["main.icl", "other.icl", "second.icl"].map(PathBuf::from);
    let mended = mend(&world, &programs, &[], &own);
    assert_eq!(mended.count, 1);
    assert_eq!(mended.changes[Path::new("other.icl")].after, "let d = e and f\n");
}
