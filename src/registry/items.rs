//! The words that start an item.

/// One keyword at the start of a line.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    pub word: &'static str,
    /// Every way to write it, one a line.
    pub form: &'static str,
    pub doc: &'static str,
}

const fn item(word: &'static str, form: &'static str, doc: &'static str) -> Item {
    Item { word, form, doc }
}

/// Every keyword of items, in the order in which a study usually has them.
pub const ITEMS: &[Item] = &[
    item(
        "use",
        "use std.name\nuse \"./path\"",
        "Makes the items of a module reachable as `module.item`: a standard one, which is compiled in, or a file beside this \
         one, written without `.icl`. Only items marked `pub` are reached.",
    ),
    item(
        "param",
        "param name: type = value",
        "A knob of the whole file: set from outside by `--set name=value`, and swept by `sweep`.",
    ),
    item(
        "let",
        "let name = value\nlet name: type = value",
        "A constant of the file: a number, a duration, or a task, model or anything else with its arguments.",
    ),
    item(
        "data",
        "data name = source(...)",
        "A data source: images that are drawn, or tables and arrays in files. The hash of its content is part of a run's \
         identity.",
    ),
    item(
        "task",
        "task name(parameter: type = default, ...) { ... }",
        "A generative process: how a sequence is drawn, what the model reads of it, what it predicts, and the levels \
         between which its progress is measured.",
    ),
    item(
        "model",
        "model name(parameter: type = default, ...) { ... }\nmodel name(parameter: type) = expression",
        "A transformer: its width, how it knows positions, and its sublayers in order. The sizes of what it reads and \
         predicts come from the task.",
    ),
    item(
        "curriculum",
        "curriculum name(parameter: type = default, ...) { ... }",
        "The stages of training in their order: what each trains on, and how long or until what.",
    ),
    item(
        "loss",
        "loss name = expression",
        "What training minimises: a weighted sum of the task's own loss and of read-outs. A weight may be a schedule.",
    ),
    item(
        "probe",
        "probe name(parameter: type = default, ...) { ... }",
        "A reader of the inside of a model. It stops the gradient: fitted at each evaluation on training sequences, and \
         scored on held-out ones.",
    ),
    item(
        "metric",
        "metric name = expression",
        "A number that an evaluation measures, under the name that tables and figures use.",
    ),
    item(
        "experiment",
        "experiment name { ... }",
        "A comparison: what every run has, the arms that differ, what is measured, how a plateau is defined, what is \
         claimed and what is shown.",
    ),
];
