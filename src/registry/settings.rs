//! Settings of blocks.

/// A kind of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockKind {
    Task,
    Model,
    Curriculum,
    Stage,
    Probe,
    Experiment,
    Arm,
    Measure,
    Plateau,
    Report,
}

impl BlockKind {
    /// The block with its article, for messages.
    #[must_use]
    pub fn a(self) -> String {
        let vowel = self.word().starts_with(['a', 'e', 'i', 'o', 'u']);
        format!("{} {}", if vowel { "an" } else { "a" }, self.word())
    }

    /// The word that opens such a block.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Model => "model",
            Self::Curriculum => "curriculum",
            Self::Stage => "stage",
            Self::Probe => "probe",
            Self::Experiment => "experiment",
            Self::Arm => "arm",
            Self::Measure => "measure",
            Self::Plateau => "plateau",
            Self::Report => "report",
        }
    }
}

/// One `key: value` line that a block may hold.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub block: BlockKind,
    pub key: &'static str,
    /// What may stand after the colon, in the words of messages.
    pub takes: &'static str,
    pub required: bool,
    pub doc: &'static str,
}

const fn setting(
    block: BlockKind,
    key: &'static str,
    takes: &'static str,
    required: bool,
    doc: &'static str,
) -> Setting {
    Setting { block, key, takes, required, doc }
}

use BlockKind::{Experiment, Measure, Model, Plateau, Probe, Report, Stage, Task};

/// Every setting of the language.
pub const SETTINGS: &[Setting] = &[
    setting(Task, "length", "count", true, "Pairs, or tokens, in a sequence."),
    setting(Task, "input", "a name of the task", false, "What the model reads of an example."),
    setting(Task, "target", "a name of the task, with its label space", false, "What the model predicts at the input."),
    setting(Task, "emit", "a name of the task", false, "The token of a task of tokens."),
    setting(Task, "show", "text", false, "How an example is written as text."),
    setting(Task, "score", "all | last | from(k)", false, "Which predictions count; all by default."),
    setting(
        Task,
        "blind",
        "a formula, a predictor or levels(...)",
        false,
        "P: the best that knows neither context nor pool.",
    ),
    setting(Task, "ideal", "a formula, a predictor or levels(...)", false, "F: the reference to reach."),
    setting(Task, "plateaus", "a list of predictors", false, "Levels between blind and ideal: a staircase."),
    setting(Model, "width", "count", true, "Width of the residual stream."),
    setting(
        Model,
        "positions",
        "learned | rope | sinusoidal | alibi | none",
        false,
        "How positions are told; learned by default.",
    ),
    setting(Model, "norm", "pre | post | none", false, "Where layer norm stands; pre by default."),
    setting(Model, "blocks", "a list of attention(...) and mlp(...)", true, "The sublayers, in order."),
    setting(Stage, "train", "task or mix(...)", true, "What the stage trains on."),
    setting(Stage, "for", "duration", false, "How long the stage lasts."),
    setting(Stage, "until", "a comparison", false, "What ends the stage; looked at in every evaluation."),
    setting(Stage, "at_most", "duration", false, "The cap of a stage that ends by `until`."),
    setting(Stage, "optimizer", "keep | reset", false, "What happens to the optimizer on entry; keep by default."),
    setting(Stage, "loss", "loss", false, "The loss of this stage, where it differs."),
    setting(Probe, "of", "task", true, "The task whose names are predicted."),
    setting(Probe, "read", "a site at a place", true, "Where the model is read."),
    setting(Probe, "context", "full | none", false, "Whether tokens see each other; full by default."),
    setting(Probe, "predict", "a name of the task", true, "What the reader must tell."),
    setting(Probe, "fit", "linear(...) | ridge(...) | logistic | centroid", true, "How the reader is fitted."),
    setting(Experiment, "model", "a model", true, "The model that every run trains."),
    setting(
        Experiment,
        "data",
        "fresh, or a number of sequences",
        true,
        "How many distinct training sequences there are.",
    ),
    setting(Experiment, "batch", "a count", true, "Sequences in a step."),
    setting(Experiment, "optimizer", "adam(...)", true, "How weights follow gradients."),
    setting(Experiment, "loss", "loss", false, "What training minimises; icl by default."),
    setting(Experiment, "seeds", "a count, a range or a list", true, "How many times each arm is run."),
    setting(Experiment, "curriculum", "a curriculum", true, "What a run trains on, and when."),
    setting(Experiment, "clip", "real", false, "The largest gradient norm."),
    setting(Experiment, "evaluate", "model", false, "Measures a model that exists instead of training."),
    setting(Experiment, "along", "a swept name", false, "The axis of an `evaluate` study."),
    setting(Experiment, "keep", "last n | all", false, "Which checkpoints stay."),
    setting(Measure, "every", "duration", true, "Time between two evaluations."),
    setting(Measure, "on", "a number of sequences", true, "Held-out sequences in an evaluation."),
    setting(Plateau, "of", "a measure", true, "The measure whose plateau is timed."),
    setting(Plateau, "exit", "share", false, "The progress that counts as out; 50% by default."),
    setting(Plateau, "held", "a number of evaluations", false, "How long progress must stay there; 3 by default."),
    setting(
        Plateau,
        "from",
        "a level or a stage",
        false,
        "The level of the plateau, or the stage whose entry is time 0.",
    ),
    setting(Plateau, "to", "a level", false, "The level to reach."),
    setting(Plateau, "stop", "at exit", false, "Ends a run once its exit is confirmed."),
    setting(Plateau, "refine", "duration", false, "Replays between two checkpoints to place the exit more finely."),
    setting(Report, "table", "plateau | final | onset of A before B", false, "A table."),
    setting(Report, "plot", "a measure by arm", false, "A figure."),
];

/// The settings that a block of this kind may hold; an arm takes those of its experiment.
pub fn settings_of(block: BlockKind) -> impl Iterator<Item = &'static Setting> {
    let owner = if block == BlockKind::Arm { Experiment } else { block };
    SETTINGS.iter().filter(move |setting| setting.block == owner)
}
