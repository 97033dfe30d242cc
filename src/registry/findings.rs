//! Every finding that the checker can make, with what it means for the science.

/// One id.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    pub id: &'static str,
    pub title: &'static str,
    pub doc: &'static str,
}

const fn page(id: &'static str, title: &'static str, doc: &'static str) -> Finding {
    Finding { id, title, doc }
}

/// Every id but those of the syntax, which are worded where they are found.
pub const FINDINGS: &[Finding] = &[
    page("E0001", "A file cannot be read", "The path does not exist, is not readable, or does not hold UTF-8 text."),
    page("E0201", "A name is not defined", "Nothing in scope has this name. The nearest that fits is offered."),
    page(
        "E0202",
        "A block has no such setting",
        "A setting that nothing reads would silently change nothing: the study would run with the default.",
    ),
    page("E0203", "A word is not a unit", "Numbers of steps, epochs and sequences are told apart by their unit."),
    page("E0204", "There is no such argument", "An argument that nothing reads would silently be the default."),
    page(
        "E0205",
        "A module cannot be found",
        "`use std.name` names a standard module, `use \"./name\"` a file beside this one.",
    ),
    page("E0206", "An item is private", "Only items marked `pub` are reached from other modules."),
    page(
        "E0207",
        "A setting or block is missing",
        "What a run trains on, how long and how it is measured has no default.",
    ),
    page("E0208", "Something is said twice", "Of two values for one thing only one could count."),
    page("E0209", "An argument is missing", "The item gives no default for it."),
    page(
        "E0210",
        "A definition goes in a circle",
        "Items and modules may refer to each other in any order, but not to themselves.",
    ),
    page("E0211", "A line does nothing", "An expression alone has no effect outside a `measure` block."),
    page(
        "E0212",
        "An inner name is not seen here",
        "What comes about once an example is not known once a sequence; inner blocks see outer names, never the reverse.",
    ),
    page(
        "E0301",
        "The kinds of things differ",
        "A duration is no number, a task no model; mixing them is never meant.",
    ),
    page("E0302", "A value is out of range", "The value could not be used, or would make the study meaningless."),
    page(
        "E0303",
        "Heads do not divide the width",
        "Every head attends in a slice of the width, so the width must be a multiple of the number of heads.",
    ),
    page(
        "E0304",
        "A probe site does not exist",
        "`after: n` reads the stream after n layers; a model of n layers ends at n.",
    ),
    page(
        "E0305",
        "An epoch has no length here",
        "With fresh data no sequence comes again, so there is no pass over the data.",
    ),
    page(
        "E0306",
        "Shapes do not agree",
        "A product or sum of arrays of other sizes is never meant; it is told in the task that wrote it, for every size.",
    ),
    page(
        "E0307",
        "A schedule ends after its stage",
        "What has not arrived when the stage ends never does, so the run would not reach the setting that it is named after.",
    ),
    page(
        "E0308",
        "A stage never trains",
        "Its length is 0 steps or fewer, so the curriculum would not be the one that is written.",
    ),
    page("E0309", "A plateau has no height", "Progress is measured from one level to another; they must differ."),
    page(
        "E0310",
        "Label spaces do not agree",
        "A read-out wider than the labels begins with a false step: it first learns which labels exist.",
    ),
    page(
        "E0311",
        "There are too few rows",
        "Examples are drawn without replacement, and held-out rows are a fifth of all.",
    ),
    page("E0312", "Nobody measures this", "Plateaus and figures are made from the curves of the `measure` block."),
    page(
        "E0313",
        "A plateau has no level",
        "Progress needs where it starts and where it ends, from the task or from `from:` and `to:`.",
    ),
    page(
        "E0314",
        "A data file cannot be used",
        "The file is missing, damaged, or of another shape than the rows need.",
    ),
    page(
        "E0315",
        "A ramp never arrives",
        "Its increment is zero or leads away from its end, so the value would stay where it is for the whole run.",
    ),
    page(
        "E0316",
        "A reference does not fit its task",
        "Progress against a baseline of another task has no meaning: least squares has no labels, n-grams need tokens.",
    ),
    page(
        "E0317",
        "A time lies beyond the run",
        "What the analysis asks for there is never trained, so nobody could save it.",
    ),
    page(
        "E0318",
        "A sweep goes over nothing",
        "It has no values, or nothing that is trained or measured changes with it.",
    ),
    page(
        "E0319",
        "Text and tokenizer do not fit",
        "A task of text needs a model with a tokenizer, and no other task has a use for one.",
    ),
    page("E0320", "Tasks cannot share a model", "One model reads inputs of one width and has one kind of read-out."),
    page(
        "E0401",
        "The study costs more than allowed",
        "`--max-flops` and `--max-disk` say what may be spent; nothing above them is started.",
    ),
    page(
        "E0901",
        "Not run by this version",
        "The language has this; the engine of this version does not run it yet. Nothing is trained in its place.",
    ),
    page("W0201", "An arm differs in more than one thing", "A difference in results then has two explanations."),
    page("W0202", "Arms have unequal budgets", "The arm that trains longer has more time to escape."),
    page(
        "W0203",
        "The seeds are too few for the claim",
        "No outcome of so few seeds could reach the level, so the claim can only be underpowered.",
    ),
    page(
        "W0204",
        "Nothing reads this",
        "A knob that nothing reads changes nothing, though a reader of the file would think that it does.",
    ),
    page(
        "W0205",
        "A draw is never used",
        "What is drawn and reaches neither input nor target is no part of the task that the model learns.",
    ),
    page(
        "W0206",
        "Evaluations are too coarse",
        "An exit is placed between two evaluations, so what happens between them cannot be told apart.",
    ),
    page(
        "W0207",
        "Every arm overrides this",
        "The experiment's own setting is never used, though a reader of the file would think that it is.",
    ),
    page(
        "W0208",
        "Checkpoints are not here",
        "The models to be measured are not in these folders, so the study can be planned but not run on this machine.",
    ),
    page(
        "W0209",
        "An #allow silences nothing",
        "What it silenced has been mended, or its id is no warning's; the reason beside it is out of date.",
    ),
];

/// The page of an id.
#[must_use]
pub fn finding(id: &str) -> Option<&'static Finding> {
    FINDINGS.iter().find(|finding| finding.id == id)
}
