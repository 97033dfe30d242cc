//! An example for each setting, by block.

use super::super::BlockKind::{self, Experiment, Measure, Model, Plateau, Probe, Report, Stage, Task};
use super::Frame::{Checkpoints, FewShot, Labels, Regression, Tokens, Words};
use super::{Example, Place, example};

/// A setting among the images of shapes, in the block that it belongs to.
const fn at(of: &'static str, place: Place, text: &'static str) -> Example {
    example(of, Labels, place, text)
}

pub const EXAMPLES: &[(BlockKind, &[Example])] = &[
    (
        Task,
        &[
            example("length", Regression, Place::Task, "length: 2 * dim + 1"),
            at("input", Place::Task, "input: image.embedding"),
            at("target", Place::Task, "target: y : class(max(images.sizes))"),
            example("emit", Tokens, Place::Task, "emit: s"),
            example("show", Words, Place::Task, "show: \"{row.word} -> {label}\\n\""),
            example("score", FewShot, Place::Task, "score: last"),
            example("blind", Regression, Place::Task, "blind: dim + noise ^ 2"),
            example("ideal", Regression, Place::Task, "ideal: ridge(noise ^ 2)"),
            example("plateaus", Tokens, Place::Task, "plateaus: [ngram(1, 1)]"),
        ],
    ),
    (
        Model,
        &[
            at("width", Place::Model, "width: 128"),
            at("positions", Place::Model, "positions: learned"),
            at("norm", Place::Model, "norm: pre"),
            at("blocks", Place::Model, "blocks: repeat(4, [attention(heads: 4), mlp(ratio: 4)])"),
            at("dropout", Place::Model, "dropout: 10%"),
            at("tied", Place::Model, "tied: true"),
            at("init", Place::Model, "init: 0.02"),
            example(
                "tokenizer",
                Words,
                Place::Experiment,
                "model: models.gpt2(layers: 2, heads: 2, width: 32, tokenizer: words)",
            ),
        ],
    ),
    (
        Stage,
        &[
            at("train", Place::Stage, "train: mix(easy: 50%, hard: 50%)"),
            at("for", Place::Stage, "for: 500 steps"),
            at(
                "until",
                Place::Curriculum,
                "stage warm { train: easy, until: accuracy(easy) > 90% for 3 evaluations, at_most: 1k steps }",
            ),
            at(
                "at_most",
                Place::Curriculum,
                "stage warm { train: easy, until: progress(easy) > 80%, at_most: 1k steps }",
            ),
            at("optimizer", Place::Curriculum, "stage main { train: hard, for: total - elapsed, optimizer: reset }"),
            at("loss", Place::Stage, "loss: icl + 0.1 * readout(weights, at: output)"),
        ],
    ),
    (
        Probe,
        &[
            at("of", Place::Probe, "of: hard"),
            at("read", Place::Probe, "read: residual(after: 1) at input"),
            at("context", Place::Probe, "context: none"),
            at("predict", Place::Probe, "predict: factors"),
            at("fit", Place::Probe, "fit: linear(epochs: 1, lr: 1e-2)"),
        ],
    ),
    (
        Experiment,
        &[
            example("model", Regression, Place::Experiment, "model: models.gpt2(layers: 2, heads: 2, width: 64)"),
            at("data", Place::Experiment, "data: 10k sequences"),
            at("batch", Place::Experiment, "batch: 128"),
            at("optimizer", Place::Experiment, "optimizer: adam(lr: 1e-4)"),
            at(
                "loss",
                Place::Experiment,
                "arm boosted { curriculum: curricula.only(hard, total), loss: with_weights }",
            ),
            at("seeds", Place::Experiment, "seeds: 5"),
            at("curriculum", Place::Experiment, "arm direct { curriculum: curricula.only(hard, total) }"),
            at("clip", Place::Experiment, "clip: 1.0"),
            at("numerics", Place::Experiment, "numerics: f64"),
            at("intervene", Place::Experiment, "intervene: [ablate(head(1, 0), until: 500 steps)]"),
            example("evaluate", Checkpoints, Place::Experiment, "evaluate: pythia(step)"),
            example("along", Checkpoints, Place::Experiment, "along: step"),
            at("keep", Place::Experiment, "keep: all"),
        ],
    ),
    (Measure, &[at("every", Place::Measure, "every: 100 steps"), at("on", Place::Measure, "on: 512 sequences")]),
    (
        Plateau,
        &[
            at("of", Place::Plateau, "of: last_accuracy"),
            at("exit", Place::Plateau, "exit: 50%"),
            at("held", Place::Plateau, "held: 5 evaluations"),
            at("from", Place::Plateau, "from: 25%"),
            at("to", Place::Plateau, "to: 90%"),
            at("stop", Place::Plateau, "stop: at exit"),
            at("refine", Place::Plateau, "refine: 10 steps"),
        ],
    ),
    (Report, &[at("table", Place::Report, "table: plateau"), at("plot", Place::Report, "plot: last_accuracy by arm")]),
];
