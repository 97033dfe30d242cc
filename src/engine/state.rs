//! A network's whole state as named arrays, and those as safetensors bytes, exact to the bit.

use crate::engine::backend::Numbers;
use crate::engine::error::{Error, Result};
use crate::engine::network::Network;
use crate::engine::plain::Width;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use std::collections::BTreeMap;

/// An array with its name and shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Values,
}

/// The numbers of an array, as wide as the engine that computes with them.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Values {
    /// Numbers that are known as f64, exact if they have the width.
    fn of(values: &[f64], width: Width) -> Self {
        match width {
            Width::F32 => Self::F32(values.iter().map(|&value| value as f32).collect()),
            Width::F64 => Self::F64(values.to_vec()),
        }
    }

    /// The numbers as f64, which holds every f32.
    #[must_use]
    pub fn wide(&self) -> Vec<f64> {
        match self {
            Self::F32(values) => values.iter().map(|&value| f64::from(value)).collect(),
            Self::F64(values) => values.clone(),
        }
    }

    const fn kind(&self) -> Dtype {
        match self {
            Self::F32(_) => Dtype::F32,
            Self::F64(_) => Dtype::F64,
        }
    }

    /// Their bytes, little end first.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::F32(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::F64(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }

    fn read(view: &TensorView) -> Option<Self> {
        match view.dtype() {
            Dtype::F32 => {
                Some(Self::F32(view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()))
            }
            Dtype::F64 => {
                Some(Self::F64(view.data().as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect()))
            }
            _ => None,
        }
    }
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
    /// If the model lies on a card that does not answer.
    pub fn state(&self) -> Result<Vec<Array>> {
        let numbers = self.backend.numbers()?;
        let mut arrays = Vec::with_capacity(3 * self.program.parameters.len() + 1);
        for (place, parameter) in self.program.parameters.iter().enumerate() {
            let mut push = |kind: &str, values: &[f64]| {
                let (name, shape) = (format!("{kind}{}", parameter.name), parameter.shape.clone());
                arrays.push(Array { name, shape, values: Values::of(values, self.width) });
            };
            push(PARAMETER, &numbers.parameters[place]);
            push(FIRST, &numbers.first[place]);
            push(SECOND, &numbers.second[place]);
        }
        let steps = numbers.steps;
        let values = Values::F32(vec![(steps / STEPS_BASE) as f32, (steps % STEPS_BASE) as f32]);
        arrays.push(Array { name: STEPS.into(), shape: vec![2], values });
        Ok(arrays)
    }

    /// Takes on the weights of a state, and forgets the moments.
    ///
    /// # Errors
    /// As [`Network::load`].
    pub fn load_weights(&mut self, state: &[Array]) -> Result<()> {
        let known = |array: &Array| Some((array.name.strip_prefix(PARAMETER)?.to_string(), array.shape.clone()));
        let mut whole: Vec<Array> = state.iter().filter(|array| array.name.starts_with(PARAMETER)).cloned().collect();
        for (name, shape) in state.iter().filter_map(known) {
            let count = shape.iter().product();
            whole.extend([FIRST, SECOND].map(|kind| Array {
                name: format!("{kind}{name}"),
                shape: shape.clone(),
                values: Values::F32(vec![0.0; count]),
            }));
        }
        whole.push(Array { name: STEPS.into(), shape: vec![2], values: Values::F32(vec![0.0; 2]) });
        self.load(&whole)
    }

    /// Takes on a state that [`Network::state`] gave, of the same model.
    ///
    /// # Errors
    /// If an array is missing, unknown, of another shape, or not finite; then nothing has changed.
    pub fn load(&mut self, state: &[Array]) -> Result<()> {
        let mut arrays: BTreeMap<&str, &Array> = state.iter().map(|array| (array.name.as_str(), array)).collect();
        let mut take = |name: String, shape: &[usize]| -> Result<Vec<f64>> {
            let Some(array) = arrays.remove(name.as_str()) else { return Err(Error::MissingArray { name }) };
            let values = array.values.wide();
            if array.shape != shape || values.len() != shape.iter().product::<usize>() {
                return Err(Error::WrongShape { name, expected: shape.to_vec(), found: array.shape.clone() });
            }
            if values.iter().any(|value| !value.is_finite()) {
                return Err(Error::NotFinite { what: format!("the saved array {name}") });
            }
            Ok(values)
        };
        let (mut parameters, mut first, mut second) = (Vec::new(), Vec::new(), Vec::new());
        for parameter in &self.program.parameters {
            parameters.push(take(format!("{PARAMETER}{}", parameter.name), &parameter.shape)?);
            first.push(take(format!("{FIRST}{}", parameter.name), &parameter.shape)?);
            second.push(take(format!("{SECOND}{}", parameter.name), &parameter.shape)?);
        }
        let steps = take(STEPS.into(), &[2])?;
        if steps.iter().any(|&part| part.fract() != 0.0 || part < 0.0 || part >= STEPS_BASE as f64) {
            return Err(Error::Unreadable(format!("{steps:?} is no step count")));
        }
        if let Some(name) = arrays.into_keys().next() {
            return Err(Error::UnknownArray { name: name.into() });
        }
        let steps = steps[0] as u64 * STEPS_BASE + steps[1] as u64;
        self.backend.take(&Numbers { parameters, first, second, steps })
    }
}

/// The weights among the arrays of a state.
#[must_use]
pub fn weights(arrays: &[Array]) -> Vec<Array> {
    arrays.iter().filter(|array| array.name.starts_with(PARAMETER)).cloned().collect()
}

/// Words that stand beside the arrays.
pub type Notes = std::collections::HashMap<String, String>;

/// Arrays as the bytes of a safetensors file, with notes beside them.
///
/// # Errors
/// If an array's values do not fill its shape.
pub fn to_bytes(arrays: &[Array], notes: Notes) -> Result<Vec<u8>> {
    let unreadable = |error: safetensors::SafeTensorError| Error::Unreadable(error.to_string());
    let bytes: Vec<Vec<u8>> = arrays.iter().map(|array| array.values.bytes()).collect();
    let mut views = Vec::with_capacity(arrays.len());
    for (array, bytes) in arrays.iter().zip(&bytes) {
        let view = TensorView::new(array.values.kind(), array.shape.clone(), bytes).map_err(unreadable)?;
        views.push((array.name.as_str(), view));
    }
    serialize(views, Some(notes)).map_err(unreadable)
}

/// The arrays of a safetensors file, in order of name, and its notes.
///
/// # Errors
/// If the bytes are no safetensors file, or hold anything but f32 and f64.
pub fn from_bytes(bytes: &[u8]) -> Result<(Vec<Array>, Notes)> {
    let unreadable = |error: safetensors::SafeTensorError| Error::Unreadable(error.to_string());
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
    let notes = metadata.metadata().clone().unwrap_or_default();
    let file = SafeTensors::deserialize(bytes).map_err(unreadable)?;
    let mut arrays = Vec::with_capacity(file.len());
    for (name, view) in file.iter() {
        let Some(values) = Values::read(&view) else {
            return Err(Error::Unreadable(format!("the array {name} is {:?}, neither f32 nor f64", view.dtype())));
        };
        arrays.push(Array { name: name.into(), shape: view.shape().to_vec(), values });
    }
    arrays.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((arrays, notes))
}
