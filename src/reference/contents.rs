//! Everything that there is to look up, in the order of the reference.

use super::entry::{Entry, title};
use super::library::modules;
use crate::registry::{BUILTINS, BlockKind, Group, ITEMS, LINES, OPERATORS, TYPE_WORDS, UNITS, settings_of};
use std::sync::LazyLock;

/// A page of docs/reference.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// The file's name without `.md`.
    pub file: &'static str,
    pub title: &'static str,
    pub intro: &'static str,
    pub sections: Vec<Section>,
}

/// Words that belong together.
#[derive(Clone, Debug)]
pub struct Section {
    pub title: String,
    pub intro: String,
    pub entries: Vec<Entry>,
}

impl Section {
    fn new(title: impl Into<String>, intro: impl Into<String>, entries: Vec<Entry>) -> Self {
        Self { title: title.into(), intro: intro.into(), entries }
    }
}

/// The reference but for the findings, chapter by chapter.
#[must_use]
pub fn chapters() -> &'static [Chapter] {
    static CHAPTERS: LazyLock<Vec<Chapter>> = LazyLock::new(written);
    &CHAPTERS
}

fn written() -> Vec<Chapter> {
    vec![
        Chapter {
            file: "items",
            title: "Items",
            intro: "A program is a list of items. Each starts with its keyword at the start of a line; their order never \
                    matters.",
            sections: vec![Section::new("Keywords", "", ITEMS.iter().map(Entry::of_item).collect())],
        },
        Chapter {
            file: "blocks",
            title: "Blocks, lines and settings",
            intro: "In a block a line is a setting `key: value`, a definition `name = expression`, a draw \
                    `name ~ distribution`, a nested block, or one of the lines below. A newline or a comma ends it. Order \
                    matters only among stages, and in that the first arm is the baseline.",
            sections: blocks(),
        },
        Chapter {
            file: "types",
            title: "Types and units",
            intro: "A parameter has a type, a number may have a unit, an array has sizes. Mixing them by accident is an error.",
            sections: vec![
                Section::new(
                    "types",
                    "Sizes may be parameters: `w: real[dim]`. A choice of words is a type as well: \
                     `query: inside | outside`.",
                    TYPE_WORDS.iter().map(Entry::of_type).collect(),
                ),
                Section::new(
                    "units",
                    "A unit follows a number and a space, in the singular or the plural. A computed amount is \
                     `n * 1 step`.",
                    UNITS.iter().map(Entry::of_unit).collect(),
                ),
            ],
        },
        Chapter {
            file: "operators",
            title: "Operators",
            intro: "From those that bind least to those that bind most. Numbers are written `20`, `20_000`, `20k`, `1.5M`, \
                    `3e-4`, `80%`. An operator may end a line, never begin one.",
            sections: vec![Section::new("operators", "", OPERATORS.iter().map(Entry::of_operator).collect())],
        },
        Chapter {
            file: "builtins",
            title: "Builtins",
            intro: "Names that every program knows. An argument is given by place or by name; what has a default may be left \
                    out. A program's own names may shadow them.",
            sections: GROUPS.iter().map(|(group, intro)| builtins(*group, intro)).collect(),
        },
        Chapter {
            file: "library",
            title: "Standard library",
            intro: "Modules that are written in the language and compiled in. `use std.shapes` makes their items reachable as \
                    `shapes.classify`.",
            sections: library(),
        },
    ]
}

fn blocks() -> Vec<Section> {
    let words = LINES.iter().enumerate().map(|(at, line)| {
        let place = LINES[..at].iter().filter(|other| other.words == line.words).count();
        Entry::of_line(line, place)
    });
    let kinds = [
        BlockKind::Task,
        BlockKind::Model,
        BlockKind::Curriculum,
        BlockKind::Stage,
        BlockKind::Probe,
        BlockKind::Experiment,
        BlockKind::Measure,
        BlockKind::Plateau,
        BlockKind::Report,
    ];
    let settings = kinds.into_iter().filter_map(|block| {
        let entries: Vec<Entry> = settings_of(block).map(Entry::of_setting).collect();
        let intro = match block {
            BlockKind::Experiment => {
                "An arm takes the same settings, but for `seeds`, and replaces the experiment's. What training needs and has no \
                 default stands in the experiment or in each of its arms: `model`, `data`, `batch`, `optimizer`, \
                 `curriculum`."
            }
            _ => "",
        };
        (!entries.is_empty()).then(|| Section::new(format!("settings of {}", block.a()), intro, entries))
    });
    [Section::new("lines and phrases", "", words.collect())].into_iter().chain(settings).collect()
}

/// The groups of builtins in the order of the reference, with what each is for.
const GROUPS: [(Group, &str); 16] = [
    (Group::Distributions, "What a name may be drawn from: `name ~ distribution`."),
    (Group::Functions, "What expressions of a task compute. They take numbers, labels and arrays."),
    (Group::Data, "Where rows come from."),
    (Group::Tasks, "Tasks made of tasks, and which predictions count."),
    (
        Group::References,
        "What `blind`, `ideal` and `plateaus` may be beside a formula. A predictor is evaluated exactly where the metric is.",
    ),
    (Group::Layers, "What the `blocks` of a model are made of."),
    (Group::Models, "Models that exist."),
    (Group::Optimizers, "How weights follow gradients."),
    (Group::Schedules, "Numbers that change over training."),
    (Group::Losses, "What a loss is a weighted sum of."),
    (Group::Sites, "Places of a model that a probe or an intervention looks at. Layers and heads count from 0."),
    (Group::Readers, "How the reader of a probe is fitted; `ridge(lambda)` is one as well."),
    (Group::Scores, "What a metric may be."),
    (Group::Interventions, "What may be changed in a model, while it is measured or while it trains."),
    (Group::Statistics, "What a claim compares."),
    (Group::Words, "Words that settings and arguments take."),
];

fn builtins(group: Group, intro: &str) -> Section {
    let entries = BUILTINS.iter().filter(|builtin| builtin.group == group).map(Entry::of_builtin).collect();
    Section::new(title(group), intro, entries)
}

fn library() -> Vec<Section> {
    let sections = modules().into_iter().map(|module| {
        let entries = module.items.iter().map(|item| item.entry(&module)).collect();
        Section::new(module.name.clone(), module.doc, entries)
    });
    sections.collect()
}
