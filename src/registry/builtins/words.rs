//! Words that settings take.

use super::{Builtin, word};

pub(super) const ALL: &[Builtin] = &[
    // ---------------------------------------------------------------------------------------------------------- words
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
    word("tf32", "Numbers of 32 bits, rounded to 11 digits where matrices are multiplied, on a card."),
    word(
        "tf32x3",
        "Numbers of 32 bits, multiplied on a card as sums of two of 11 digits: nearly as exact, by its matrix units (Ootomo and Yokota 2022).",
    ),
    word("bf16", "Numbers of 32 bits, rounded to 8 digits where matrices are multiplied, on a card."),
    word("gelu", "The GELU activation in its tanh form (Hendrycks and Gimpel 2016)."),
    word("relu", "The rectifier."),
    word("keep", "The optimizer keeps its moments into the stage."),
    word("reset", "The optimizer forgets its moments on entry to the stage."),
    word("fresh", "No training sequence is ever seen twice."),
    word("full", "Tokens see all earlier ones."),
    word("zero", "Nothing: attention adds nothing to the stream, or what is ablated is 0."),
    word("self_only", "Each token attends to itself alone, so that its own value goes through the output projection."),
    word(
        "input",
        "The inputs of examples, where predictions are read; of tokens every one. Each tells of its own example.",
    ),
    word("target", "The targets of examples; of tokens all but the first. Each tells of its own example."),
    word("query", "Where the last prediction is read. It tells of the example that is predicted."),
    word("last", "The last scored prediction."),
    word("all", "Every one."),
    word("held_out", "Sequences that are never trained on."),
    word("training", "Sequences that are trained on: the first of them."),
    word("now", "The weights at the evaluation."),
    word("start", "The first weights of the run."),
    word("inside", "The query's class is among the context's."),
    word("outside", "The query's class is not among the context's."),
    word("bytes", "Every byte of a text is a token."),
];
