//! The words of lines and of phrases within them: blocks, draws, sweeps, claims, what a report may say.

/// One word or phrase that has a place of its own in a block.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// What it is looked up by.
    pub words: &'static str,
    pub form: &'static str,
    /// Where it may stand, in the words of messages.
    pub within: &'static str,
    pub doc: &'static str,
}

const fn line(words: &'static str, form: &'static str, within: &'static str, doc: &'static str) -> Line {
    Line { words, form, within, doc }
}

/// Every such word, by the block it stands in.
pub const LINES: &[Line] = &[
    // --------------------------------------------------------------------------------------------------------- task
    line(
        "per run",
        "per run { ... }",
        "a task",
        "Draws made once a run. They depend on the seed, the draw's place in the task and the number of the element alone, \
         so instances of a task with other arguments share them.",
    ),
    line("per sequence", "per sequence { ... }", "a task", "Draws made once a sequence: what the context can tell."),
    line(
        "per example",
        "per example { ... }",
        "a task",
        "Draws made once an (input, target) pair. The model reads x1, y1, x2, y2, ... and predicts y at its x.",
    ),
    line(
        "per token",
        "per token { ... }",
        "a task",
        "Draws made once a token, of a task that says `emit:`. The model predicts the next one.",
    ),
    line(
        "in pool",
        "name ~ distribution in pool(m)\nname ~ distribution in pool(m, exponent: 1)",
        "a draw of `per sequence`",
        "Draws m values once a run and picks one of them each sequence, each as likely, or by a Zipf law. A pool of 1 is a \
         fixed value; pool(n) is the beginning of every larger pool.",
    ),
    line(
        "without replacement",
        "name ~ rows(data) without replacement",
        "a draw of `per example`",
        "No row comes twice in a sequence.",
    ),
    // --------------------------------------------------------------------------------------------------- curriculum
    line(
        "stage",
        "stage name { ... }",
        "a curriculum",
        "One state of training: what it trains on, and how long or until what. Stages follow each other as written.",
    ),
    // --------------------------------------------------------------------------------------------------- experiment
    line(
        "arm",
        "arm name { ... }",
        "an experiment",
        "The experiment with some settings replaced. The first arm is the baseline. Seed 3 of every arm sees the same \
         initial weights, pools, batches and held-out sequences.",
    ),
    line(
        "measure",
        "measure { every: duration, on: number of sequences, measure, ... }",
        "an experiment",
        "What is measured of every run, how often, and on how many held-out sequences. Evaluations are made at step 0, at \
         each `every`, and at the end.",
    ),
    line(
        "plateau",
        "plateau { of: measure, ... }",
        "an experiment",
        "What the plateau is, and when a run counts as out of it.",
    ),
    line(
        "sweep",
        "sweep name in [value, ...]\nsweep (name, name) in [(value, value), ...]",
        "an experiment",
        "Repeats the experiment for each value of a param, or of a name that it declares. Several sweeps multiply.",
    ),
    line(
        "where",
        "where condition",
        "an experiment",
        "Keeps the combinations of the sweeps for which the condition holds.",
    ),
    line(
        "expect",
        "expect statistic(arm) < statistic(arm) at level",
        "an experiment",
        "A claim, tested one-sided in the stated direction by an exact permutation test, with Holm's correction over the \
         claims of the experiment.",
    ),
    line("report", "report { table: ..., plot: ... }", "an experiment", "The tables and figures that are made."),
    // ------------------------------------------------------------------------------------------------------ phrases
    line(
        "at",
        "score at place\nsite at place\nmeasure at time",
        "an expression, an `expect` line or a report",
        "Where a score or a site is read (a position, `last`, `input`, a name of the text), when a figure looks at a \
         measure, and the level of a claim. Binds like a call.",
    ),
    line(
        "where",
        "score(task) where condition",
        "a metric",
        "Only the sequences for which a condition on the task's names holds.",
    ),
    line(
        "for",
        "comparison for number of evaluations",
        "`until`",
        "How many evaluations in a row the comparison must hold.",
    ),
    line(
        "by",
        "plot: measure by arm\nplot: measure by knob\nplot: measure by layer",
        "a report",
        "One curve for each arm or value of a knob, or a map of layers over training for a probe that reads after all of them. It averages nothing away: seeds thin, median bold, the quartiles of three seeds or more as a band; what else is varied stands in panels. `survival` takes it too.",
    ),
    line(
        "for each",
        "plot: measure by arm for each knob",
        "a report",
        "One small figure for each value of a knob, side by side.",
    ),
    line(
        "against",
        "plot: measure against knob\nplot: measure at time against knob\nplot: plateau against knob\nplot: plateau against measure at time",
        "a report",
        "A point for each run: at the value of a knob, which must be a number, with medians joined; or at the value that another measure had, with a fitted line and Kendall's tau. `at` says when, the last evaluation otherwise; a time that is not evaluated anyway is evaluated for it. Runs that never leave their plateau are triangles where they were last seen on it.",
    ),
    line(
        "along",
        "plot: measure along knob",
        "a report",
        "The axis of a study that measures models which exist: the swept name of `along:`. It is drawn as `against` is.",
    ),
    line(
        "onset of",
        "table: onset of measure before measure",
        "a report",
        "Which of two measures first holds half-way between its levels, run by run.",
    ),
    line(
        "error by position",
        "plot: error by position for [model, predictor, ...]",
        "a report",
        "The loss at each position of the model beside reference predictors.",
    ),
    line(
        "distance to",
        "plot: distance to [predictor, ...]",
        "a report",
        "Over training, how far the model's predictions lie from those of predictors at the scored positions of held-out sequences: the mean Kullback-Leibler divergence of the model's law from the predictor's in nats, or for numbers the mean squared difference.",
    ),
    line(
        "survival by arm",
        "plot: survival by arm",
        "a report",
        "The share of runs still on the plateau: the Kaplan-Meier estimate, with ticks where runs were cut off and the runs at risk beneath. It is drawn by arm for every plateau, whether or not it is asked for.",
    ),
    // -------------------------------------------------------------------------------------------------- around items
    line("pub", "pub task name { ... }", "front of an item", "Exports the item from its module."),
    line(
        "#allow",
        "#allow(W0207, \"why it is meant\")",
        "a line above an item or a line",
        "Keeps a warning silent for what stands below it. Reports count what was silenced, with the reason.",
    ),
    line(
        "///",
        "/// text",
        "a line above an item or a line",
        "Documents what stands below it: `icl doc` and reports show it.",
    ),
    line("//!", "//! text", "the top of a file", "Says what the study asks."),
    line("//", "// text", "any line", "A comment. It changes no result and reruns nothing."),
];
