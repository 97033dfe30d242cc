//! Weights and batches as files from which the peers start, with a list of the cases.

use crate::cases::{BATCHES, Case};
use crate::speed::CHECKED;
use icl::engine::batch::{Input, Targets};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;
use std::path::Path;

/// Writes `cases.json`, and of every case what its first models begin with: `MODEL/PARAMETER`, `MODEL/batch.N.input` and
/// `MODEL/batch.N.targets`.
///
/// # Errors
/// If the folder cannot be written.
pub fn write(cases: &[Case], to: &Path) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(to)?;
    let mut listed = Vec::new();
    for case in cases {
        let file = format!("{}.safetensors", case.name);
        arrays(case, &to.join(&file))?;
        listed.push(json!({
            "case": case.name,
            "file": file,
            "models": case.models,
            "given": case.given(),
            "layers": case.layers,
            "heads": case.heads,
            "read_at": case.read_at(),
            "loss": if case.real { "squared_error" } else { "cross_entropy" },
            "lr": case.lr,
            "batches": BATCHES,
            "checked": CHECKED,
        }));
    }
    std::fs::write(to.join("cases.json"), format!("{:#}\n", json!(listed)))?;
    Ok(())
}

fn arrays(case: &Case, to: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let program = case.program()?;
    let mut arrays: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    for model in 0..case.given() {
        for (parameter, values) in program.parameters.iter().zip(case.parameters(&program, model)?) {
            let name = format!("{model}/{}", parameter.name);
            arrays.push((name, Dtype::F32, parameter.shape.clone(), bytes(&values)));
        }
        for (place, batch) in case.batches(model).iter().enumerate() {
            let Input::Dense(numbers) = &batch.input else { continue };
            let shape = vec![case.batch, case.tokens, case.input];
            arrays.push((format!("{model}/batch.{place}.input"), Dtype::F32, shape, bytes(numbers)));
            let read = batch.read_at.len();
            let (kind, shape, data) = match &batch.targets[0] {
                Targets::Labels(labels) => {
                    let data = labels.iter().flat_map(|&label| (label as i32).to_le_bytes()).collect();
                    (Dtype::I32, vec![case.batch, read], data)
                }
                Targets::Numbers { width, values } => (Dtype::F32, vec![case.batch, read, *width], bytes(values)),
            };
            arrays.push((format!("{model}/batch.{place}.targets"), kind, shape, data));
        }
    }
    let views =
        arrays.iter().map(|(name, kind, shape, data)| Ok((name.clone(), TensorView::new(*kind, shape.clone(), data)?)));
    let views = views.collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
    safetensors::serialize_to_file(views, None, to)?;
    Ok(())
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
