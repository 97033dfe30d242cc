//! Builtin names: distributions, functions, layers, optimizers, losses, sites, readers, scores, references, data.
//!
//! A name may have several forms: `uniform(k)` is a label, `uniform(a, b)` a number.

use super::kind::Kind;
use Kind::{
    Arm, Array, Condition, Count, Data, Distribution, Duration, Either, File, Intervention, Label, Layer, List, Loss,
    Metric, Model, NameOfTask, Optimizer, Pair, Predictions, Probe, Reader, Real, Reference, Schedule, Share, Site,
    Span, Statistic, Task, Text, Word,
};

/// One argument of a builtin.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    /// `None` where it must be given; the default as the language writes it else.
    pub default: Option<&'static str>,
}

/// What a builtin belongs to, in the order of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    Distributions,
    Functions,
    Data,
    Tasks,
    References,
    Layers,
    Models,
    Optimizers,
    Schedules,
    Losses,
    Sites,
    Readers,
    Scores,
    Interventions,
    Statistics,
    Words,
}

/// One form of a builtin name.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    pub name: &'static str,
    pub group: Group,
    pub params: &'static [Parameter],
    /// Takes further arguments under any name, each of this kind, as `mix(easy: 50%)` does.
    pub others: Option<Kind>,
    pub gives: Kind,
    pub doc: &'static str,
    /// Whether the engine of this version runs it; else it is checked and planned only.
    pub runs: bool,
}

const fn need(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, default: None }
}

const fn may(name: &'static str, kind: Kind, default: &'static str) -> Parameter {
    Parameter { name, kind, default: Some(default) }
}

const fn def(
    group: Group,
    name: &'static str,
    params: &'static [Parameter],
    gives: Kind,
    doc: &'static str,
) -> Builtin {
    Builtin { name, group, params, others: None, gives, doc, runs: true }
}

/// What is checked and planned, but not run by this version.
const fn later(
    group: Group,
    name: &'static str,
    params: &'static [Parameter],
    gives: Kind,
    doc: &'static str,
) -> Builtin {
    Builtin { runs: false, ..def(group, name, params, gives, doc) }
}

const fn word(name: &'static str, doc: &'static str) -> Builtin {
    def(Group::Words, name, &[], Word(&[]), doc)
}

const fn later_word(name: &'static str, doc: &'static str) -> Builtin {
    later(Group::Words, name, &[], Word(&[]), doc)
}

/// What the start of a recurrence is drawn from.
const FIRST: Parameter = may("first", Either(&[Distribution, Array]), "none");
const HEAD: &[Parameter] = &[need("layer", Count), need("head", Count)];
const CONTEXTS: &[&str] = &["full", "none", "zero", "self_only"];
/// A score may be taken while a part of the model is changed.
const UNDER: Parameter = may("under", Intervention, "none");
/// A score may be taken on the sequences that are trained on.
const ON: Parameter = may("on", Word(&["held_out", "training"]), "held_out");
/// What a place of the stream is compared with: another, of the same weights or of the first.
const PLACES: &[Parameter] =
    &[need("after", Count), need("with", Count), may("against", Word(&["now", "start"]), "now")];

/// Every form of every builtin name of the language.
pub const BUILTINS: &[Builtin] = &[
    // ------------------------------------------------------------------------------------------------ distributions
    def(
        Group::Distributions,
        "normal",
        &[may("mean", Array, "0"), may("sd", Array, "1"), FIRST],
        Distribution,
        "A normal number with this mean and standard deviation.",
    ),
    def(Group::Distributions, "uniform", &[need("k", Count), FIRST], Distribution, "A label out of k, each as likely."),
    def(
        Group::Distributions,
        "uniform",
        &[need("a", Array), need("b", Array), FIRST],
        Distribution,
        "A number from a up to b, each as likely.",
    ),
    def(
        Group::Distributions,
        "categorical",
        &[need("p", Array), FIRST],
        Distribution,
        "A label with these probabilities: `class(k)` for k of them.",
    ),
    def(
        Group::Distributions,
        "bernoulli",
        &[need("p", Array), FIRST],
        Distribution,
        "1 with probability p, else 0; may stand where a condition is wanted.",
    ),
    def(
        Group::Distributions,
        "dirichlet",
        &[need("alpha", Array), need("k", Count)],
        Distribution,
        "A vector of k probabilities that add up to 1, with this concentration.",
    ),
    def(
        Group::Distributions,
        "permutation",
        &[need("k", Count)],
        Distribution,
        "A permutation of k labels, each as likely: `class(k)[k]`.",
    ),
    def(
        Group::Distributions,
        "permutations",
        &[need("sizes", List(&Kind::Count))],
        Distribution,
        "One uniform permutation for each size.",
    ),
    def(
        Group::Distributions,
        "zipf",
        &[need("k", Count), may("exponent", Array, "1"), FIRST],
        Distribution,
        "A label out of k; label r has a probability in proportion to 1 / (r + 1) ^ exponent.",
    ),
    def(
        Group::Distributions,
        "student_t",
        &[need("df", Array), FIRST],
        Distribution,
        "A Student t number with `df` degrees of freedom.",
    ),
    def(
        Group::Distributions,
        "exponential",
        &[need("rate", Array), FIRST],
        Distribution,
        "An exponential number with this rate; its mean is 1 / rate.",
    ),
    Builtin {
        others: Some(Share),
        ..def(
            Group::Distributions,
            "mixture",
            &[],
            Distribution,
            "One of several distributions by their names in the task, with these shares, which add up to 100%.",
        )
    },
    def(
        Group::Distributions,
        "rows",
        &[need("data", Kind::Data), may("where", Condition, "none")],
        Distribution,
        "A row of a data source, each as likely; `where` keeps the rows for which a condition on their attributes holds.",
    ),
    def(
        Group::Distributions,
        "bursty",
        &[
            need("classes", Count),
            need("length", Count),
            may("copies", Count, "1"),
            may("exponent", Real, "0"),
            may("query", Word(&["inside", "outside"]), "inside"),
        ],
        Distribution,
        "Classes of `length - 1` context items, each class among them `copies` times, then a query whose class is among \
         them or not; classes by a Zipf law of the given exponent.",
    ),
    // ---------------------------------------------------------------------------------------------------- functions
    def(
        Group::Functions,
        "dot",
        &[need("a", Array), need("b", Array)],
        Array,
        "Inner product of two vectors of one length.",
    ),
    def(
        Group::Functions,
        "matmul",
        &[need("a", Array), need("b", Array)],
        Array,
        "Matrix product: `[n, m]` with `[m]` or `[m, k]`.",
    ),
    def(Group::Functions, "norm", &[need("x", Array)], Array, "Euclidean norm of all entries."),
    def(Group::Functions, "sum", &[need("values", Array)], Array, "Sum of all entries."),
    def(Group::Functions, "mean", &[need("values", Array)], Array, "Mean of all entries."),
    def(Group::Functions, "max", &[need("values", Array)], Array, "Largest of all entries."),
    def(Group::Functions, "max", &[need("a", Array), need("b", Array)], Array, "The larger of two, entry by entry."),
    def(Group::Functions, "min", &[need("values", Array)], Array, "Smallest of all entries."),
    def(Group::Functions, "min", &[need("a", Array), need("b", Array)], Array, "The smaller of two, entry by entry."),
    def(Group::Functions, "argmax", &[need("values", Array)], Label, "Place of the largest entry of a vector."),
    def(Group::Functions, "abs", &[need("x", Array)], Array, "Absolute value, entry by entry."),
    def(Group::Functions, "sqrt", &[need("x", Array)], Array, "Square root, entry by entry."),
    def(Group::Functions, "exp", &[need("x", Array)], Array, "Exponential, entry by entry."),
    def(Group::Functions, "log", &[need("x", Array)], Array, "Natural logarithm, entry by entry."),
    def(Group::Functions, "sin", &[need("x", Array)], Array, "Sine of radians, entry by entry."),
    def(Group::Functions, "cos", &[need("x", Array)], Array, "Cosine of radians, entry by entry."),
    def(Group::Functions, "sign", &[need("x", Array)], Array, "-1, 0 or 1, entry by entry."),
    def(Group::Functions, "relu", &[need("x", Array)], Array, "The positive part, entry by entry."),
    def(Group::Functions, "tanh", &[need("x", Array)], Array, "Hyperbolic tangent, entry by entry."),
    def(Group::Functions, "sigmoid", &[need("x", Array)], Array, "1 / (1 + exp(-x)), entry by entry."),
    def(Group::Functions, "softmax", &[need("x", Array)], Array, "Exponentials that add up to 1 along the last axis."),
    def(
        Group::Functions,
        "one_hot",
        &[need("label", Array), need("k", Count)],
        Array,
        "A vector of k numbers with a 1 at the label and 0 elsewhere.",
    ),
    def(
        Group::Functions,
        "concat",
        &[need("a", Array), need("b", Array)],
        Array,
        "Two arrays, one behind the other along the first axis.",
    ),
    def(
        Group::Functions,
        "mod",
        &[need("a", Array), need("b", Array)],
        Array,
        "The remainder of a by b, from 0 up to b; the same as `a % b`.",
    ),
    def(Group::Functions, "cumsum", &[need("x", Array)], Array, "Running sum along the last axis."),
    def(Group::Functions, "sort", &[need("x", Array)], Array, "In ascending order along the last axis."),
    def(
        Group::Functions,
        "where",
        &[need("c", Condition), need("a", Array), need("b", Array)],
        Array,
        "a where c holds, else b, entry by entry.",
    ),
    def(
        Group::Functions,
        "previous",
        &[need("name", Array)],
        Array,
        "A name of the task one position earlier; `first:` of its draw gives it a start.",
    ),
    def(Group::Functions, "index", &[], Count, "The position in a sequence, from 0."),
    // --------------------------------------------------------------------------------------------------------- data
    def(
        Group::Data,
        "shapes3d",
        &[
            may("values", List(&Kind::Count), "[10, 10, 10, 8, 4, 15]"),
            may("width", Count, "768"),
            may("entangled", Real, "50%"),
            may("embedding", File, "none"),
        ],
        Data,
        "Rendered images of shapes (Burgess and Kim 2018) with the embedding of a frozen random network. `values` says how \
         many values of each factor are used: floor hue, wall hue, object hue, scale, shape, orientation. `entangled` goes \
         from 0, each factor in a subspace of its own, to 1, random convolutional features of the image.",
    ),
    def(
        Group::Data,
        "array",
        &[need("path", Text), may("key", Text, "none")],
        File,
        "An array in a .safetensors or .npy file; `key` names it where the file has several.",
    ),
    later(
        Group::Data,
        "table",
        &[need("path", Text), may("key", Text, "none")],
        Data,
        "A table in a .tsv, .csv or .jsonl file. The column `key` names the rows, every other column is an attribute, and \
         its distinct values are the labels.",
    ),
    // -------------------------------------------------------------------------------------------------------- tasks
    Builtin {
        others: Some(Share),
        ..def(Group::Tasks, "mix", &[], Task, "Several tasks by name, with their exact shares of each batch.")
    },
    def(
        Group::Tasks,
        "fresh",
        &[need("task", Task)],
        Task,
        "The same task with its pools and per-run values drawn anew.",
    ),
    def(
        Group::Tasks,
        "from",
        &[need("k", Count)],
        Predictions,
        "Predictions made for positions of at least k, from 0.",
    ),
    // --------------------------------------------------------------------------------------------------- references
    def(
        Group::References,
        "levels",
        &[may("loss", Real, "none"), may("accuracy", Share, "none")],
        Reference,
        "Known levels: a loss in nats, an accuracy as a share.",
    ),
    def(Group::References, "posterior", &[], Reference, "The exact Bayes predictor over finite latents."),
    def(Group::References, "constant", &[], Reference, "The best constant prediction."),
    def(
        Group::References,
        "least_squares",
        &[],
        Reference,
        "Least squares on the examples so far, of least norm where they are too few.",
    ),
    def(
        Group::References,
        "ridge",
        &[need("lambda", Real)],
        Either(&[Reference, Reader]),
        "Ridge regression in closed form with the penalty lambda times the squared norm: of the examples so far as a \
         reference, of frozen features as a reader.",
    ),
    def(
        Group::References,
        "lasso",
        &[need("lambda", Real)],
        Reference,
        "Least squares on the examples so far with lambda times the absolute norm.",
    ),
    def(
        Group::References,
        "nearest",
        &[need("k", Count)],
        Reference,
        "The mean target of the k nearest examples so far.",
    ),
    def(
        Group::References,
        "averaging",
        &[],
        Reference,
        "The inner product with the mean of x y over the examples so far.",
    ),
    def(
        Group::References,
        "posterior_mean",
        &[need("name", NameOfTask)],
        Reference,
        "Prediction by the posterior mean of a name drawn from a pool, under normal noise (Raventos et al. 2023).",
    ),
    def(
        Group::References,
        "ngram",
        &[need("n", Count), may("alpha", Real, "1")],
        Reference,
        "Counts of what followed the last n - 1 tokens so far, with alpha added to each.",
    ),
    // ------------------------------------------------------------------------------------------------------- layers
    def(
        Group::Layers,
        "repeat",
        &[need("times", Count), need("items", List(&Kind::Layer))],
        List(&Kind::Layer),
        "A list of layers, several times over.",
    ),
    def(
        Group::Layers,
        "attention",
        &[need("heads", Count), may("kernel", Word(&["softmax", "linear"]), "softmax"), may("dropout", Real, "0")],
        Layer,
        "Causal attention. `kernel: linear` leaves the softmax out: each score is divided by the number of tokens seen (Ahn et \
         al. 2023). `dropout` is the share of what it adds to the stream that is dropped in training.",
    ),
    def(
        Group::Layers,
        "mlp",
        &[may("ratio", Real, "4"), may("activation", Word(&["gelu", "relu"]), "gelu"), may("dropout", Real, "0")],
        Layer,
        "Two linear maps with `ratio` times the width between. `dropout` is the share of what it adds to the stream that is \
         dropped in training.",
    ),
    // ------------------------------------------------------------------------------------------------------- models
    later(
        Group::Models,
        "pretrained",
        &[need("path", Text), need("family", Word(&["gpt2", "gpt_neox"]))],
        Model,
        "A model that exists: a folder with config.json and .safetensors files.",
    ),
    // --------------------------------------------------------------------------------------------------- optimizers
    def(
        Group::Optimizers,
        "adam",
        &[need("lr", Schedule), may("betas", Pair, "(0.9, 0.999)"), may("eps", Real, "1e-8")],
        Optimizer,
        "Adam (Kingma and Ba 2015), as PyTorch computes it.",
    ),
    def(
        Group::Optimizers,
        "adamw",
        &[
            need("lr", Schedule),
            may("weight_decay", Real, "0.01"),
            may("betas", Pair, "(0.9, 0.999)"),
            may("eps", Real, "1e-8"),
        ],
        Optimizer,
        "Adam with decoupled weight decay (Loshchilov and Hutter 2019).",
    ),
    def(
        Group::Optimizers,
        "sgd",
        &[need("lr", Schedule), may("momentum", Real, "0"), may("weight_decay", Real, "0")],
        Optimizer,
        "Stochastic gradient descent, with momentum where it is given.",
    ),
    // ---------------------------------------------------------------------------------------------------- schedules
    def(
        Group::Schedules,
        "ramp",
        &[need("range", Span), need("by", Real), need("every", Duration)],
        Schedule,
        "From one value to another by steps of `by`, one step each `every`, on the clock of the stage.",
    ),
    def(
        Group::Schedules,
        "linear",
        &[need("range", Span), need("over", Duration)],
        Schedule,
        "A straight line from one value to another, on the clock of the run.",
    ),
    def(
        Group::Schedules,
        "cosine",
        &[need("range", Span), need("over", Duration)],
        Schedule,
        "Half a cosine from one value to another, on the clock of the run.",
    ),
    def(Group::Schedules, "elapsed", &[], Duration, "The time of the run at the entry of the stage."),
    // ------------------------------------------------------------------------------------------------------- losses
    def(Group::Losses, "icl", &[], Loss, "The task's own loss: the mean over scored predictions, then sequences."),
    def(
        Group::Losses,
        "readout",
        &[need("probe", Probe), may("context", Word(CONTEXTS), "full"), may("at", Site, "the probe's")],
        Loss,
        "The probe's reader trained with the model: cross-entropy or squared error, averaged over positions and targets. \
         `at: output` makes it further logits of the final read-out.",
    ),
    // -------------------------------------------------------------------------------------------------------- sites
    def(
        Group::Sites,
        "residual",
        &[need("after", Either(&[Count, Word(&["all"])]))],
        Site,
        "The stream after so many layers; 0 is the embedding, `all` is every one.",
    ),
    def(Group::Sites, "output", &[], Site, "What the read-out reads: the stream after the last layer, normed."),
    def(
        Group::Sites,
        "attention_out",
        &[need("layer", Count)],
        Site,
        "What the attention of a layer adds to the stream.",
    ),
    def(Group::Sites, "mlp_out", &[need("layer", Count)], Site, "What the mlp of a layer adds to the stream."),
    def(
        Group::Sites,
        "pattern",
        HEAD,
        Site,
        "The attention of a head: from where it is read, a number for each token of the sequence, 0 for later ones.",
    ),
    def(
        Group::Sites,
        "head",
        HEAD,
        Site,
        "What an attention head adds to the stream: its mixed values times its rows of the output projection, without a \
         bias. An intervention changes the mixed values.",
    ),
    // ------------------------------------------------------------------------------------------------------ readers
    def(
        Group::Readers,
        "linear",
        &[may("epochs", Count, "1"), may("lr", Real, "1e-3")],
        Reader,
        "One linear layer trained with Adam on frozen features.",
    ),
    def(
        Group::Readers,
        "logistic",
        &[may("lambda", Real, "1e-3")],
        Reader,
        "Logistic regression to its optimum, with a squared penalty.",
    ),
    def(Group::Readers, "centroid", &[], Reader, "The nearest class mean."),
    // ------------------------------------------------------------------------------------------------------- scores
    def(
        Group::Scores,
        "accuracy",
        &[need("task", Task), UNDER, ON],
        Metric,
        "Share of predictions whose most likely label is right.",
    ),
    def(
        Group::Scores,
        "cross_entropy",
        &[need("task", Task), UNDER, ON],
        Metric,
        "Mean negative log likelihood of the targets, in nats.",
    ),
    def(
        Group::Scores,
        "squared_error",
        &[need("task", Task), UNDER, ON],
        Metric,
        "Mean squared error of the predictions.",
    ),
    def(
        Group::Scores,
        "progress",
        &[need("task", Task)],
        Metric,
        "The share of the way of the task's loss from blind to ideal.",
    ),
    def(
        Group::Scores,
        "icl_score",
        &[need("task", Task), need("late", Count), need("early", Count)],
        Metric,
        "Loss at a late position less that at an early one (Olsson et al. 2022).",
    ),
    def(
        Group::Scores,
        "induction_score",
        HEAD,
        Metric,
        "Attention from where a prediction is read to earlier targets equal to its own, less that to other targets; on \
         tokens, to what followed earlier occurrences of the current token (prefix matching, Olsson et al. 2022). Averaged \
         over the scored predictions that have one.",
    ),
    def(
        Group::Scores,
        "previous_token_score",
        HEAD,
        Metric,
        "Mean attention of a head to the token before, over all tokens but the first.",
    ),
    def(
        Group::Scores,
        "duplicate_token_score",
        HEAD,
        Metric,
        "Attention to earlier tokens, or inputs, that are the same label; averaged over the tokens that have one.",
    ),
    def(
        Group::Scores,
        "copying_score",
        HEAD,
        Metric,
        "The share of labels whose own logit is the one that a head raises most where it attends to them: the largest entry \
         of each row of read-in x values x output x read-out, norms taken as scales alone (Elhage et al. 2021).",
    ),
    def(
        Group::Scores,
        "attention_entropy",
        HEAD,
        Metric,
        "Entropy of a head's attention, in nats, averaged over all tokens.",
    ),
    def(
        Group::Scores,
        "cosine_collapse",
        &[need("after", Count)],
        Metric,
        "Mean cosine between different tokens of a sequence, of the stream after so many layers; 1 where all are alike.",
    ),
    def(
        Group::Scores,
        "cosine_similarity",
        PLACES,
        Metric,
        "Mean cosine between a token after so many layers and the same token after `with` layers; `against: start` takes that \
         of the first weights.",
    ),
    def(
        Group::Scores,
        "cka",
        PLACES,
        Metric,
        "Linear centred kernel alignment of the stream after two numbers of layers, over all tokens (Kornblith et al. 2019); \
         `against: start` takes the second of the first weights.",
    ),
    def(
        Group::Scores,
        "logit_lens",
        &[need("task", Task), need("after", Count)],
        Metric,
        "Loss of the task where the read-out, with the norm before it, is applied to the stream after so many layers.",
    ),
    def(Group::Scores, "weight_distance", &[], Metric, "Euclidean distance of the weights from their first values."),
    // ------------------------------------------------------------------------------------------------ interventions
    def(
        Group::Interventions,
        "ablate",
        &[
            need("site", Site),
            may("with", Word(&["zero", "mean", "resample"]), "zero"),
            may("patterns", Word(&["moved", "kept"]), "moved"),
            may("from", Duration, "none"),
            may("until", Duration, "none"),
        ],
        Intervention,
        "Takes a part of the model away at every token: what it computes is 0, its mean over the sequences, or that of the \
         next sequence. `patterns: kept` keeps the attention of all later layers as it is without the ablation (Olsson et \
         al. 2022). In force from the step `from` on, before the step `until`.",
    ),
    def(
        Group::Interventions,
        "clamp",
        &[
            need("site", Site),
            need("to", Either(&[Word(&["previous_token", "matching"]), File])),
            may("from", Duration, "none"),
            may("until", Duration, "none"),
        ],
        Intervention,
        "Fixes the attention of a head: to the token before; to what matches, that is, where a prediction is read, evenly to \
         earlier targets equal to its own, and on tokens to what followed earlier occurrences of the current one, else to the \
         token itself (Singh et al. 2024); or to an array of a weight from each token to each.",
    ),
    def(
        Group::Interventions,
        "scale_attention",
        &[
            need("by", Real),
            may("cells", Either(&[Count, Word(&["matching", "previous_token", "all"])]), "matching"),
            may("from", Duration, "none"),
            may("until", Duration, "none"),
        ],
        Intervention,
        "Multiplies the weights of some cells of every head, behind the softmax, by a constant, and leaves their sum as it \
         becomes (Gopalani and Hu 2025). `cells: 4` are those of the last 4 tokens, the token itself included.",
    ),
    // --------------------------------------------------------------------------------------------------- statistics
    def(
        Group::Statistics,
        "rmst",
        &[need("arm", Arm)],
        Statistic,
        "Mean exit time, restricted to the smallest planned horizon.",
    ),
    // -------------------------------------------------------------------------------------------------------- words
    word("learned", "Positions: a learned vector for each."),
    word(
        "rope",
        "Positions: queries and keys are rotated (Su et al. 2021), the two halves of a head paired; heads of even width.",
    ),
    word("sinusoidal", "Positions: fixed sines and cosines, added to the embedding (Vaswani et al. 2017)."),
    word("alibi", "Positions: scores of attention fall with distance, more steeply in some heads (Press et al. 2022)."),
    word("none", "Nothing of the kind."),
    word("pre", "Layer norm before each sublayer and before the read-out."),
    word("post", "Layer norm after each sublayer, of the stream that it was added to."),
    word("f32", "Numbers of 32 bits."),
    word("f64", "Numbers of 64 bits, on the plain engine."),
    word("gelu", "The GELU activation in its tanh form (Hendrycks and Gimpel 2016)."),
    word("relu", "The rectifier."),
    word("keep", "The optimizer keeps its moments into the stage."),
    word("reset", "The optimizer forgets its moments on entry to the stage."),
    word("fresh", "No training sequence is ever seen twice."),
    word("full", "Tokens see all earlier ones."),
    word("zero", "Nothing: attention adds nothing to the stream, or what is ablated is 0."),
    word("self_only", "Each token attends to itself alone, so that its own value goes through the output projection."),
    word("input", "The positions where predictions are read."),
    word("target", "The positions of targets."),
    word("query", "The last position where a prediction is read."),
    word("last", "The last scored prediction."),
    word("all", "Every one."),
    word("held_out", "Sequences that are never trained on."),
    word("training", "Sequences that are trained on: the first of them."),
    word("now", "The weights at the evaluation."),
    word("start", "The first weights of the run."),
    word("inside", "The query's class is among the context's."),
    word("outside", "The query's class is not among the context's."),
    later_word("bytes", "One token a byte."),
];

/// The first form of a builtin name.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    forms(name).next()
}

/// Every form of a builtin name.
pub fn forms(name: &str) -> impl Iterator<Item = &'static Builtin> {
    BUILTINS.iter().filter(move |builtin| builtin.name == name)
}
