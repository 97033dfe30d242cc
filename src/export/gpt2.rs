//! A model as Hugging Face's `GPT2Model`: its configuration, and weights in its names and layout.

use super::described::Described;
use crate::engine::state::{Array, Values};
use crate::pretrained::GPT2_PARTS;
use crate::program::model::{Activation, Model, Norm, Positions, Sublayer};
use serde_json::{Value, json};

/// The sizes of a GPT-2 that a model is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gpt2 {
    pub layers: usize,
    pub heads: usize,
    pub hidden: usize,
    /// Of what attentions and mlps add.
    pub dropout: f64,
}

impl Gpt2 {
    /// The GPT-2 that a model is.
    ///
    /// # Errors
    /// Says what of the model no GPT-2 has.
    pub fn of(model: &Model) -> Result<Self, String> {
        match model.positions {
            Positions::Learned => {}
            Positions::Rope => return Err("it has rotary positions, and GPT-2 learned ones".into()),
            Positions::Sinusoidal => return Err("it has positions of sines, and GPT-2 learned ones".into()),
            Positions::Alibi => return Err("it has linear biases of attention, and GPT-2 learned positions".into()),
            Positions::None => return Err("it has no positions, and GPT-2 learned ones".into()),
        }
        match model.norm {
            Norm::Pre => {}
            Norm::Post => return Err("it has layer norm after its sublayers, and GPT-2 before".into()),
            Norm::None => return Err("it has no layer norm, and GPT-2 has".into()),
        }
        let mut found: Option<Self> = None;
        let (layers, rest) = model.blocks.as_chunks::<2>();
        for layer in layers {
            let [Sublayer::Attention { heads, linear, dropout }, Sublayer::Mlp { hidden, activation, dropout: of_mlp }] =
                *layer
            else {
                return Err("its layers are not an attention with an mlp after it, as those of GPT-2 are".into());
            };
            if linear {
                return Err("its attention is linear, and that of GPT-2 has a softmax".into());
            }
            if activation != Activation::Gelu {
                return Err("its mlps have relu between their maps, and those of GPT-2 gelu".into());
            }
            let own = Self { layers: layers.len(), heads, hidden, dropout };
            if found.is_some_and(|known| known != own) || of_mlp != dropout {
                return Err("its layers differ in heads, hidden units or dropout, and those of GPT-2 are alike".into());
            }
            found = Some(own);
        }
        if !rest.is_empty() {
            return Err("its last layer has no mlp, and every layer of GPT-2 has one".into());
        }
        found.ok_or_else(|| "it has no layers, and GPT-2 has some".into())
    }

    /// `config.json`. What tokens are one-hot vectors may be given by number: the vocabulary is as large as a token is wide.
    #[must_use]
    pub fn config(&self, of: &Described) -> Value {
        json!({
            "architectures": ["GPT2Model"],
            "model_type": "gpt2",
            "vocab_size": of.input,
            "n_positions": of.tokens,
            "n_embd": of.model.width,
            "n_layer": self.layers,
            "n_head": self.heads,
            "n_inner": self.hidden,
            "activation_function": "gelu_new",
            "layer_norm_epsilon": 1e-5,
            "embd_pdrop": of.model.dropout,
            "resid_pdrop": self.dropout,
            "attn_pdrop": 0.0,
            "initializer_range": of.model.init.unwrap_or(0.02),
            "scale_attn_weights": true,
            "scale_attn_by_inverse_layer_idx": false,
            "reorder_and_upcast_attn": false,
            "tie_word_embeddings": false,
            "bos_token_id": null,
            "eos_token_id": null,
            "use_cache": true,
            "dtype": "float32",
        })
    }
}

/// The weights of a network that is a GPT-2.
#[derive(Debug)]
pub struct Weights {
    /// Under GPT-2's names.
    pub body: Vec<Array>,
    /// What GPT-2 has no place for: the read-in of dense tokens and the read-outs, linear maps `[inputs, outputs]`.
    pub around: Vec<Array>,
}

impl Gpt2 {
    /// Weights under GPT-2's names, in f32. Linear maps of the body stay `[inputs, outputs]`, as its `Conv1D` has them. Row
    /// `i` of `wte` is what the read-in makes of the `i`th one-hot vector.
    ///
    /// # Errors
    /// The name of a weight that is missing.
    pub fn weights(&self, of: &Described, own: &[Array]) -> Result<Weights, String> {
        let take = |name: &str, new: &str| -> Result<Array, String> {
            let array = own.iter().find(|array| array.name == name);
            let array = array.ok_or_else(|| format!("the checkpoint lacks the weight {name}"))?;
            let values = array.values.wide().into_iter().map(|value| value as f32).collect();
            Ok(Array { name: new.into(), shape: array.shape.clone(), values: Values::F32(values) })
        };
        let mut body = vec![take("positions", "wpe.weight")?];
        for layer in 0..self.layers {
            for (block, own, published) in GPT2_PARTS {
                let own = format!("blocks.{}.{own}", 2 * layer + block);
                for part in ["weight", "bias"] {
                    body.push(take(&format!("{own}.{part}"), &format!("h.{layer}.{published}.{part}"))?);
                }
            }
        }
        let mut around = vec![take("read_in.weight", "read_in.weight")?, take("read_in.bias", "read_in.bias")?];
        body.push(embedding(&around[0], &around[1]));
        for part in ["weight", "bias"] {
            body.push(take(&format!("norm.{part}"), &format!("ln_f.{part}"))?);
        }
        if of.model.tied {
            around.push(turned(&around[0], of.outputs));
        } else {
            around.push(take("read_out.weight", "read_out.weight")?);
        }
        around.push(take("read_out.bias", "read_out.bias")?);
        for array in own.iter().filter(|array| array.name.starts_with("heads.")) {
            around.push(take(&array.name, &array.name)?);
        }
        Ok(Weights { body, around })
    }
}

fn wide(array: &Array) -> (usize, Vec<f32>) {
    let values = array.values.wide().into_iter().map(|value| value as f32).collect();
    (array.shape.last().copied().unwrap_or(1), values)
}

/// What the read-in makes of every one-hot vector.
fn embedding(weight: &Array, bias: &Array) -> Array {
    let ((width, mut values), (_, bias)) = (wide(weight), wide(bias));
    for row in values.chunks_exact_mut(width) {
        row.iter_mut().zip(&bias).for_each(|(value, bias)| *value += bias);
    }
    Array { name: "wte.weight".into(), shape: weight.shape.clone(), values: Values::F32(values) }
}

/// The first rows of the read-in as columns: a read-out that is tied to it.
fn turned(weight: &Array, outputs: usize) -> Array {
    let (width, values) = wide(weight);
    let turned = (0..width).flat_map(|column| (0..outputs).map(move |row| row * width + column));
    let turned = turned.map(|at| values[at]).collect();
    Array { name: "read_out.weight".into(), shape: vec![width, outputs], values: Values::F32(turned) }
}
