//! What may stand where: the kinds of things that parameters, settings and builtins take and give.

use std::fmt::{self, Display};

/// A kind of thing. Numbers, labels and arrays of a task are told apart further by their sizes, which the checker knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A whole number of at least 0.
    Count,
    Real,
    Bool,
    Text,
    /// Training time, in steps or epochs.
    Duration,
    /// A number of sequences.
    Sequences,
    /// A number of evaluations.
    Evaluations,
    /// A share of a whole, from 0% to 100%.
    Share,
    /// A real that may change over training.
    Schedule,
    /// `a -> b`.
    Span,
    /// A number, a label, or an array of numbers inside a task.
    Array,
    /// A label out of several.
    Label,
    /// A truth, or what is 0 or 1.
    Condition,
    Distribution,
    Data,
    /// An array in a file.
    File,
    Task,
    Model,
    Layer,
    Curriculum,
    Optimizer,
    Loss,
    Probe,
    Metric,
    /// A formula, a predictor, or known levels.
    Reference,
    Reader,
    /// A place of the model to look at.
    Site,
    /// Which predictions of a sequence.
    Predictions,
    Intervention,
    Statistic,
    /// A name that a task draws or defines.
    NameOfTask,
    /// The name of an arm.
    Arm,
    /// One of these words.
    Word(&'static [&'static str]),
    List(&'static Kind),
    /// Two numbers in round brackets.
    Pair,
    /// One of several kinds.
    Either(&'static [Kind]),
}

impl Kind {
    /// The words that stand for themselves in a place of this kind.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Word(words) => words,
            Self::Either(kinds) => kinds.iter().map(|kind| kind.words()).find(|words| !words.is_empty()).unwrap_or(&[]),
            _ => &[],
        }
    }
}

impl Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => f.write_str("a count"),
            Self::Real => f.write_str("a number"),
            Self::Bool => f.write_str("true or false"),
            Self::Text => f.write_str("a text in quotes"),
            Self::Duration => f.write_str("a duration"),
            Self::Sequences => f.write_str("a number of sequences"),
            Self::Evaluations => f.write_str("a number of evaluations"),
            Self::Share => f.write_str("a share"),
            Self::Schedule => f.write_str("a number or a schedule"),
            Self::Span => f.write_str("a span such as `5 -> 20`"),
            Self::Array => f.write_str("a number or an array"),
            Self::Label => f.write_str("a label"),
            Self::Condition => f.write_str("a condition"),
            Self::Distribution => f.write_str("a distribution"),
            Self::Data => f.write_str("a data source"),
            Self::File => f.write_str("`array(...)`"),
            Self::Task => f.write_str("a task"),
            Self::Model => f.write_str("a model"),
            Self::Layer => f.write_str("a layer"),
            Self::Curriculum => f.write_str("a curriculum"),
            Self::Optimizer => f.write_str("an optimizer"),
            Self::Loss => f.write_str("a loss"),
            Self::Probe => f.write_str("a probe"),
            Self::Metric => f.write_str("a metric"),
            Self::Reference => f.write_str("a formula, a predictor or levels(...)"),
            Self::Reader => f.write_str("a reader"),
            Self::Site => f.write_str("a site"),
            Self::Predictions => f.write_str("`all`, `last` or `from(k)`"),
            Self::Intervention => f.write_str("an intervention"),
            Self::Statistic => f.write_str("a statistic"),
            Self::NameOfTask => f.write_str("a name of the task"),
            Self::Arm => f.write_str("an arm"),
            Self::Word(words) => {
                for (at, word) in words.iter().enumerate() {
                    write!(f, "{}`{word}`", if at == 0 { "" } else { " or " })?;
                }
                Ok(())
            }
            Self::List(Self::Count) => f.write_str("a list of counts"),
            Self::List(Self::Layer) => f.write_str("a list of layers"),
            Self::List(inner) => write!(f, "a list, each {inner}"),
            Self::Pair => f.write_str("a pair such as `(0.9, 0.999)`"),
            Self::Either(kinds) => {
                for (at, kind) in kinds.iter().enumerate() {
                    write!(f, "{}{kind}", if at == 0 { "" } else { " or " })?;
                }
                Ok(())
            }
        }
    }
}
