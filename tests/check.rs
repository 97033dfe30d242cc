//! The checker as a whole: it never panics, bounds every size, and tells meaning from writing.

use icl::check::{Checked, Override, check};
use icl::cli::render;
use icl::diagnostic::Severity;
use icl::plan::{Cost, Plan, Selection};
use icl::syntax::parse;
use icl::syntax::tree::Keyword;
use icl::world::Memory;
use std::path::{Path, PathBuf};

const WARMUP: &str = include_str!("programs/warmup.icl");
const QUICKSTART: &str = include_str!("programs/rewritten.icl");
const SEEDS: [&str; 5] = [
    QUICKSTART,
    include_str!("../stdlib/shapes.icl"),
    WARMUP,
    include_str!("../stdlib/models.icl"),
    include_str!("../stdlib/curricula.icl"),
];

fn checked(text: &str) -> Checked {
    checked_with(text, &[])
}

fn checked_with(text: &str, set: &[Override]) -> Checked {
    let mut world = Memory::default();
    world.0.insert(PathBuf::from("main.icl"), text.to_string());
    check(&world, Path::new("main.icl"), set)
}

/// Checks a text and whatever follows from it; nothing may panic, and nothing may be lost in silence.
fn survive(text: &str) -> Checked {
    let checked = checked(text);
    for finding in &checked.findings {
        assert!(finding.help.is_some(), "{} has no cure in\n{text}", finding.title);
        for label in &finding.labels {
            let source = &checked.sources.get(label.span.file).expect("a source").text;
            let range = label.span.start as usize..label.span.end as usize;
            assert!(source.get(range).is_some(), "{} lies outside its text:\n{text}", finding.title);
        }
    }
    for (colour, width) in [(true, 40), (false, 120)] {
        let drawn = render::findings(&checked.findings, &checked.sources, colour, width);
        assert_eq!(drawn.is_empty(), checked.findings.is_empty());
    }
    let failed = checked.findings.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(checked.program.is_none(), failed);
    if let Some(program) = &checked.program {
        let (file, _) = parse(icl::diagnostic::FileId(0), text);
        let stated = file.items.iter().filter(|item| item.keyword == Keyword::Experiment).count();
        assert_eq!(program.experiments.len(), stated, "an experiment is lost without a finding:\n{text}");
        for experiment in &program.experiments {
            let plan = Plan::new(experiment.clone(), &Selection::default());
            for cell in &plan.cells {
                assert!(Cost::of(&cell.training, &cell.observation, Some(2)).flops().is_finite());
            }
        }
    }
    checked
}

/// A small deterministic generator (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// Words, numbers, runs of spaces and single signs.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let kind = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => 1,
        ' ' => 2,
        _ => 0,
    };
    for letter in text.chars() {
        match tokens.last_mut() {
            Some(last) if kind(letter) > 0 && last.chars().next().map(kind) == Some(kind(letter)) => last.push(letter),
            _ => tokens.push(letter.to_string()),
        }
    }
    tokens
}

fn mutate(text: &str, dice: &mut Dice) -> String {
    const WORDS: [&str; 22] = [
        "0",
        "-1",
        "1e18",
        "1_000_000_000_000",
        "50%",
        "2.5",
        "none",
        "all",
        "last",
        "hard",
        "maps",
        "icl",
        "fresh",
        "[]",
        "learned",
        "10 epochs",
        "3 steps",
        "1..=9",
        "é",
        "(",
        "\n}\n",
        "\"",
    ];
    let mut tokens = tokens(text);
    for _ in 0..=dice.below(3) {
        if tokens.is_empty() {
            break;
        }
        let at = dice.below(tokens.len());
        let solid: Vec<usize> = (0..tokens.len()).filter(|&at| !tokens[at].trim().is_empty()).collect();
        let Some(&word) = solid.get(dice.below(solid.len().max(1))) else { break };
        match dice.below(7) {
            0 => {
                tokens.remove(word);
            }
            1 => tokens.insert(word, tokens[word].clone()),
            2 => {
                let other = solid[dice.below(solid.len())];
                tokens.swap(word, other);
            }
            3 if dice.below(4) == 0 => tokens.truncate(at),
            3 | 4 => tokens[word] = WORDS[dice.below(WORDS.len())].to_string(),
            5 => tokens[word].push('x'),
            _ => {
                let other = solid[dice.below(solid.len())];
                let copy = tokens[other].clone();
                tokens[word] = copy;
            }
        }
    }
    tokens.concat()
}

#[test]
fn no_mutation_makes_the_checker_panic_or_lose_an_experiment() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut sound = 0;
    for round in 0..2_000 {
        let text = mutate(SEEDS[round % SEEDS.len()], &mut dice);
        let checked = std::panic::catch_unwind(|| survive(&text));
        let Ok(checked) = checked else { panic!("mutation {round} of\n{text}") };
        sound += usize::from(checked.program.is_some());
    }
    // Some change nothing that matters; were it none, only broken texts would have been tried.
    assert!(sound > 100, "{sound}");
}

/// Replaces a piece of the quickstart study, which must hold it.
fn with(old: &str, new: &str) -> String {
    assert!(QUICKSTART.contains(old), "{old}");
    QUICKSTART.replacen(old, new, 1)
}

#[test]
fn huge_numbers_are_told_and_cost_nothing() {
    for (old, new) in [
        ("points: 10", "points: 1_000_000_000_000_000_000"),
        ("points: 10", "points: 10 ^ 400"),
        ("layers: 2", "layers: 100k"),
        ("layers: 2", "layers: 9_007_199_254_740_992"),
        ("heads: 2", "heads: 1_000_000_000_000"),
        ("width: 32", "width: 1_000_000_000"),
        ("maps: count = 64", "maps: count = 1_000_000_000_000_000"),
        ("maps: count = 64", "maps: count = 1e15"),
        ("seeds: 4", "seeds: 1_000_000_000"),
        ("seeds: 4", "seeds: 1..=1_000_000_000"),
        ("seeds: 4", "seeds: [1_000_000_000_000_000_000, 2]"),
        ("batch: 32", "batch: 1_000_000_000_000"),
        ("data: fresh", "data: 1e300 sequences"),
        ("6k steps", "1e300 steps"),
        ("6k steps", "1e200 steps * 1e200"),
        ("every: 100 steps", "every: 1e30 steps"),
        ("on: 256 sequences", "on: 1e12 sequences"),
        ("held: 3 evaluations", "held: 1e18 evaluations"),
        ("epochs: 1,", "epochs: 1_000_000_000,"),
        ("rate: real = 3e-3", "rate: real = 10 ^ 400"),
        ("values: [4, 1, 4, 1, 4, 1]", "values: [1_000_000_000_000, 1, 4, 1, 4, 1]"),
        ("width: 64", "width: 1_000_000_000"),
    ] {
        let checked = survive(&with(old, new));
        let ids: Vec<&str> = checked.findings.iter().map(|finding| finding.id).collect();
        let fits = ids.iter().all(|id| ["E0302", "E0301"].contains(id)) && !ids.is_empty();
        assert!(fits, "{new}: {:?}", checked.findings);
    }
}

#[test]
fn definitions_that_multiply_have_a_bound() {
    let doubling = |first: &str, join: &str| {
        let lines = (1..40).map(|n| format!("let a{n} = {}\n", join.replace('#', &format!("a{}", n - 1))));
        format!("let a0 = {first}\n{}", lines.collect::<String>())
    };
    let calls: String = (1..40).map(|n| format!("let a{n}(x: count) = a{}(x) + a{}(x)\n", n - 1, n - 1)).collect();
    let nested = "let a = repeat(5000, [attention(2), mlp(), attention(2)])\n";
    let chain: String = (1..5_000).map(|n| format!("let a{} = a{n} + 1\n", n - 1)).collect();
    for text in [
        doubling("[1, 2]", "[#, #]"),
        doubling("icl", "# + #"),
        format!("let a0(x: count) = x\n{calls}let b = a39(1)\n"),
        nested.to_string(),
        format!("{chain}let a4999 = 1\n"),
    ] {
        let checked = survive(&text);
        assert!(checked.findings.iter().any(|finding| finding.id == "E0302"), "{:?}", checked.findings.first());
    }
}

#[test]
fn a_file_that_reaches_itself_by_another_path_is_a_circle() {
    let mut world = Memory::default();
    world.0.insert(PathBuf::from("study/a.icl"), "use \"../study/./b\"\n".to_string());
    world.0.insert(PathBuf::from("study/b.icl"), "use \"./x/../a\"\n".to_string());
    let checked = check(&world, Path::new("study/a.icl"), &[]);
    let ids: Vec<&str> = checked.findings.iter().map(|finding| finding.id).collect();
    assert_eq!(ids, ["E0210"]);
}

#[test]
fn a_missing_file_is_a_finding() {
    let checked = check(&Memory::default(), Path::new("none.icl"), &[]);
    assert_eq!(checked.findings.len(), 1);
    assert_eq!((checked.findings[0].id, checked.findings[0].title.as_str()), ("E0001", "none.icl cannot be read"));
}

/// Arm, seed and key of every cell.
fn keys(text: &str) -> Vec<String> {
    let checked = checked(text);
    assert_eq!(checked.counts().0, 0, "{:?}", checked.findings);
    let experiment = checked.program.expect("a program").experiments.remove(0);
    let cells = Plan::new(experiment, &Selection::default()).cells;
    cells.into_iter().map(|cell| format!("{} {} {}", cell.name, cell.seed, cell.key)).collect()
}

#[test]
fn writing_changes_no_key() {
    let plain = keys(QUICKSTART);
    assert_eq!(plain.len(), 12);
    let replaced = |pairs: &[(&str, &str)]| {
        let mut text = QUICKSTART.to_string();
        for (old, new) in pairs {
            assert!(text.contains(old), "{old}");
            text = text.replace(old, new);
        }
        text
    };
    let (head, experiment) = QUICKSTART.split_once("experiment quickstart").expect("two parts");
    let (before, arms_on) = experiment.split_once("  /// Many maps from the start.").expect("settings");
    let (setting_head, settings) = before.split_once('\n').expect("settings");
    let backwards: String = settings.trim_end().lines().rev().map(|line| format!("{line}\n")).collect();
    for (what, text) in [
        ("comments", QUICKSTART.replace('\n', " // remark\n").replace("/// ", "// ").replace("//! ", "// ")),
        ("spaces", QUICKSTART.replace(", ", " ,  ").replace("  ", "     ")),
        ("line ends", QUICKSTART.replace('\n', "\r\n")),
        ("the experiment first", format!("experiment quickstart{experiment}\n{head}").replace("//! ", "// ")),
        (
            "settings backwards",
            format!("{head}experiment quickstart{setting_head}\n{backwards}  /// Many maps from the start.{arms_on}"),
        ),
        (
            "names of items",
            replaced(&[
                ("hard", "difficult"),
                ("easy", "simple"),
                ("images = ", "pictures = "),
                ("images: images", "images: pictures"),
            ]),
        ),
        (
            "names of a param and a loss",
            replaced(&[("maps: maps", "maps: many"), ("param maps", "param many"), ("with_weights", "helped")]),
        ),
        (
            "names of measures",
            replaced(&[("icl_accuracy", "last_score"), ("weights", "own")]).replace("with_own", "with_weights"),
        ),
        (
            "numbers written otherwise",
            replaced(&[("6k steps", "6_000 steps"), ("50%", "0.5"), ("3e-3", "0.003"), ("1e-2", "0.01")]),
        ),
        (
            "arguments by place",
            replaced(&[
                ("gpt2(layers: 2, heads: 2, width: 32)", "gpt2(2, 2, width: 32)"),
                ("adam(lr: rate)", "adam(rate)"),
            ]),
        ),
        ("defaults written out", replaced(&[("adam(lr: rate)", "adam(eps: 1e-8, betas: (0.9, 0.999), lr: rate)")])),
        (
            "a constant between",
            replaced(&[("points: 10", "points: many_points"), ("let easy", "let many_points = 5 + 5\nlet easy")]),
        ),
    ] {
        assert_eq!(keys(&text), plain, "{what}");
    }
}

#[test]
fn meaning_changes_keys() {
    let plain = keys(QUICKSTART);
    for (old, new) in [
        ("width: 64", "width: 65"),
        ("rate: real = 3e-3", "rate: real = 2e-3"),
        ("batch: 32", "batch: 33"),
        ("heads: 2", "heads: 4"),
    ] {
        let other = keys(&with(old, new));
        assert!(plain.iter().zip(&other).all(|(a, b)| a != b), "{new}");
    }
}

#[test]
fn a_knob_from_outside_is_the_same_as_one_inside() {
    let set = [("maps".to_string(), "100".to_string())];
    let outside = checked_with(QUICKSTART, &set);
    let inside = checked(&with("maps: count = 64", "maps: count = 100"));
    assert_eq!(outside.program, inside.program);
    assert!(outside.program.is_some());
}

#[test]
fn names_of_lines_that_the_target_does_not_reach_change_no_key() {
    let study = |few: &str, many: &str, chosen: &str| {
        let task = format!(
            "task t(maps: count) {{
  per sequence {{
    {few} ~ uniform(2)
    {many} ~ uniform(7)
    factor ~ uniform(images.attributes)
    map ~ permutations(images.sizes) in pool(maps)
  }}
  per example {{
    image ~ rows(images) without replacement
    factors = image.attributes
    y = map[factor][factors[factor]]
    spare = {chosen}
  }}
  length: 10
  input: image.embedding
  target: y
  blind: levels(loss: mean(log(images.sizes)), accuracy: mean(1 / images.sizes))
  ideal: posterior
}}
"
        );
        let text = QUICKSTART
            .replace("shapes.classify(maps: 1, images: images, points: 10)", "t(maps: 1)")
            .replace("shapes.classify(maps: maps, images: images, points: 10)", "t(maps: maps)")
            .replace("use std.shapes\n", "")
            .replace("predict: factors", "predict: spare");
        keys(&text.replace("/// What the weights know", &format!("{task}\n/// What the weights know")))
    };
    let plain = study("ant", "bee", "bee");
    assert_eq!(study("zebra", "yak", "yak"), plain, "names");
    assert_ne!(study("ant", "bee", "ant"), plain, "what the probe asks for");
}

/// What stands close to a fault and is none: a task of tokens or of examples around each of these lines.
#[test]
fn what_is_right_is_not_refused() {
    let words = "word\tcategory\ndog\tanimal\nbee\tanimal\npie\tfood\njam\tfood\nsaw\ttool\naxe\ttool\n";
    let task = |params: &str, sequence: &str, example: &str, more: &str| {
        format!(
            "data words = table(\"words.tsv\", key: \"word\")\n\ntask t({params}) {{\n  per sequence {{\n    {sequence}\n  }}\n  \
             per example {{\n    {example}\n  }}\n  input: x\n  target: y\n  {more}\n}}\n\nlet made = t()\n"
        )
    };
    let plain = "length: 4";
    for (params, sequence, example, more) in [
        // Half of an even number is a count.
        (
            "points: count = 8",
            "half ~ uniform(3)[points / 2]",
            "x ~ normal()\n    y = half[index % (points / 2)]",
            "length: points",
        ),
        // A real is real where a whole number is given for it.
        ("scale: real = 2", "k ~ uniform(4)", "x ~ normal()\n    y = scale * k", plain),
        // A place of a list that is a parameter is a count.
        ("sizes: count[2] = [3, 4]", "map ~ permutation(sizes[1])", "x ~ uniform(sizes[0])\n    y = map[x]", plain),
        // Attributes are called by their names, texts compared with texts.
        (
            "",
            "w ~ normal()",
            "row ~ rows(words)\n    x = row.attributes[\"category\"]\n    y = if row.word == \"dog\" then w else 0",
            plain,
        ),
        // The smallest and the largest label of a condition.
        (
            "",
            "w ~ normal()",
            "row ~ rows(words, where: category == 0 or category == 2)\n    x = row.attributes[0]\n    y = w",
            plain,
        ),
        // Numbers between two ends, and a recurrence of them.
        ("", "a ~ uniform(0, 1)", "x ~ normal(previous(x), 1, first: uniform(-1, 1))\n    y = a * x", plain),
        // A mixture of distributions that are defined, with copies.
        (
            "dim: count = 3",
            "narrow = normal(0, 1)\n    wide = normal(0, 9)\n    w ~ mixture(narrow: 90%, wide: 10%)[dim]",
            "x ~ normal()[dim]\n    y = dot(w, x)",
            plain,
        ),
        // A posterior over a pool of real numbers.
        (
            "",
            "w ~ normal()[2] in pool(4)",
            "x ~ normal()[2]\n    y ~ bernoulli(sigmoid(dot(w, x)))",
            "length: 4\n  ideal: posterior",
        ),
        // The last prediction alone.
        (
            "points: count = 8",
            "w ~ normal()",
            "x ~ normal()\n    y = w * x",
            "length: points\n  score: from(points - 1)",
        ),
    ] {
        let mut world = Memory::default();
        let text = task(params, sequence, example, more);
        world.0.insert(PathBuf::from("main.icl"), text.clone());
        world.0.insert(PathBuf::from("words.tsv"), words.to_string());
        let checked = check(&world, Path::new("main.icl"), &[]);
        let errors: Vec<_> = checked.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{text}");
    }
}
