//! Builtin names: distributions, functions, layers, optimizers, losses, sites, readers, scores, references, data.

/// One argument of a builtin.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    pub name: &'static str,
    /// `None` where it must be given; the default as the language writes it else.
    pub default: Option<&'static str>,
}

/// One builtin name.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    pub name: &'static str,
    pub params: &'static [Parameter],
    /// Takes further arguments under any name, as `mix(easy: 50%)` does.
    pub open: bool,
    /// What it is, in the words of messages.
    pub gives: &'static str,
    pub doc: &'static str,
    /// Whether this version runs it; else using it is a finding.
    pub runs: bool,
}

const fn need(name: &'static str) -> Parameter {
    Parameter { name, default: None }
}

const fn may(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, default: Some(default) }
}

const fn def(name: &'static str, params: &'static [Parameter], gives: &'static str, doc: &'static str) -> Builtin {
    Builtin { name, params, open: false, gives, doc, runs: true }
}

const fn later(name: &'static str, params: &'static [Parameter], gives: &'static str, doc: &'static str) -> Builtin {
    Builtin { runs: false, open: true, ..def(name, params, gives, doc) }
}

/// Every builtin name of the language.
pub const BUILTINS: &[Builtin] = &[
    // Words.
    def("learned", &[], "word", "Positions: a learned vector for each."),
    def("none", &[], "word", "Nothing of the kind."),
    def("pre", &[], "word", "Layer norm before each sublayer and before the read-out."),
    def("gelu", &[], "word", "The GELU activation in its tanh form (Hendrycks and Gimpel 2016)."),
    def("relu", &[], "word", "The rectifier."),
    def("keep", &[], "word", "The optimizer keeps its moments into the stage."),
    def("reset", &[], "word", "The optimizer forgets its moments on entry to the stage."),
    def("fresh", &[], "word", "No training sequence is ever seen twice."),
    def("full", &[], "word", "Tokens see all earlier ones."),
    def("input", &[], "word", "The positions where predictions are read."),
    def("output", &[], "word", "What the read-out reads: the stream after the last layer, normed."),
    def("last", &[], "word", "The last scored prediction."),
    def("all", &[], "word", "Every scored prediction."),
    def("plateau", &[], "word", "The table of plateau statistics."),
    // Draws.
    def("uniform", &[need("classes")], "distribution", "A label out of `classes`, each as likely."),
    def("permutations", &[need("sizes")], "distribution", "One uniform permutation for each size."),
    def("rows", &[need("data")], "distribution", "A row of a data source."),
    later("normal", &[may("mean", "0"), may("sd", "1")], "distribution", "A normal number."),
    later("categorical", &[need("p")], "distribution", "A label by given probabilities."),
    later("bernoulli", &[need("p")], "distribution", "1 with probability p, else 0."),
    later("dirichlet", &[need("alpha"), need("k")], "distribution", "A probability vector."),
    later("permutation", &[need("k")], "distribution", "A permutation of k labels."),
    later("bursty", &[need("classes")], "distribution", "Context items in copies, then a query."),
    // What the language has beside, read and told but not run by this version.
    later("inside", &[], "word", "The query's class is among the context's."),
    later("outside", &[], "word", "The query's class is not among the context's."),
    later("rope", &[], "word", "Positions: rotary embedding (Su et al. 2021)."),
    later("sinusoidal", &[], "word", "Positions: fixed sines and cosines (Vaswani et al. 2017)."),
    later("alibi", &[], "word", "Positions: linear biases of attention (Press et al. 2022)."),
    later("post", &[], "word", "Layer norm after each sublayer."),
    later("gpt_neox", &[], "word", "The GPT-NeoX family of models."),
    later("bytes", &[], "word", "One token a byte."),
    later("index", &[], "word", "The position in a sequence, from 0."),
    later("elapsed", &[], "duration", "The run's time at the stage's entry."),
    later("student_t", &[need("df")], "distribution", "A Student t number."),
    later("exponential", &[need("rate")], "distribution", "An exponential number."),
    later("zipf", &[need("k"), need("exponent")], "distribution", "A label by a Zipf law."),
    later("mixture", &[], "distribution", "One of several distributions, by given shares."),
    later("previous", &[need("name")], "real", "A name one position earlier."),
    later("dot", &[need("a"), need("b")], "real", "Inner product."),
    later("matmul", &[need("a"), need("b")], "real", "Matrix product."),
    later("norm", &[need("x")], "real", "Euclidean norm."),
    later("argmax", &[need("values")], "count", "Place of the largest."),
    later("sin", &[need("x")], "real", "Sine."),
    later("cos", &[need("x")], "real", "Cosine."),
    later("sign", &[need("x")], "real", "Sign."),
    later("tanh", &[need("x")], "real", "Hyperbolic tangent."),
    later("sigmoid", &[need("x")], "real", "Logistic function."),
    later("softmax", &[need("x")], "real", "Normalised exponentials."),
    later("one_hot", &[need("label"), need("classes")], "real", "A vector with a 1 at the label."),
    later("concat", &[need("a"), need("b")], "real", "Two arrays, one behind the other."),
    later("cumsum", &[need("x")], "real", "Running sum."),
    later("sort", &[need("x")], "real", "In ascending order."),
    later("pretrained", &[need("path"), need("family")], "model", "A model that exists on disk."),
    later("ramp", &[need("range"), need("by"), need("every")], "schedule", "Steps from one value to another."),
    later("cosine", &[need("range"), need("over")], "schedule", "A half cosine from one value to another."),
    later("progress", &[need("task")], "metric", "The share of the way from blind to ideal."),
    later("constant", &[], "reference", "The best constant."),
    later("lasso", &[need("lambda")], "reference", "Least squares with an absolute penalty."),
    later("nearest", &[need("k")], "reference", "The mean of the k nearest examples."),
    later("averaging", &[], "reference", "The mean of x y over the examples."),
    later("posterior_mean", &[need("name")], "reference", "The posterior mean of a name drawn from a pool."),
    later("attention_out", &[need("layer")], "site", "What an attention adds to the stream."),
    later("mlp_out", &[need("layer")], "site", "What an MLP adds to the stream."),
    later("pattern", &[need("layer"), need("head")], "site", "A head's attention."),
    later(
        "icl_score",
        &[need("task"), need("late"), need("early")],
        "metric",
        "Loss at a late position less that at an early one.",
    ),
    later("attention_entropy", &[need("layer"), need("head")], "metric", "Entropy of a head's attention, in nats."),
    later("cosine_collapse", &[need("layer")], "metric", "Mean cosine between tokens of a layer."),
    later("cka", &[], "metric", "Centred kernel alignment of two representations."),
    later("logit_lens", &[need("after")], "metric", "The read-out applied to an earlier stream."),
    later("weight_distance", &[], "metric", "Distance of the weights from their first values."),
    later("head", &[need("layer"), need("head")], "site", "An attention head."),
    later("ablate", &[need("site")], "intervention", "Takes a part of the model away."),
    later("clamp", &[need("site")], "intervention", "Fixes a head's attention."),
    later("scale_attention", &[need("by")], "intervention", "Scales attention by a constant."),
    // Functions of numbers and lists.
    def("log", &[need("x")], "real", "Natural logarithm, element by element."),
    def("exp", &[need("x")], "real", "Exponential, element by element."),
    def("sqrt", &[need("x")], "real", "Square root, element by element."),
    def("abs", &[need("x")], "real", "Absolute value, element by element."),
    def("mean", &[need("values")], "real", "Mean of a list."),
    def("sum", &[need("values")], "real", "Sum of a list."),
    def("max", &[need("values")], "real", "Largest of a list."),
    def("min", &[need("values")], "real", "Smallest of a list."),
    // Data.
    def(
        "shapes3d",
        &[
            may("values", "[10, 10, 10, 8, 4, 15]"),
            may("width", "768"),
            may("entangled", "50%"),
            may("embedding", "none"),
        ],
        "data",
        "Rendered images of shapes (Burgess and Kim 2018) with the embedding of a frozen random network. `values` says how \
         many values of each factor are used: floor hue, wall hue, object hue, scale, shape, orientation. `entangled` goes \
         from 0, each factor in a subspace of its own, to 1, random convolutional features of the image.",
    ),
    def("array", &[need("path"), may("key", "none")], "array", "An array in a .safetensors or .npy file."),
    later("table", &[need("path")], "data", "A table in a file."),
    // Tasks and references.
    Builtin { open: true, ..def("mix", &[], "task", "Several tasks with their exact shares of each batch.") },
    def(
        "levels",
        &[may("loss", "none"), may("accuracy", "none")],
        "reference",
        "Known levels, in nats and as a share.",
    ),
    def("posterior", &[], "reference", "The exact Bayes predictor over finite latents."),
    later("ngram", &[need("n"), need("alpha")], "reference", "Counts of the last n - 1 tokens."),
    later("ridge", &[need("lambda")], "reader", "Ridge regression in closed form."),
    later("least_squares", &[], "reference", "Least squares on the examples so far."),
    // Layers.
    def("repeat", &[need("times"), need("items")], "list", "A list, several times over."),
    def("attention", &[need("heads")], "layer", "Causal softmax attention."),
    def(
        "mlp",
        &[may("ratio", "4"), may("activation", "gelu")],
        "layer",
        "Two linear maps with `ratio` times the width between.",
    ),
    // Optimizers.
    def(
        "adam",
        &[need("lr"), may("betas", "(0.9, 0.999)"), may("eps", "1e-8")],
        "optimizer",
        "Adam (Kingma and Ba 2015), as PyTorch computes it.",
    ),
    later("adamw", &[need("lr"), may("weight_decay", "0.01")], "optimizer", "Adam with decoupled weight decay."),
    later("sgd", &[need("lr"), may("momentum", "0")], "optimizer", "Stochastic gradient descent."),
    // Losses.
    def("icl", &[], "loss", "The task's own loss: the mean over scored predictions, then sequences."),
    def(
        "readout",
        &[need("probe"), may("context", "full"), need("at")],
        "loss",
        "The probe's reader trained with the model: cross-entropy averaged over positions and targets.",
    ),
    // Sites and readers.
    def("residual", &[need("after")], "site", "The stream after so many layers; 0 is the embedding."),
    def(
        "linear",
        &[may("epochs", "1"), may("lr", "1e-3")],
        "reader",
        "One linear layer trained with Adam on frozen features.",
    ),
    later("logistic", &[], "reader", "Logistic regression to its optimum."),
    later("centroid", &[], "reader", "The nearest class mean."),
    // Scores and statistics.
    def("accuracy", &[need("task")], "metric", "Share of predictions whose most likely label is right."),
    def("cross_entropy", &[need("task")], "metric", "Mean negative log likelihood of the targets, in nats."),
    later("squared_error", &[need("task")], "metric", "Mean squared error of the predictions."),
    later("induction_score", &[need("layer"), need("head")], "metric", "Attention to matching earlier targets."),
    later("previous_token_score", &[need("layer"), need("head")], "metric", "Attention to the token before."),
    def("rmst", &[need("arm")], "statistic", "Mean exit time, restricted to the smallest planned horizon."),
];

/// The builtin under a name.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.name == name)
}
