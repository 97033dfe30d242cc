//! What tasks are written with: distributions, functions, data, tasks made of tasks, references.

use super::{Builtin, Group, Parameter, def, may, need};
use crate::registry::kind::Kind::{
    Array, Condition, Count, Data, Distribution, Either, File, Label, List, NameOfTask, Predictions, Reader, Real,
    Reference, Share, Task, Text, Word,
};

/// What the start of a recurrence is drawn from.
const FIRST: Parameter = may("first", Either(&[Distribution, Array]), "none");

pub(super) const ALL: &[Builtin] = &[
    // -------------------------------------------------------------------------------------------------- distributions
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
        &[need("sizes", List(&Count))],
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
        &[need("data", Data), may("where", Condition, "none")],
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
    // ------------------------------------------------------------------------------------------------------ functions
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
    // ----------------------------------------------------------------------------------------------------------- data
    def(
        Group::Data,
        "shapes3d",
        &[
            may("values", List(&Count), "[10, 10, 10, 8, 4, 15]"),
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
        "shapes3d",
        &[
            need("path", Text),
            may("values", List(&Count), "[10, 10, 10, 8, 4, 15]"),
            may("width", Count, "768"),
            may("entangled", Real, "50%"),
        ],
        Data,
        "The same with the published images of a file, `3dshapes.h5`, in place of rendered ones.",
    ),
    def(
        Group::Data,
        "array",
        &[need("path", Text), may("key", Text, "none")],
        File,
        "An array in a .npy, .npz, .safetensors or .h5 file; `key` names it where the file has several.",
    ),
    def(
        Group::Data,
        "table",
        &[need("path", Text), may("key", Text, "none")],
        Data,
        "A table in a .tsv, .csv, .jsonl or .parquet file. The column `key` names the rows, every other column is an attribute, and \
         its distinct values are the labels.",
    ),
    // ---------------------------------------------------------------------------------------------------------- tasks
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
    // ----------------------------------------------------------------------------------------------------- references
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
];
