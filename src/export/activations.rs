//! What a network computes for some sequences, at every place that another program can be compared at.

use crate::engine::batch::{Batch, Input};
use crate::engine::error::Result;
use crate::engine::network::{Network, Reading};
use crate::engine::state::{Array, Values};
use crate::engine::streams::{Role, named};
use crate::program::model::{Context, Site};

/// Sequences of tokens that no task gave: normal numbers, drawn by the seed.
#[must_use]
pub fn made_up(network: &Network, seed: u64, sequences: usize) -> Batch {
    let (input, tokens) = (network.program().interface.input, network.program().interface.tokens);
    let values = named(seed, Role::Init, "export.input").normals(sequences * tokens * input);
    Batch { sequences, tokens, input: Input::Dense(values), ..Batch::default() }
}

/// The tokens as `input` `[B, T, input]`, labels as one-hot vectors; the stream after every number of layers as
/// `residual.0`, `residual.1`, ... `[B, T, width]`; what the read-out reads as `output`, and its `logits`
/// `[B, T, outputs]`, at every token.
///
/// # Errors
/// If the tokens are not those of the network.
pub fn activations(network: &Network, batch: &Batch, layers: usize) -> Result<Vec<Array>> {
    let (tokens, program) = (batch.tokens, network.program());
    let positions: Vec<usize> = (0..tokens).collect();
    let sites: Vec<(String, Site)> = (0..=layers)
        .map(|layer| (format!("residual.{layer}"), Site::Residual(layer)))
        .chain([("output".into(), Site::Output)])
        .collect();
    let readings: Vec<Reading> = sites.iter().map(|&(_, site)| Reading { site, positions: &positions }).collect();
    let read = network.read_all(batch, Context::Full, &readings)?;
    let array = |name: &str, width: usize, values: Vec<f32>| Array {
        name: name.into(),
        shape: vec![batch.sequences, tokens, width],
        values: Values::F32(values),
    };
    let input = match &batch.input {
        Input::Dense(values) => values.clone(),
        Input::Labels(labels) => {
            let mut values = vec![0.0; labels.len() * program.interface.input];
            for (row, &label) in values.chunks_exact_mut(program.interface.input).zip(labels) {
                row[label as usize] = 1.0;
            }
            values
        }
    };
    let mut arrays = vec![array("input", program.interface.input, input)];
    arrays.extend(sites.iter().zip(read).map(|((name, _), values)| array(name, program.width, values)));
    let everywhere = Batch { read_at: positions.clone(), each_at: Vec::new(), targets: Vec::new(), ..batch.clone() };
    arrays.push(array("logits", program.interface.outputs, network.logits(&everywhere)?));
    Ok(arrays)
}
