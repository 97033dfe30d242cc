//! What the statistics refuse to compute.

use std::fmt;

/// A reason why a statistic is not defined.
#[derive(Clone, Debug, PartialEq)]
pub enum StatsError {
    /// A curve, an arm or a sample without anything in it.
    Empty {
        /// What is empty.
        what: &'static str,
    },
    /// A curve with as many steps as values it has not.
    Lengths {
        /// Number of steps.
        steps: usize,
        /// Number of values.
        values: usize,
    },
    /// Steps that are not finite or do not rise strictly.
    Steps {
        /// Place of the first offending step, from 0.
        index: usize,
    },
    /// The level of the plateau and the level to reach are the same, so progress has no unit.
    EqualLevels {
        /// That level.
        level: f64,
    },
    /// A number outside the range it must lie in.
    Range {
        /// The name of the number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The range, in words.
        must: &'static str,
    },
    /// Two samples of a comparison are of different kinds.
    Kinds,
}

impl fmt::Display for StatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { what } => write!(f, "{what} is empty"),
            Self::Lengths { steps, values } => write!(f, "a curve has {steps} steps but {values} values"),
            Self::Steps { index } => write!(f, "step {index} of a curve is not finite or not above the one before it"),
            Self::EqualLevels { level } => {
                write!(f, "the plateau and the level to reach are both {level}, so progress between them is undefined")
            }
            Self::Range { what, value, must } => write!(f, "{what} is {value}, but must be {must}"),
            Self::Kinds => write!(f, "exit times can only be compared with exit times, scores with scores"),
        }
    }
}

impl std::error::Error for StatsError {}
