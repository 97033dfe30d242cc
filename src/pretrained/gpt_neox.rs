//! GPT-NeoX (Black et al. 2022), of which Pythia is one, as `transformers` names its sizes and weights.

use super::config::Config;
use super::shards::Shards;
use super::{Wanted, block};
use crate::data::DataError;
use crate::program::model::{Model, Norm, Positions, Rotary, Sublayer};

/// The model of a configuration.
pub fn model(config: &Config) -> Result<Model, DataError> {
    config.usual("layer_norm_eps")?;
    let (width, heads) = (config.size("hidden_size")?, config.size("num_attention_heads")?);
    config.must(width.is_multiple_of(heads), &format!("has {heads} heads, which do not divide {width}"))?;
    // Newer versions say in an object of its own what stood beside the sizes.
    let base = config
        .inner("rope_parameters", "rope_theta")
        .unwrap_or_else(|| config.number("rotary_emb_base", config.number("rope_theta", 10_000.0)));
    config.must(base.is_finite() && base > 1.0, &format!("turns its rotary positions by powers of {base}"))?;
    let scaled = config.inner("rope_scaling", "factor").or_else(|| config.inner("rope_parameters", "factor"));
    config.must(scaled.is_none(), "stretches its rotary positions")?;
    let share = config.inner("rope_parameters", "partial_rotary_factor");
    let share = share.unwrap_or_else(|| config.number("rotary_pct", 0.25));
    let turned = ((width / heads) as f64 * share) as usize;
    config.must(
        turned.is_multiple_of(2) && turned <= width / heads,
        &format!("turns {turned} of the {} numbers of a head, which are no pairs", width / heads),
    )?;
    let activation = config.activation("hidden_act", "gelu")?;
    let mlp = Sublayer::mlp(config.size_or("intermediate_size", 4 * width)?, activation);
    let layers = config.layers("num_hidden_layers")?;
    let blocks = (0..layers).flat_map(|_| [Sublayer::attention(heads), mlp.clone()]).collect();
    Ok(Model {
        rotary: Some(Rotary { turned, base }).filter(|rotary| *rotary != Rotary::whole(width / heads)),
        parallel: config.flag("use_parallel_residual", true),
        tied: config.flag("tie_word_embeddings", false),
        ..Model::plain(width, Positions::Rope, Norm::Pre, blocks)
    })
}

/// Where a parameter is found.
pub fn wanted(name: &str, heads: usize, shards: &Shards) -> Wanted {
    let prefix = if shards.knows("embed_in.weight") { "" } else { "gpt_neox." };
    let same = |name: &str| Wanted::Same(format!("{prefix}{name}"));
    match name {
        "read_in.weight" => same("embed_in.weight"),
        "norm.weight" => same("final_layer_norm.weight"),
        "norm.bias" => same("final_layer_norm.bias"),
        "read_out.weight" => Wanted::Across("embed_out.weight".into()),
        _ => {
            let Some((place, part)) = block(name) else { return Wanted::Zeros };
            let layer = format!("{prefix}layers.{}", place / 2);
            let norm = if place % 2 == 1 { "post_attention_layernorm" } else { "input_layernorm" };
            // A configuration may leave the biases of attention out.
            let bias = |of: &str, wanted: Wanted| if shards.knows(of) { wanted } else { Wanted::Zeros };
            match part {
                "norm.weight" => Wanted::Same(format!("{layer}.{norm}.weight")),
                "norm.bias" => Wanted::Same(format!("{layer}.{norm}.bias")),
                "attention.in.weight" => {
                    Wanted::ByHead { name: format!("{layer}.attention.query_key_value.weight"), heads }
                }
                "attention.in.bias" => {
                    let name = format!("{layer}.attention.query_key_value.bias");
                    bias(&name.clone(), Wanted::ByHead { name, heads })
                }
                "attention.out.weight" => Wanted::Across(format!("{layer}.attention.dense.weight")),
                "attention.out.bias" => {
                    let name = format!("{layer}.attention.dense.bias");
                    bias(&name.clone(), Wanted::Same(name))
                }
                "mlp.in.weight" => Wanted::Across(format!("{layer}.mlp.dense_h_to_4h.weight")),
                "mlp.in.bias" => Wanted::Same(format!("{layer}.mlp.dense_h_to_4h.bias")),
                "mlp.out.weight" => Wanted::Across(format!("{layer}.mlp.dense_4h_to_h.weight")),
                "mlp.out.bias" => Wanted::Same(format!("{layer}.mlp.dense_4h_to_h.bias")),
                _ => Wanted::Zeros,
            }
        }
    }
}
