//! An example for each form of each builtin, by group and in the order of the table of builtins.

use super::super::Group::{
    self, Data, Distributions, Functions, Interventions, Layers, Losses, Models, Optimizers, Readers, References,
    Schedules, Scores, Sites, Statistics, Tasks, Words,
};
use super::Frame::{Checkpoints, FewShot, Labels, Network, Regression, Tokens};
use super::Place::{Curriculum, Experiment, Item, Model, Probe, Run, Sequence, Stage, Task, Token};
use super::{Example, Frame, Place, example};

/// A line of `per example`, the most common place.
const fn line(of: &'static str, frame: Frame, text: &'static str) -> Example {
    example(of, frame, Place::Example, text)
}

pub const EXAMPLES: &[(Group, &[Example])] = &[
    (
        Distributions,
        &[
            example("normal", Regression, Sequence, "w ~ normal(0, 1 / sqrt(dim))[dim]"),
            example("uniform", Labels, Sequence, "factor ~ uniform(images.attributes)"),
            line("uniform", Regression, "z ~ uniform(-1, 1)[dim]"),
            example("categorical", Tokens, Token, "s ~ categorical(p[previous(s)], first: uniform(states))"),
            line("bernoulli", Regression, "flipped ~ bernoulli(10%)\ny = if flipped then -dot(w, x) else dot(w, x)"),
            example("dirichlet", Tokens, Sequence, "p ~ dirichlet(1, states)[states]"),
            example("permutation", FewShot, Sequence, "order ~ permutation(labels)"),
            example("permutations", Labels, Sequence, "map ~ permutations(images.sizes) in pool(maps)"),
            example("zipf", FewShot, Run, "usual ~ zipf(labels, exponent: 1)[classes]"),
            line("student_t", Regression, "e ~ student_t(3)"),
            line("exponential", Regression, "e ~ exponential(2)"),
            line(
                "mixture",
                Regression,
                "usual = normal(0, 0.1)\noutlier = normal(0, 3)\ne ~ mixture(usual: 90%, outlier: 10%)",
            ),
            line("rows", Labels, "image ~ rows(images) without replacement"),
            example("bursty", FewShot, Sequence, "member ~ bursty(classes, length: 9, copies: 2, query: inside)"),
        ],
    ),
    (
        Functions,
        &[
            line("dot", Regression, "y = dot(w, x) + noise * e"),
            line("matmul", Network, "h = matmul(first, x)"),
            line("norm", Regression, "x = z / norm(z)"),
            line("sum", Regression, "y = sum(w * x)"),
            example(
                "mean",
                Labels,
                Task,
                "blind: levels(loss: mean(log(images.sizes)), accuracy: mean(1 / images.sizes))",
            ),
            example("max", Labels, Task, "target: y : class(max(images.sizes))"),
            line("max", Network, "y = dot(second, max(h, 0))"),
            example("min", Labels, Task, "length: 2 * min(images.sizes)"),
            line("min", Regression, "y = min(dot(w, x), 1)"),
            line("argmax", Network, "y = second[argmax(h)]"),
            line("abs", Regression, "y = abs(dot(w, x))"),
            line("sqrt", Regression, "y = dot(w, x) / sqrt(dim)"),
            line("exp", Regression, "y = exp(-norm(x)) * dot(w, x)"),
            example("log", Tokens, Task, "blind: log(states)"),
            line("sin", Regression, "y = sin(dot(w, x))"),
            line("cos", Regression, "y = cos(dot(w, x))"),
            line("sign", Regression, "x = sign(z)"),
            line("relu", Network, "y = dot(second, relu(h))"),
            line("tanh", Network, "y = dot(second, tanh(h))"),
            line("sigmoid", Network, "y = dot(second, sigmoid(h))"),
            line("softmax", Network, "y = dot(second, softmax(h))"),
            line("one_hot", FewShot, "x = one_hot(member[index], classes)"),
            line("concat", FewShot, "x = concat(mean[member[index]], e)"),
            line("mod", FewShot, "y = mod(usual[member[index]] + 1, labels)"),
            line("cumsum", Regression, "x = cumsum(z)"),
            line("sort", Regression, "x = sort(z)"),
            line("where", Regression, "x = where(1..=dim <= active, z, 0)"),
            example("previous", Tokens, Token, "s ~ categorical(p[previous(s)], first: uniform(states))"),
            line("index", FewShot, "x = mean[member[index]] + e"),
        ],
    ),
    (
        Data,
        &[
            example(
                "shapes3d",
                Labels,
                Item,
                "data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 64, entangled: 20%)",
            ),
            example(
                "shapes3d",
                Labels,
                Item,
                "data images = shapes3d(\"3dshapes.h5\", values: [4, 1, 4, 1, 4, 1], width: 64)",
            ),
            example(
                "array",
                Labels,
                Item,
                "data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 16, embedding: array(\"embeddings.npy\"))",
            ),
            example("table", Frame::Words, Item, "data words = table(\"words.tsv\", key: \"word\")"),
        ],
    ),
    (
        Tasks,
        &[
            example("mix", Labels, Stage, "train: mix(easy: 50%, hard: 50%)"),
            example("fresh", Labels, Item, "metric new_maps = accuracy(fresh(hard)) at last"),
            example("from", Regression, Task, "score: from(dim)"),
        ],
    ),
    (
        References,
        &[
            example("levels", Labels, Task, "blind: levels(loss: log(4), accuracy: 25%)"),
            example("posterior", Labels, Task, "ideal: posterior"),
            example("constant", Regression, Task, "blind: constant"),
            example("least_squares", Regression, Task, "ideal: least_squares"),
            example("ridge", Regression, Task, "ideal: ridge(noise ^ 2)"),
            example("lasso", Regression, Task, "ideal: lasso(1e-2)"),
            example("nearest", Regression, Task, "plateaus: [nearest(3)]"),
            example("averaging", Regression, Task, "plateaus: [averaging]"),
            example(
                "posterior_mean",
                Regression,
                Task,
                "per sequence { w ~ normal()[dim] in pool(64) }\nideal: posterior_mean(w)",
            ),
            example("ngram", Tokens, Task, "plateaus: [ngram(1, 1)]\nideal: ngram(2, 1)"),
        ],
    ),
    (
        Layers,
        &[
            example("repeat", Labels, Model, "blocks: repeat(layers, [attention(heads: 2), mlp(ratio: 4)])"),
            example("attention", Labels, Model, "blocks: repeat(2, [attention(heads: 2, kernel: linear)])"),
            example("mlp", Labels, Model, "blocks: repeat(2, [attention(heads: 2), mlp(ratio: 4, activation: relu)])"),
        ],
    ),
    (
        Models,
        &[example(
            "pretrained",
            Checkpoints,
            Item,
            "model pythia(step: count) = pretrained(\"pythia-160m/step{step}\", family: gpt_neox)",
        )],
    ),
    (
        Optimizers,
        &[
            example("adam", Labels, Experiment, "optimizer: adam(lr: 1e-4)"),
            example("adamw", Labels, Experiment, "optimizer: adamw(lr: 3e-4, weight_decay: 0.1)"),
            example("sgd", Labels, Experiment, "optimizer: sgd(lr: 1e-2, momentum: 0.9)"),
        ],
    ),
    (
        Schedules,
        &[
            example(
                "ramp",
                Regression,
                Stage,
                "train: line(active: ramp(2 -> 8, by: 1, every: 200 steps))\nfor: 2k steps",
            ),
            example("linear", Labels, Experiment, "optimizer: adam(lr: linear(0 -> 1e-3, over: 500 steps))"),
            example("cosine", Labels, Experiment, "optimizer: adam(lr: cosine(1e-3 -> 0, over: total))"),
            example("elapsed", Labels, Curriculum, "stage main { train: hard, for: total - elapsed }"),
        ],
    ),
    (
        Losses,
        &[
            example("icl", Labels, Experiment, "loss: icl"),
            example(
                "readout",
                Labels,
                Item,
                "loss with_weights = icl + 0.1 * readout(weights, context: full, at: output)",
            ),
        ],
    ),
    (
        Sites,
        &[
            example("residual", Labels, Probe, "read: residual(after: 1) at input"),
            example("output", Labels, Probe, "read: output at input"),
            example("attention_out", Labels, Probe, "read: attention_out(layer: 1) at input\ncontext: full"),
            example("mlp_out", Labels, Probe, "read: mlp_out(layer: 0) at input"),
            example("pattern", Labels, Probe, "read: pattern(layer: 1, head: 0) at input\ncontext: full"),
            example("head", Labels, Experiment, "intervene: [ablate(head(layer: 1, head: 0))]"),
        ],
    ),
    (
        Readers,
        &[
            example("linear", Labels, Probe, "fit: linear(epochs: 1, lr: 1e-3)"),
            example("logistic", Labels, Probe, "fit: logistic(1e-2)"),
            example("centroid", Labels, Probe, "fit: centroid"),
        ],
    ),
    (
        Scores,
        &[
            example("accuracy", Labels, Item, "metric last_accuracy = accuracy(hard) at last"),
            example("cross_entropy", Labels, Item, "metric nats = cross_entropy(hard)"),
            example("squared_error", Regression, Item, "metric query_error = squared_error(full) at last"),
            example("progress", Labels, Item, "metric way = progress(hard)"),
            example("icl_score", Regression, Item, "metric gain = icl_score(full, late: 16, early: 2)"),
            example("induction_score", FewShot, Item, "metric induction = induction_score(layer: 1, head: 0)"),
            example(
                "previous_token_score",
                FewShot,
                Item,
                "metric looks_back = previous_token_score(layer: 0, head: 0)",
            ),
            example("duplicate_token_score", Tokens, Item, "metric repeats = duplicate_token_score(layer: 0, head: 0)"),
            example("copying_score", FewShot, Item, "metric copies = copying_score(layer: 1, head: 0)"),
            example("attention_entropy", FewShot, Item, "metric spread = attention_entropy(layer: 1, head: 0)"),
            example("cosine_collapse", Labels, Item, "metric collapse = cosine_collapse(after: 2)"),
            example(
                "cosine_similarity",
                Labels,
                Item,
                "metric turned = cosine_similarity(after: 2, with: 2, against: start)",
            ),
            example("cka", Labels, Item, "metric alike = cka(after: 0, with: 2)"),
            example("logit_lens", Labels, Item, "metric half_way = logit_lens(hard, after: 1)"),
            example("weight_distance", Labels, Item, "metric moved = weight_distance"),
        ],
    ),
    (
        Interventions,
        &[
            example(
                "ablate",
                Labels,
                Item,
                "metric without_head = accuracy(hard, under: ablate(head(1, 0), with: mean)) at last",
            ),
            example("clamp", Labels, Experiment, "intervene: [clamp(head(0, 1), previous_token, until: 500 steps)]"),
            example(
                "scale_attention",
                Labels,
                Experiment,
                "intervene: [scale_attention(2, cells: 4, until: 500 steps)]",
            ),
        ],
    ),
    (Statistics, &[example("rmst", Labels, Experiment, "expect rmst(warmup) < rmst(direct) at 5%")]),
    (
        Words,
        &[
            example("learned", Labels, Model, "positions: learned"),
            example("rope", Labels, Model, "positions: rope"),
            example("sinusoidal", Labels, Model, "positions: sinusoidal"),
            example("alibi", Labels, Model, "positions: alibi"),
            example("none", Labels, Probe, "context: none"),
            example("pre", Labels, Model, "norm: pre"),
            example("post", Labels, Model, "norm: post"),
            example("f32", Labels, Experiment, "numerics: f32"),
            example("f64", Labels, Experiment, "numerics: f64"),
            example("tf32", Labels, Experiment, "numerics: tf32"),
            example("tf32x3", Labels, Experiment, "numerics: tf32x3"),
            example("bf16", Labels, Experiment, "numerics: bf16"),
            example("gelu", Labels, Model, "blocks: [attention(heads: 2), mlp(activation: gelu)]"),
            example("relu", Labels, Model, "blocks: [attention(heads: 2), mlp(activation: relu)]"),
            example("keep", Labels, Stage, "optimizer: keep"),
            example(
                "reset",
                Labels,
                Curriculum,
                "stage main { train: hard, for: total - 500 steps, optimizer: reset }",
            ),
            example("fresh", Labels, Experiment, "data: fresh"),
            example("full", Labels, Probe, "context: full"),
            example("zero", Labels, Probe, "context: zero"),
            example("self_only", Labels, Probe, "context: self_only"),
            example("input", Labels, Probe, "read: residual(after: 1) at input"),
            example("target", Labels, Probe, "read: residual(after: 1) at target\ncontext: full"),
            example("query", Labels, Probe, "read: residual(after: 2) at query\ncontext: full"),
            example("last", Labels, Item, "metric last_accuracy = accuracy(hard) at last"),
            example("all", Labels, Probe, "read: residual(after: all) at input"),
            example("held_out", Labels, Item, "metric unseen = accuracy(hard, on: held_out)"),
            example("training", Labels, Item, "metric seen = accuracy(hard, on: training)"),
            example("now", Labels, Item, "metric turned = cosine_similarity(after: 1, with: 2, against: now)"),
            example("start", Labels, Item, "metric moved = cka(after: 2, with: 2, against: start)"),
            example("inside", FewShot, Sequence, "member ~ bursty(classes, length: 9, query: inside)"),
            example("outside", FewShot, Sequence, "member ~ bursty(classes, length: 9, query: outside)"),
            example(
                "bytes",
                Frame::Words,
                Experiment,
                "model: models.gpt2(layers: 2, heads: 2, width: 32, tokenizer: bytes)",
            ),
        ],
    ),
];
