//! A resolved model: what the engine compiles, with every size a number.

use serde::{Deserialize, Serialize};

/// A transformer over a sequence of dense tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Width of the residual stream.
    pub width: usize,
    pub positions: Positions,
    pub norm: Norm,
    pub blocks: Vec<Sublayer>,
}

/// How the model knows where a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// A learned vector for each position, added to the embedding.
    Learned,
    None,
}

/// Where layer norm stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// Before each sublayer and before the read-out, as in GPT-2.
    Pre,
    None,
}

/// What is added to the residual stream, in order. A layer is an attention with what follows it up to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sublayer {
    /// Causal softmax attention; `width` is divisible by `heads`.
    Attention { heads: usize },
    /// Two linear maps with `hidden` units between.
    Mlp { hidden: usize, activation: Activation },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// The tanh form, as in GPT-2.
    Gelu,
    Relu,
}

impl Model {
    /// How many layers there are: as many as attentions.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.blocks.iter().filter(|block| matches!(block, Sublayer::Attention { .. })).count()
    }
}

/// Where a probe or a read-out loss reads the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// The residual stream after `n` layers; 0 is the embedding (positions added).
    Residual(usize),
    /// What the read-out reads: the stream after the last layer, normed.
    Output,
}

/// Whether tokens may see each other while a site is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    Full,
    /// In every block attention is replaced by the identity on its normed input (Fu et al. 2024).
    None,
}
