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

/// Every id, in order.
pub const FINDINGS: &[Finding] = &[
    page("E0001", "A file cannot be read", "The path does not exist, is not readable, or does not hold UTF-8 text."),
    page("E0100", "This text cannot be read", "The file is not a program, or a part of it is like no program at all."),
    page(
        "E0101",
        "Something cannot stand here",
        "What comes before is complete without it, or something else is wanted.",
    ),
    page(
        "E0102",
        "A `}` is missing",
        "A block is open where the next item starts; it is closed there and the rest is read.",
    ),
    page("E0103", "A sign closes nothing", "No bracket or block is open here."),
    page("E0104", "A `:` is missing", "A setting is written `key: value`."),
    page("E0105", "An `=` stands where `:` is needed", "Settings and arguments take `:`; `=` defines a name."),
    page(
        "E0106",
        "A line begins with an operator",
        "An operator may end a line, never begin one: else the line above is read as complete.",
    ),
    page("E0107", "A word does not start an item", "Items start with one of eleven keywords."),
    page("E0108", "A `{` stands on a line of its own", "The brace belongs to the end of the header's line."),
    page("E0109", "A bracket is never closed", "A bracket is open to the end of its lines, or closed by another kind."),
    page("E0111", "A text is never closed", "A text ends on the line on which it begins."),
    page(
        "E0112",
        "A character has no meaning here",
        "The character is no part of the language outside texts and comments.",
    ),
    page("E0113", "A value is missing", "A setting, a definition or a draw says nothing."),
    page("E0114", "A number cannot be read", "It has two decimal points, or is larger than a number can be."),
    page(
        "E0115",
        "A number and a word are glued",
        "A space stands between a number and its unit, and around ` % ` for a remainder.",
    ),
    page("E0116", "A name has capitals", "Names are snake_case: a study has one way to write each name."),
    page("E0117", "A name is reserved", "Nine words are part of expressions and name nothing."),
    page("E0118", "An operand is missing", "Nothing follows an operator."),
    page(
        "E0119",
        "This is nested too deeply",
        "An expression of such depth or length is not read; parts of it can have names.",
    ),
    page(
        "E0120",
        "A parameter has no type",
        "The type says what may be given, and finds a wrong argument at the call.",
    ),
    page("E0121", "Comparisons do not chain", "`a < b < c` could mean several things."),
    page("E0122", "An `if` is not whole", "`if` chooses between two values; it needs both."),
    page("E0123", "An escape means nothing", "A backslash in a text begins one of five escapes."),
    page("E0124", "A comment documents nothing", "`///` belongs to what stands below it, `//!` to the top of a file."),
    page("E0125", "Two entries stand on one line", "A comma or a new line ends an entry."),
    page("E0126", "An entry is not complete", "Its block, its header or its value is missing."),
    page("E0127", "A line stands outside every item", "Settings, draws and definitions belong to an item."),
    page(
        "E0128",
        "A sign is no operator of expressions",
        "`=` defines and `~` draws; an expression compares with `==` and raises with `^`.",
    ),
    page("E0129", "An item's `=` is missing", "An item without a block is written `keyword name = expression`."),
    page("E0130", "A name has a `-`", "A `-` is a difference; names are snake_case."),
    page(
        "E0131",
        "A percentage is no place",
        "`at` takes a position, `last` or a time; a level stands at the end of `expect`.",
    ),
    page("E0132", "A choice is made of types", "A choice is made of plain words: `inside | outside`."),
    page("E0133", "An item has a type and a block", "A type belongs to a value."),
    page(
        "E0134",
        "A space stands before a bracket",
        "A call or an index is glued to its name, so that two lines never run together.",
    ),
    page("E0135", "A sweep has no `in`", "A sweep says which values its name takes."),
    page("E0136", "A line names nothing", "A block of a process holds draws and definitions."),
    page("E0137", "An `#allow` cannot be read", "It holds the id of a warning and the reason why it is meant."),
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
        "`--max-flops`, `--max-disk` and `--max-time` say what may be spent; nothing above them is started.",
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
        "Nothing arises below it that it could silence; the reason beside it is out of date.",
    ),
    page(
        "W0210",
        "The context teaches nothing",
        "What is predicted depends on nothing drawn for the sequence and on no earlier position.",
    ),
];

/// The page of an id.
#[must_use]
pub fn finding(id: &str) -> Option<&'static Finding> {
    FINDINGS.iter().find(|finding| finding.id == id)
}
