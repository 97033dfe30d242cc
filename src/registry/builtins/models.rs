//! What is trained, and how: layers, models, optimizers, schedules, losses.

use super::{Builtin, Group, def, may, need};
use crate::registry::kind::Kind::{
    Count, Duration, Layer, List, Loss, Model, Optimizer, Pair, Probe, Real, Schedule, Site, Span, Text, Word,
};

const CONTEXTS: &[&str] = &["full", "none", "zero", "self_only"];

pub(super) const ALL: &[Builtin] = &[
    // --------------------------------------------------------------------------------------------------------- layers
    def(
        Group::Layers,
        "repeat",
        &[need("times", Count), need("items", List(&Layer))],
        List(&Layer),
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
    // --------------------------------------------------------------------------------------------------------- models
    def(
        Group::Models,
        "pretrained",
        &[need("path", Text), need("family", Word(&["gpt2", "gpt_neox"]))],
        Model,
        "A model that somebody else trained: a folder with config.json, .safetensors files and tokenizer.json. `evaluate:` \
         measures it, and where an experiment trains it, its weights are the first ones.",
    ),
    // ----------------------------------------------------------------------------------------------------- optimizers
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
    // ------------------------------------------------------------------------------------------------------ schedules
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
    // --------------------------------------------------------------------------------------------------------- losses
    def(Group::Losses, "icl", &[], Loss, "The task's own loss: the mean over scored predictions, then sequences."),
    def(
        Group::Losses,
        "readout",
        &[need("probe", Probe), may("context", Word(CONTEXTS), "full"), may("at", Site, "the probe's")],
        Loss,
        "The probe's reader trained with the model: cross-entropy or squared error, averaged over positions and targets. \
         `at: output` makes it further logits of the final read-out.",
    ),
];
