//! A resolved model: what the engine compiles, with every size a number.

use super::task::{Form, Piece, Task};
use super::vocabulary::Vocabulary;
use crate::data::Tokens;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// A transformer over a sequence of dense tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Width of the residual stream.
    pub width: usize,
    pub positions: Positions,
    /// How rotary positions turn heads, where it is not as [`Rotary::whole`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotary: Option<Rotary>,
    pub norm: Norm,
    /// Whether an MLP reads the stream that the attention before it read, as in GPT-NeoX.
    #[serde(default, skip_serializing_if = "no")]
    pub parallel: bool,
    pub blocks: Vec<Sublayer>,
    /// Share of the embedding that is dropped in training.
    #[serde(default, skip_serializing_if = "zero")]
    pub dropout: f64,
    /// Whether the read-out is the transpose of the read-in.
    #[serde(default, skip_serializing_if = "no")]
    pub tied: bool,
    /// Standard deviation of the first weights, where it is not GPT-2's 0.02.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<f64>,
    /// How text becomes tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokenizer: Option<Tokenizer>,
    /// The model that exists, where its weights are the first ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretrained: Option<Pretrained>,
}

fn zero(value: &f64) -> bool {
    *value == 0.0
}

fn no(value: &bool) -> bool {
    !value
}

/// How text becomes tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tokenizer {
    /// One token a text of a table and a word of the template.
    Words {
        /// The BLAKE3 hash of the table, in hexadecimal.
        hash: String,
        #[serde(skip)]
        words: Vocabulary,
    },
    Bytes,
    /// A tokenizer.json.
    File {
        /// The BLAKE3 hash of the file, in hexadecimal.
        hash: String,
        #[serde(skip)]
        tokens: Arc<Tokens>,
    },
}

impl Tokenizer {
    /// What cuts words into tokens; none where each word is one.
    #[must_use]
    pub fn cuts(&self) -> Option<Arc<Tokens>> {
        match self {
            Self::Words { .. } => None,
            Self::Bytes => Some(Arc::new(Tokens::bytes())),
            Self::File { tokens, .. } => Some(Arc::clone(tokens)),
        }
    }
}

/// A model that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pretrained {
    /// Its folder; what lies in it is its identity, wherever that is.
    #[serde(skip)]
    pub path: PathBuf,
    pub family: Family,
    /// The BLAKE3 hash of its weights, in hexadecimal.
    pub hash: String,
    /// How many different tokens it reads, and predicts.
    pub vocabulary: usize,
    /// The most tokens that it reads.
    pub longest: usize,
}

impl Pretrained {
    /// A model whose folder is not on this machine: it is planned, since where it lies tells it from others.
    #[must_use]
    pub fn absent(path: PathBuf, family: Family) -> Self {
        let hash = format!("not here: {}", path.display());
        Self { path, family, hash, vocabulary: 0, longest: 0 }
    }

    /// Whether it is on this machine.
    #[must_use]
    pub const fn is_here(&self) -> bool {
        self.vocabulary > 0
    }
}

/// What names the weights of a model have, and how they are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Radford et al. 2019.
    Gpt2,
    /// Black et al. 2022, Pythia (Biderman et al. 2023) among them.
    GptNeox,
}

impl Family {
    /// The word of the language, which `config.json` has as its `model_type` too.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gpt2 => "gpt2",
            Self::GptNeox => "gpt_neox",
        }
    }
}

/// How the model knows where a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// A learned vector for each position, added to the embedding.
    Learned,
    /// Rotary embedding (Su et al. 2021).
    Rope,
    /// Fixed sines and cosines (Vaswani et al. 2017).
    Sinusoidal,
    /// Linear biases of attention (Press et al. 2022).
    Alibi,
    None,
}

/// How rotary positions turn a head.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rotary {
    /// How many of its numbers, the leading ones, are turned.
    pub turned: usize,
    /// Pair `i` of so many `pairs` is turned by `t / base^(i / pairs)` at token `t`.
    pub base: f64,
}

impl Rotary {
    /// All numbers of a head of a width, by powers of 10000 (Su et al. 2021).
    #[must_use]
    pub const fn whole(width: usize) -> Self {
        Self { turned: width, base: 10_000.0 }
    }
}

/// Where layer norm stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// Before each sublayer and before the read-out, as in GPT-2.
    Pre,
    /// After each sublayer.
    Post,
    None,
}

/// What is added to the residual stream, in order. A layer is an attention with what follows it up to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sublayer {
    /// Causal softmax attention; `width` is divisible by `heads`.
    Attention {
        heads: usize,
        /// Whether the softmax is left out.
        #[serde(default, skip_serializing_if = "no")]
        linear: bool,
        #[serde(default, skip_serializing_if = "zero")]
        dropout: f64,
    },
    /// Two linear maps with `hidden` units between.
    Mlp {
        hidden: usize,
        activation: Activation,
        #[serde(default, skip_serializing_if = "zero")]
        dropout: f64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// The tanh form, as in GPT-2.
    Gelu,
    /// The exact one, as in GPT-NeoX.
    GeluErf,
    Relu,
}

impl Sublayer {
    /// Softmax attention without dropout.
    #[must_use]
    pub const fn attention(heads: usize) -> Self {
        Self::Attention { heads, linear: false, dropout: 0.0 }
    }

    /// Two linear maps without dropout.
    #[must_use]
    pub const fn mlp(hidden: usize, activation: Activation) -> Self {
        Self::Mlp { hidden, activation, dropout: 0.0 }
    }
}

impl Model {
    /// A model that reads dense tokens, with GPT-2's first weights and no dropout.
    #[must_use]
    pub const fn plain(width: usize, positions: Positions, norm: Norm, blocks: Vec<Sublayer>) -> Self {
        Self {
            width,
            positions,
            rotary: None,
            norm,
            parallel: false,
            blocks,
            dropout: 0.0,
            tied: false,
            init: None,
            tokenizer: None,
            pretrained: None,
        }
    }

    /// What cuts words into tokens, and how many tokens the model knows: as many as the tokenizer, or as a model that exists
    /// was made for. None where each word is a token, or there are no words.
    #[must_use]
    pub fn cuts(&self) -> Option<(Arc<Tokens>, usize)> {
        let tokens = self.tokenizer.as_ref()?.cuts()?;
        let count =
            self.pretrained.as_ref().filter(|known| known.is_here()).map_or(tokens.count(), |known| known.vocabulary);
        Some((tokens, count))
    }

    /// Whether its sizes are known: of a model that exists and is not on this machine nothing is.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.pretrained.as_ref().is_none_or(Pretrained::is_here)
    }

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
    /// The residual stream after every number of layers, the embedding first.
    Everywhere,
    /// What the attention of a layer adds to the stream.
    AttentionOut(usize),
    /// What the mlp of a layer adds to the stream.
    MlpOut(usize),
    /// The attention of a head.
    Pattern(usize, usize),
    /// What a head adds to the stream.
    Head(usize, usize),
    /// What all heads of a layer mix, side by side, before the output projection; no word of the language names it.
    Mixed(usize),
}

impl Site {
    /// The layer and the head that must exist for the site to.
    #[must_use]
    pub const fn needs(self) -> (Option<usize>, Option<usize>) {
        match self {
            Self::AttentionOut(layer) | Self::MlpOut(layer) | Self::Mixed(layer) => (Some(layer), None),
            Self::Pattern(layer, head) | Self::Head(layer, head) => (Some(layer), Some(head)),
            Self::Residual(_) | Self::Output | Self::Everywhere => (None, None),
        }
    }
}

/// The positions at which a site is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Where predictions are read.
    #[default]
    Input,
    Target,
    /// The last position where a prediction is read.
    Query,
    /// A token, from 0.
    Position(usize),
    /// The last token of a field of a text, as written in a program: no task is known yet.
    Field(String),
    /// The last token of a piece of a text.
    Piece(usize),
}

impl Place {
    /// The place in a task: a field that is named is one of the pieces of its text.
    #[must_use]
    pub fn of(&self, task: &Task) -> Self {
        match (self, &task.form) {
            (Self::Field(name), Form::Text { pieces }) => {
                let named = |piece: &Piece| matches!(piece, Piece::Field { name: known, .. } if known == name);
                pieces.iter().position(named).map_or_else(|| self.clone(), Self::Piece)
            }
            _ => self.clone(),
        }
    }

    /// Whether it is where predictions are read.
    #[must_use]
    pub fn input(&self) -> bool {
        *self == Self::Input
    }
}

/// Whether tokens may see each other while a site is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    Full,
    /// In every block attention is replaced by the identity on its normed input (Fu et al. 2024).
    None,
    /// In every block attention adds nothing.
    Zero,
    /// In every block each token attends to itself alone: its own value goes through the output projection.
    SelfOnly,
}

impl Context {
    /// Every context, in the order of the lists of a compiled model.
    pub const ALL: [Self; 4] = [Self::Full, Self::None, Self::Zero, Self::SelfOnly];

    /// The word of the language for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::None => "none",
            Self::Zero => "zero",
            Self::SelfOnly => "self_only",
        }
    }

    /// The context that a word names.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.word() == word)
    }

    /// Whether a site exists in it, where the model has it at all: without attention a layer has no pattern and no heads.
    #[must_use]
    pub const fn has(self, site: Site) -> bool {
        match self {
            Self::Full => true,
            Self::None => !matches!(site, Site::Pattern(..) | Site::Head(..) | Site::Mixed(_)),
            Self::Zero => !matches!(site, Site::Pattern(..) | Site::Head(..) | Site::Mixed(_) | Site::AttentionOut(_)),
            Self::SelfOnly => !matches!(site, Site::Pattern(..)),
        }
    }
}
