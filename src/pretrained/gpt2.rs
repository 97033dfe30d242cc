//! GPT-2 (Radford et al. 2019) as `transformers` names its sizes and weights.

use super::config::Config;
use super::shards::Shards;
use super::{Wanted, block};
use crate::data::DataError;
use crate::program::model::{Model, Norm, Positions, Sublayer};

/// The model of a configuration.
pub fn model(config: &Config) -> Result<Model, DataError> {
    config.usual("layer_norm_epsilon")?;
    config.must(config.flag("scale_attn_weights", true), "does not scale scores by the width of a head")?;
    config.must(!config.flag("scale_attn_by_inverse_layer_idx", false), "scales scores by the layer")?;
    config.must(!config.flag("add_cross_attention", false), "attends to another model")?;
    let (width, heads) = (config.size("n_embd")?, config.size("n_head")?);
    config.must(width.is_multiple_of(heads), &format!("has {heads} heads, which do not divide {width}"))?;
    let activation = config.activation("activation_function", "gelu_new")?;
    let mlp = Sublayer::mlp(config.size_or("n_inner", 4 * width)?, activation);
    let blocks = (0..config.layers("n_layer")?).flat_map(|_| [Sublayer::attention(heads), mlp.clone()]).collect();
    let tied = config.flag("tie_word_embeddings", true);
    Ok(Model { tied, ..Model::plain(width, Positions::Learned, Norm::Pre, blocks) })
}

/// The parts of a layer, an attention and an mlp, under the names that they have here, with the block of the layer that they
/// belong to, and as they are published.
pub const PARTS: [(usize, &str, &str); 6] = [
    (0, "norm", "ln_1"),
    (0, "attention.in", "attn.c_attn"),
    (0, "attention.out", "attn.c_proj"),
    (1, "norm", "ln_2"),
    (1, "mlp.in", "mlp.c_fc"),
    (1, "mlp.out", "mlp.c_proj"),
];

/// Where a parameter is found; linear maps are `[inputs, outputs]` here as there.
pub fn wanted(name: &str, shards: &Shards) -> Wanted {
    // Published with a head behind the model, or without one.
    let prefix = if shards.knows("wte.weight") { "" } else { "transformer." };
    let own = |name: &str| Wanted::Same(format!("{prefix}{name}"));
    match name {
        "read_in.weight" => own("wte.weight"),
        "positions" => own("wpe.weight"),
        "norm.weight" => own("ln_f.weight"),
        "norm.bias" => own("ln_f.bias"),
        "read_out.weight" => Wanted::Across("lm_head.weight".into()),
        _ => {
            let found = block(name).and_then(|(place, part)| {
                let of = |(block, own, published): &(usize, &str, &str)| {
                    let which = part.strip_prefix(own).filter(|_| *block == place % 2)?;
                    Some(format!("h.{}.{published}{which}", place / 2))
                };
                PARTS.iter().find_map(of)
            });
            found.map_or(Wanted::Zeros, |name| own(&name))
        }
    }
}
