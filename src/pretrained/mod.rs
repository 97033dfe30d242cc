//! Models that somebody else trained: folders as Hugging Face's `transformers` writes them (`config.json`, weights in one
//! or many `.safetensors` files, `tokenizer.json`) to a model of this program and its first weights.
//!
//! Weights are read tensor by tensor when they are asked for, so that no more than one of them is in memory twice. Numbers of
//! 16 bits become 32 bits wide, which hold them exactly.

mod config;
mod gpt2;
mod gpt_neox;
mod shards;

use crate::data::DataError;
use crate::program::model::{Family, Model, Pretrained};
use config::Config;
pub use gpt2::PARTS as GPT2_PARTS;
use shards::Shards;
use std::path::{Path, PathBuf};

/// A folder with a model, looked into; no weight is read yet.
pub struct Published {
    /// Its sizes, with [`Model::pretrained`] said.
    pub model: Model,
    shards: Shards,
}

/// Where the numbers of a parameter stand.
enum Wanted {
    /// A tensor of the same layout.
    Same(String),
    /// A linear map as PyTorch keeps it, `[outputs, inputs]`.
    Across(String),
    /// Queries, keys and values of one head after the other, where here those of all heads stand together: a linear map
    /// as PyTorch keeps it, or its bias, with the number of heads.
    ByHead { name: String, heads: usize },
    /// A bias that the family lacks.
    Zeros,
}

impl Wanted {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Same(name) | Self::Across(name) | Self::ByHead { name, .. } => Some(name),
            Self::Zeros => None,
        }
    }
}

/// The tokenizer that lies beside a model.
#[must_use]
pub fn tokenizer(folder: &Path) -> Option<PathBuf> {
    Some(folder.join("tokenizer.json")).filter(|path| path.is_file())
}

impl Published {
    /// Looks into a folder: every tensor that the model needs must be there, of the right shape and of floats.
    ///
    /// # Errors
    /// [`DataError`] where a file cannot be read, is damaged or lacks something, or the model is one that this program has
    /// not: the reason says which, the cure what to do.
    pub fn open(folder: &Path, family: Family) -> Result<Self, DataError> {
        let config = Config::read(folder, family)?;
        let shards = Shards::open(folder)?;
        let mut model = match family {
            Family::Gpt2 => gpt2::model(&config)?,
            Family::GptNeox => gpt_neox::model(&config)?,
        };
        let vocabulary = config.size("vocab_size")?;
        let longest = config.size(if family == Family::Gpt2 { "n_positions" } else { "max_position_embeddings" })?;
        let hash = shards.identity()?;
        model.pretrained = Some(Pretrained { path: folder.to_path_buf(), family, hash, vocabulary, longest });
        let published = Self { model, shards };
        for (name, shape) in published.parameters() {
            let wanted = published.wanted(&name);
            if let Some(tensor) = wanted.name() {
                let turned = matches!(wanted, Wanted::Across(_) | Wanted::ByHead { .. });
                let shape: Vec<usize> = if turned { shape.iter().rev().copied().collect() } else { shape };
                published.shards.has(tensor, &shape)?;
            }
        }
        Ok(published)
    }

    /// The parameters that the model has whatever it is used for, with their shapes.
    fn parameters(&self) -> Vec<(String, Vec<usize>)> {
        use crate::program::model::{Positions, Sublayer};
        let (model, width) = (&self.model, self.model.width);
        let of = model.pretrained.as_ref().map_or((0, 0), |of| (of.vocabulary, of.longest));
        let mut all = vec![("read_in.weight".to_string(), vec![of.0, width])];
        if model.positions == Positions::Learned {
            all.push(("positions".into(), vec![of.1, width]));
        }
        for (place, block) in model.blocks.iter().enumerate() {
            let (part, first, second) = match block {
                Sublayer::Attention { .. } => ("attention", 3 * width, width),
                Sublayer::Mlp { hidden, .. } => ("mlp", *hidden, *hidden),
            };
            let mut push = |name: &str, shape: &[usize]| all.push((format!("blocks.{place}.{name}"), shape.to_vec()));
            push("norm.weight", &[width]);
            push("norm.bias", &[width]);
            push(&format!("{part}.in.weight"), &[width, first]);
            push(&format!("{part}.in.bias"), &[first]);
            push(&format!("{part}.out.weight"), &[second, width]);
            push(&format!("{part}.out.bias"), &[width]);
        }
        all.push(("norm.weight".into(), vec![width]));
        all.push(("norm.bias".into(), vec![width]));
        if !model.tied {
            all.push(("read_out.weight".into(), vec![width, of.0]));
        }
        all
    }

    fn wanted(&self, name: &str) -> Wanted {
        let heads = self.model.blocks.iter().find_map(|block| match block {
            crate::program::model::Sublayer::Attention { heads, .. } => Some(*heads),
            crate::program::model::Sublayer::Mlp { .. } => None,
        });
        match self.model.pretrained.as_ref().map(|of| of.family) {
            Some(Family::GptNeox) => gpt_neox::wanted(name, heads.unwrap_or(1), &self.shards),
            _ => gpt2::wanted(name, &self.shards),
        }
    }

    /// The numbers of a parameter of the compiled model, in rows `[inputs, outputs]` of the sizes that the folder has; none
    /// where it has no such parameter, so that it starts as in any other model.
    ///
    /// # Errors
    /// [`DataError`] where the file has changed since it was looked into.
    pub fn read(&self, name: &str) -> Result<Option<Vec<f32>>, DataError> {
        if name.starts_with("heads.") {
            return Ok(None);
        }
        Ok(Some(match self.wanted(name) {
            Wanted::Zeros => return Ok(None),
            Wanted::Same(tensor) => self.shards.read(&tensor)?,
            Wanted::Across(tensor) => {
                let values = self.shards.read(&tensor)?;
                let (rows, inputs) = self.shards.sizes(&tensor);
                across(&values, rows, inputs, |row| row)
            }
            Wanted::ByHead { name: tensor, heads } => {
                let values = self.shards.read(&tensor)?;
                let (rows, inputs) = self.shards.sizes(&tensor);
                // Row `(head, part, at)` of what was published is column `(part, head, at)` here.
                let each = rows / (3 * heads);
                across(&values, rows, inputs, |row| {
                    let (head, part, at) = (row / (3 * each), row / each % 3, row % each);
                    (part * heads + head) * each + at
                })
            }
        }))
    }
}

/// The block that a parameter belongs to, with what it is called there; none of what stands around the blocks.
fn block(name: &str) -> Option<(usize, &str)> {
    let (place, part) = name.strip_prefix("blocks.")?.split_once('.')?;
    Some((place.parse().ok()?, part))
}

/// The transpose of `[rows, inputs]`, whose row `r` becomes column `to(r)`.
fn across(values: &[f32], rows: usize, inputs: usize, to: impl Fn(usize) -> usize) -> Vec<f32> {
    /// Rows and columns that are turned together, so that both stay in the cache.
    const TILE: usize = 32;
    let mut out = vec![0.0; values.len()];
    for first in (0..rows).step_by(TILE) {
        for start in (0..inputs).step_by(TILE) {
            for row in first..(first + TILE).min(rows) {
                let column = to(row);
                for at in start..(start + TILE).min(inputs) {
                    out[at * rows + column] = values[row * inputs + at];
                }
            }
        }
    }
    out
}
