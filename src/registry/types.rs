//! Types of parameters, arguments and targets.

/// One type that has a name.
#[derive(Clone, Copy, Debug)]
pub struct TypeWord {
    pub name: &'static str,
    /// How it is written, sizes included.
    pub form: &'static str,
    pub doc: &'static str,
}

const fn type_of(name: &'static str, form: &'static str, doc: &'static str) -> TypeWord {
    TypeWord { name, form, doc }
}

/// Every type that has a name. A choice of words, `inside | outside`, is the one type that has none.
pub const TYPE_WORDS: &[TypeWord] = &[
    type_of("count", "count", "A whole number of at least 0: a size, a number of layers, of maps, of examples."),
    type_of(
        "real",
        "real",
        "A number, or with sizes an array of numbers: `real[n, m]`. A percentage is one: `80%` is 0.8.",
    ),
    type_of("bool", "bool", "`true` or `false`."),
    type_of("text", "text", "A text in double quotes."),
    type_of("duration", "duration", "Training time, in steps or in epochs."),
    type_of(
        "class",
        "class(k)",
        "A label out of k, numbered from 0; with sizes an array of labels: `class(k)[n]`. Behind the expression of a \
         target or a definition it makes a label of an integer and checks its range.",
    ),
    type_of("task", "task", "A task with its arguments, or a mixture of tasks."),
    type_of("data", "data", "A data source: rows with attributes, read or drawn from outside the program."),
    type_of("model", "model", "A model with its arguments, or one that exists."),
    type_of("curriculum", "curriculum", "What a run trains on, and when."),
    type_of("loss", "loss", "What training minimises: a weighted sum of losses."),
    type_of("probe", "probe", "A reader of the inside of a model."),
    type_of("metric", "metric", "What is measured of a model: a score of a task, a head or the weights."),
    type_of("optimizer", "optimizer", "How weights follow gradients."),
    type_of("schedule", "schedule", "A real that may change over training. A plain number is one that does not."),
    type_of("distribution", "distribution", "What a name may be drawn from."),
];

/// The names of types, for those who ask only whether a word is one.
pub const TYPES: &[&str] = &NAMES;

const NAMES: [&str; TYPE_WORDS.len()] = {
    let mut names = [""; TYPE_WORDS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = TYPE_WORDS[at].name;
        at += 1;
    }
    names
};

/// The names of types, in the order of the reference.
pub fn types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().copied()
}
