//! Weights and batches as a file that the peers read.

use crate::own::Own;
use icl::engine::batch::{Input, Targets};
use safetensors::tensor::{Dtype, TensorView};
use std::path::Path;

/// Writes what every cell starts with: `CELL/PARAMETER`, `CELL/batch.N.input` and `CELL/batch.N.targets`.
pub fn write(own: &Own, cells: usize, to: &Path) {
    let mut arrays: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    for cell in 0..cells {
        for (name, shape, values) in own.parameters(cell) {
            arrays.push((format!("{cell}/{name}"), Dtype::F32, shape, bytes(&values)));
        }
        for (place, batch) in own.batches(cell).iter().enumerate() {
            let Input::Dense(numbers) = &batch.input else { unreachable!("tokens are dense here") };
            let width = numbers.len() / (batch.sequences * batch.tokens);
            let shape = vec![batch.sequences, batch.tokens, width];
            arrays.push((format!("{cell}/batch.{place}.input"), Dtype::F32, shape, bytes(numbers)));
            let read = batch.read_at.len();
            let (kind, shape, data) = match &batch.targets[0] {
                Targets::Labels(labels) => {
                    let data = labels.iter().flat_map(|&label| (label as i32).to_le_bytes()).collect();
                    (Dtype::I32, vec![batch.sequences, read], data)
                }
                Targets::Numbers { width, values } => (Dtype::F32, vec![batch.sequences, read, *width], bytes(values)),
            };
            arrays.push((format!("{cell}/batch.{place}.targets"), kind, shape, data));
        }
    }
    let views = arrays.iter().map(|(name, kind, shape, data)| {
        (name.clone(), TensorView::new(*kind, shape.clone(), data).expect("the shape fits"))
    });
    safetensors::serialize_to_file(views, None, to).expect("target/peers can be written");
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
