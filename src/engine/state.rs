//! A network's whole state as named arrays, and those as safetensors bytes, exact to the bit.

use crate::engine::adam::Moments;
use crate::engine::error::{Error, Result};
use crate::engine::execute::Weights;
use crate::engine::kernels::tensor;
use crate::engine::network::{Network, numbers};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use std::collections::BTreeMap;

/// An array with its name and shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

const PARAMETER: &str = "parameters.";
const FIRST: &str = "moments.first.";
const SECOND: &str = "moments.second.";
const STEPS: &str = "moments.steps";
/// The step count is two numbers, high and low, each below this, which f32 holds exactly.
const STEPS_BASE: u64 = 1 << 24;

impl Network {
    /// Parameters, moments and step count. The count is the array `moments.steps`, two numbers `h, l` for `h 2^24 + l`.
    ///
    /// # Errors
    /// None in practice; the values are on the CPU.
    pub fn state(&self) -> Result<Vec<Array>> {
        let mut arrays = Vec::with_capacity(3 * self.program.parameters.len() + 1);
        for (place, parameter) in self.program.parameters.iter().enumerate() {
            let mut push = |kind: &str, values: Vec<f32>| {
                arrays.push(Array {
                    name: format!("{kind}{}", parameter.name),
                    shape: parameter.shape.clone(),
                    values,
                });
            };
            push(PARAMETER, numbers(&self.weights.0[place])?);
            push(FIRST, self.moments.first[place].clone());
            push(SECOND, self.moments.second[place].clone());
        }
        let steps = self.moments.steps;
        let values = vec![(steps / STEPS_BASE) as f32, (steps % STEPS_BASE) as f32];
        arrays.push(Array { name: STEPS.into(), shape: vec![2], values });
        Ok(arrays)
    }

    /// Takes on a state that [`Network::state`] gave, of the same model.
    ///
    /// # Errors
    /// If an array is missing, unknown, of another shape, or not finite; then nothing has changed.
    pub fn load(&mut self, state: &[Array]) -> Result<()> {
        let mut arrays: BTreeMap<&str, &Array> = state.iter().map(|array| (array.name.as_str(), array)).collect();
        let mut take = |name: String, shape: &[usize]| -> Result<Vec<f32>> {
            let Some(array) = arrays.remove(name.as_str()) else { return Err(Error::MissingArray { name }) };
            if array.shape != shape || array.values.len() != shape.iter().product::<usize>() {
                return Err(Error::WrongShape { name, expected: shape.to_vec(), found: array.shape.clone() });
            }
            if array.values.iter().any(|value| !value.is_finite()) {
                return Err(Error::NotFinite { what: format!("the saved array {name}") });
            }
            Ok(array.values.clone())
        };
        let (mut weights, mut first, mut second) = (Vec::new(), Vec::new(), Vec::new());
        for parameter in &self.program.parameters {
            let values = take(format!("{PARAMETER}{}", parameter.name), &parameter.shape)?;
            weights.push(tensor(values, parameter.shape.as_slice())?);
            first.push(take(format!("{FIRST}{}", parameter.name), &parameter.shape)?);
            second.push(take(format!("{SECOND}{}", parameter.name), &parameter.shape)?);
        }
        let steps = take(STEPS.into(), &[2])?;
        if steps.iter().any(|&part| part.fract() != 0.0 || part < 0.0 || part >= STEPS_BASE as f32) {
            return Err(Error::Unreadable(format!("{steps:?} is no step count")));
        }
        if let Some(name) = arrays.into_keys().next() {
            return Err(Error::UnknownArray { name: name.into() });
        }
        self.weights = Weights(weights);
        self.moments = Moments { steps: steps[0] as u64 * STEPS_BASE + steps[1] as u64, first, second };
        Ok(())
    }
}

/// Words that stand beside the arrays.
pub type Notes = std::collections::HashMap<String, String>;

/// Arrays as the bytes of a safetensors file, with notes beside them.
///
/// # Errors
/// If an array's values do not fill its shape.
pub fn to_bytes(arrays: &[Array], notes: Notes) -> Result<Vec<u8>> {
    let unreadable = |error: safetensors::SafeTensorError| Error::Unreadable(error.to_string());
    let bytes: Vec<Vec<u8>> =
        arrays.iter().map(|array| array.values.iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
    let mut views = Vec::with_capacity(arrays.len());
    for (array, bytes) in arrays.iter().zip(&bytes) {
        let view = TensorView::new(Dtype::F32, array.shape.clone(), bytes).map_err(unreadable)?;
        views.push((array.name.as_str(), view));
    }
    serialize(views, Some(notes)).map_err(unreadable)
}

/// The f32 arrays of a safetensors file, in order of name, and its notes.
///
/// # Errors
/// If the bytes are no safetensors file, or hold anything but f32.
pub fn from_bytes(bytes: &[u8]) -> Result<(Vec<Array>, Notes)> {
    let unreadable = |error: safetensors::SafeTensorError| Error::Unreadable(error.to_string());
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
    let notes = metadata.metadata().clone().unwrap_or_default();
    let file = SafeTensors::deserialize(bytes).map_err(unreadable)?;
    let mut arrays = Vec::with_capacity(file.len());
    for (name, view) in file.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(Error::Unreadable(format!("the array {name} is {:?}, not f32", view.dtype())));
        }
        let values = view.data().as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        arrays.push(Array { name: name.into(), shape: view.shape().to_vec(), values });
    }
    arrays.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((arrays, notes))
}
