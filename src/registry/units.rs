//! Units of quantities.

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Training time in optimizer steps.
    Steps,
    /// Training time in passes over the data; steps only where an epoch has a length.
    Epochs,
    Sequences,
    Tokens,
    Examples,
    Evaluations,
    /// Wall-clock time, in seconds.
    Seconds,
}

/// One unit, in the singular and the plural.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    pub singular: &'static str,
    pub plural: &'static str,
    pub dimension: Dimension,
    /// How many of the dimension's base unit one is.
    pub scale: f64,
    pub doc: &'static str,
}

const fn unit_of(
    singular: &'static str,
    plural: &'static str,
    dimension: Dimension,
    scale: f64,
    doc: &'static str,
) -> Unit {
    Unit { singular, plural, dimension, scale, doc }
}

/// Every unit of the language.
pub const UNITS: &[Unit] = &[
    unit_of("step", "steps", Dimension::Steps, 1.0, "One update of the weights."),
    unit_of(
        "epoch",
        "epochs",
        Dimension::Epochs,
        1.0,
        "One pass over a fixed set of sequences: ceil(N / batch) steps.",
    ),
    unit_of("sequence", "sequences", Dimension::Sequences, 1.0, "One context with its predictions."),
    unit_of("token", "tokens", Dimension::Tokens, 1.0, "One position of a sequence."),
    unit_of("example", "examples", Dimension::Examples, 1.0, "One (input, target) pair."),
    unit_of("evaluation", "evaluations", Dimension::Evaluations, 1.0, "One measurement on held-out sequences."),
    unit_of("s", "s", Dimension::Seconds, 1.0, "A second of wall-clock time."),
    unit_of("min", "min", Dimension::Seconds, 60.0, "A minute of wall-clock time."),
    unit_of("h", "h", Dimension::Seconds, 3600.0, "An hour of wall-clock time."),
];

/// The unit written as `word`.
#[must_use]
pub fn unit(word: &str) -> Option<&'static Unit> {
    UNITS.iter().find(|unit| unit.singular == word || unit.plural == word)
}
