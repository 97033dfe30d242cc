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
    pub need: Need,
    pub doc: &'static str,
}

/// Whether a setting must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Required,
    /// What stands where it is left out, as the language writes it.
    Default(&'static str),
    /// Left out, it says nothing.
    Optional,
}

const fn required(block: BlockKind, key: &'static str, takes: &'static str, doc: &'static str) -> Setting {
    Setting { block, key, takes, need: Need::Required, doc }
}

const fn default(
    block: BlockKind,
    key: &'static str,
    takes: &'static str,
    value: &'static str,
    doc: &'static str,
) -> Setting {
    Setting { block, key, takes, need: Need::Default(value), doc }
}

const fn optional(block: BlockKind, key: &'static str, takes: &'static str, doc: &'static str) -> Setting {
    Setting { block, key, takes, need: Need::Optional, doc }
}

use BlockKind::{Experiment, Measure, Model, Plateau, Probe, Report, Stage, Task};

/// Every setting of the language.
pub const SETTINGS: &[Setting] = &[
    required(Task, "length", "a count", "Pairs, or tokens, in a sequence."),
    optional(Task, "input", "a name of the task", "What the model reads of an example."),
    optional(
        Task,
        "target",
        "a name of the task, with its label space",
        "What the model predicts at the input: `y : class(k)` by cross-entropy, a real by squared error.",
    ),
    optional(Task, "emit", "a label of the task", "The token of a task of tokens; the next one is predicted."),
    optional(Task, "show", "a text with {names}", "How an example is written as text."),
    default(
        Task,
        "score",
        "all, last, from(k), or a field of the text",
        "all",
        "Which predictions count; in a text, whose tokens.",
    ),
    optional(
        Task,
        "blind",
        "a formula, a predictor or levels(...)",
        "P: the best predictor that knows neither the context, nor the pool, nor per-run values.",
    ),
    optional(Task, "ideal", "a formula, a predictor or levels(...)", "F: the reference to reach."),
    optional(Task, "plateaus", "a list of formulas or predictors", "Levels between blind and ideal: a staircase."),
    required(Model, "width", "a count", "Width of the residual stream."),
    default(
        Model,
        "positions",
        "learned | rope | sinusoidal | alibi | none",
        "learned",
        "How the model knows where a token stands.",
    ),
    default(Model, "norm", "pre | post | none", "pre", "Where layer norm stands."),
    required(Model, "blocks", "a list of attention(...) and mlp(...)", "The sublayers, in order."),
    default(
        Model,
        "dropout",
        "a share",
        "0",
        "Share of the embedding, positions added, that is dropped in training (Srivastava et al. 2014).",
    ),
    default(
        Model,
        "tied",
        "true | false",
        "false",
        "Whether the read-out is the transpose of the read-in, with a bias of its own; a token must then be as wide as there \
         are outputs.",
    ),
    default(
        Model,
        "init",
        "a number",
        "0.02",
        "Standard deviation of the first weights, over sqrt(2 layers) where a sublayer adds to the stream (Radford et al. 2019).",
    ),
    optional(
        Model,
        "tokenizer",
        "a data source, bytes, or the path of a tokenizer.json",
        "How the text of a task becomes tokens; an argument of every model.",
    ),
    required(Stage, "train", "a task or mix(...)", "What the stage trains on."),
    optional(Stage, "for", "a duration", "How long the stage lasts."),
    optional(Stage, "until", "a comparison", "What ends the stage; looked at in every evaluation."),
    optional(Stage, "at_most", "a duration", "The cap of a stage that ends by `until`, so that its cost has a bound."),
    default(Stage, "optimizer", "keep | reset", "keep", "What happens to the optimizer on entry."),
    optional(Stage, "loss", "a loss", "The loss of this stage, where it differs from the experiment's."),
    required(Probe, "of", "a task", "The task whose names are predicted."),
    required(Probe, "read", "a site at a place", "Where the model is read."),
    default(
        Probe,
        "context",
        "full | none | zero | self_only",
        "full",
        "Whether tokens see each other. Else attention is, in every block: none, the identity on its normed input; zero, \
         nothing; self_only, that of each token to itself alone.",
    ),
    required(Probe, "predict", "a name of the task, or a list of them", "What the reader must tell."),
    required(Probe, "fit", "linear(...) | ridge(...) | logistic | centroid", "How the reader is fitted."),
    optional(Experiment, "model", "a model", "The model that every run trains."),
    optional(Experiment, "data", "fresh, or a number of sequences", "How many distinct training sequences there are."),
    optional(Experiment, "batch", "a count", "Sequences in a step."),
    optional(Experiment, "optimizer", "adam(...), adamw(...) or sgd(...)", "How weights follow gradients."),
    default(Experiment, "loss", "a loss", "icl", "What training minimises."),
    optional(
        Experiment,
        "seeds",
        "a count, a range or a list",
        "How many times each arm is run, or under which seeds.",
    ),
    optional(Experiment, "curriculum", "a curriculum", "What a run trains on, and when."),
    optional(Experiment, "clip", "a number", "The largest norm of a gradient; a larger one is scaled down to it."),
    default(
        Experiment,
        "numerics",
        "f32 | f64 | tf32 | tf32x3 | bf16",
        "f32",
        "How wide numbers are; f64 is for checking, and runs on the plain engine, which is many times slower. tf32 and bf16 round what products of matrices take, on a card; tf32x3 takes numbers as sums of two such.",
    ),
    optional(Experiment, "intervene", "a list of interventions", "What is changed in the model while it trains."),
    optional(Experiment, "evaluate", "a model", "A model that exists, measured instead of trained."),
    optional(Experiment, "along", "a swept name", "The axis of an `evaluate` study."),
    default(Experiment, "keep", "last n | all", "last 2", "Which checkpoints stay."),
    optional(
        Measure,
        "every",
        "a duration, or log(n)",
        "Time between two evaluations; log(20) spaces twenty a decade.",
    ),
    required(Measure, "on", "a number of sequences", "Held-out sequences in an evaluation."),
    required(Plateau, "of", "a measure", "The measure whose plateau is timed."),
    default(Plateau, "exit", "a share", "50%", "The progress that counts as out."),
    default(Plateau, "held", "a number of evaluations", "3 evaluations", "How long progress must stay there."),
    optional(
        Plateau,
        "from",
        "a level, or a stage",
        "The level of the plateau, in place of the task's; or the stage whose entry is time 0.",
    ),
    optional(Plateau, "to", "a level", "The level to reach, in place of the task's."),
    optional(Plateau, "stop", "at exit", "Ends a run once its exit is confirmed and nothing else needs the rest."),
    optional(Plateau, "refine", "a duration", "Replays between two checkpoints to place the exit more finely."),
    optional(
        Report,
        "table",
        "plateau | final | onset of A before B",
        "A table: exits, last values, or which of two measures turns first.",
    ),
    optional(Report, "plot", "a measure by, against or along something", "A figure."),
];

/// The settings that a block of this kind may hold; an arm takes those of its experiment.
pub fn settings_of(block: BlockKind) -> impl Iterator<Item = &'static Setting> {
    let owner = if block == BlockKind::Arm { Experiment } else { block };
    SETTINGS.iter().filter(move |setting| setting.block == owner)
}
