//! What is changed in a model while it trains or is measured.

use super::model::Site;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A change of the model, from a step and until another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intervention {
    pub change: Change,
    pub from: Option<u64>,
    pub until: Option<u64>,
}

impl Intervention {
    /// Whether it is in force at a step, counted from 0.
    #[must_use]
    pub fn in_force(&self, step: u64) -> bool {
        self.from.is_none_or(|from| from <= step) && self.until.is_none_or(|until| step < until)
    }
}

/// What an intervention does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Takes what is computed at a site away, of a head its mixed values.
    Ablate {
        site: Site,
        with: With,
        /// Whether the patterns of all later layers are those of the model as it is without this ablation (Olsson et al. 2022).
        #[serde(default, skip_serializing_if = "no")]
        keep_patterns: bool,
    },
    /// Fixes the attention of a head.
    Clamp { layer: usize, head: usize, to: Clamp },
    /// Multiplies the weights of some cells of all heads, behind the softmax (Gopalani and Hu 2025).
    ScaleAttention { by: f64, cells: Cells },
}

fn no(value: &bool) -> bool {
    !value
}

/// What takes the place of what is ablated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum With {
    Zero,
    /// The mean over the sequences, at each token.
    Mean,
    /// The value of the next sequence; the first is next to the last.
    Resample,
}

/// Where a clamped head looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clamp {
    /// At the token before; the first at itself.
    PreviousToken,
    /// Where a prediction is read, evenly at the earlier targets equal to its own; on tokens, at what followed earlier
    /// occurrences of the current token; where nothing matches, and elsewhere, at the token itself (Singh et al. 2024).
    Matching,
    /// As an array of a file says, `[tokens, tokens]`, known by its content.
    Array {
        hash: String,
        tokens: usize,
        #[serde(skip)]
        values: Arc<[f32]>,
    },
}

/// Cells of attention, from a query to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cells {
    /// Those over which [`Clamp::Matching`] spreads attention.
    Matching,
    PreviousToken,
    All,
    /// So many last tokens, the token itself included.
    Last(usize),
}

impl Change {
    /// Whether it follows from the sizes of a batch, whatever stands in it.
    #[must_use]
    pub fn follows_from_sizes(&self) -> bool {
        match self {
            Self::Ablate { with, keep_patterns, .. } => *with == With::Zero && !keep_patterns,
            Self::Clamp { to, .. } => *to != Clamp::Matching,
            Self::ScaleAttention { cells, .. } => *cells != Cells::Matching,
        }
    }

    /// The site that it changes, where it is one.
    #[must_use]
    pub fn site(&self) -> Option<Site> {
        match self {
            Self::Ablate { site, .. } => Some(*site),
            Self::Clamp { layer, head, .. } => Some(Site::Pattern(*layer, *head)),
            Self::ScaleAttention { .. } => None,
        }
    }

    /// Whether it asks which tokens match.
    #[must_use]
    pub fn matches(&self) -> bool {
        matches!(self, Self::Clamp { to: Clamp::Matching, .. } | Self::ScaleAttention { cells: Cells::Matching, .. })
    }
}
