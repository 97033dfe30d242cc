//! GPT-2 (Radford et al. 2019) as `transformers` names its sizes and weights.

use super::Wanted;
use super::config::Config;
use super::shards::Shards;
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

/// Where a parameter is found; linear maps are `[inputs, outputs]` here as there.
pub fn wanted(name: &str, shards: &Shards) -> Wanted {
    // Published with a head behind the model, or without one.
    let prefix = if shards.knows("wte.weight") { "" } else { "transformer." };
    let own = |name: String| Wanted::Same(format!("{prefix}{name}"));
    match name {
        "read_in.weight" => own("wte.weight".into()),
        "positions" => own("wpe.weight".into()),
        "norm.weight" => own("ln_f.weight".into()),
        "norm.bias" => own("ln_f.bias".into()),
        "read_out.weight" => Wanted::Across("lm_head.weight".into()),
        _ => {
            let block = name.strip_prefix("blocks.").and_then(|rest| rest.split_once('.'));
            let Some((place, part)) = block.and_then(|(place, part)| Some((place.parse::<usize>().ok()?, part))) else {
                return Wanted::Zeros;
            };
            let (layer, second) = (place / 2, place % 2 == 1);
            let part = match part.split_once('.') {
                Some(("norm", which)) => format!("{}.{which}", if second { "ln_2" } else { "ln_1" }),
                _ => {
                    let names = [
                        ("attention.in", "attn.c_attn"),
                        ("attention.out", "attn.c_proj"),
                        ("mlp.in", "mlp.c_fc"),
                        ("mlp.out", "mlp.c_proj"),
                    ];
                    let found = names.iter().find_map(|(own, theirs)| Some((theirs, part.strip_prefix(own)?)));
                    let Some((theirs, which)) = found else { return Wanted::Zeros };
                    format!("{theirs}{which}")
                }
            };
            own(format!("h.{layer}.{part}"))
        }
    }
}
