//! `config.json` of a folder with a model.

use crate::data::DataError;
use crate::program::model::{Activation, Family};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The longest file that is taken for one.
const LONGEST: u64 = 1 << 20;
/// Sizes beyond these are slips or worse.
const MOST: u64 = 1 << 24;

/// The settings of a model.
pub struct Config {
    path: PathBuf,
    settings: Map<String, Value>,
}

impl Config {
    /// Reads the file, which must be of the family.
    pub fn read(folder: &Path, family: Family) -> Result<Self, DataError> {
        let path = folder.join("config.json");
        let length = std::fs::metadata(&path).map_err(|error| DataError::unreadable(&path, &error))?.len();
        let broken = |reason: String| DataError::file(format!("{} {reason}", path.display()), "download it again");
        if length > LONGEST {
            return Err(broken(format!("is {length} bytes long, which no config is")));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| DataError::unreadable(&path, &error))?;
        let settings: Map<String, Value> =
            serde_json::from_str(&text).map_err(|error| broken(format!("is no JSON object: {error}")))?;
        let config = Self { path, settings };
        let found = config.settings.get("model_type").and_then(Value::as_str).unwrap_or("none");
        if found == family.word() {
            return Ok(config);
        }
        let cure = match [Family::Gpt2, Family::GptNeox].into_iter().find(|known| known.word() == found) {
            Some(meant) => format!("write `family: {}`", meant.word()),
            None => "take a model of the families gpt2 or gpt_neox; no other is read".into(),
        };
        let reason = format!("is of a model of type {found}, not {}", family.word());
        Err(config.fault(&reason, &cure))
    }

    /// A fault of this file, whose reason goes behind its name.
    pub fn fault(&self, reason: &str, cure: &str) -> DataError {
        DataError::file(format!("{} {reason}", self.path.display()), cure)
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.settings.get(key).filter(|value| !value.is_null())
    }

    /// A size that must be there, above 0.
    pub fn size(&self, key: &str) -> Result<usize, DataError> {
        let said = self.get(key).ok_or_else(|| self.fault(&format!("has no `{key}`"), "download it again"))?;
        match said.as_u64().filter(|&size| (1..=MOST).contains(&size)) {
            Some(size) => Ok(size as usize),
            None => Err(self.fault(&format!("has `{key}: {said}`, which is no size"), "download it again")),
        }
    }

    /// The number of layers.
    pub fn layers(&self, key: &str) -> Result<usize, DataError> {
        let layers = self.size(key)?;
        self.must(layers <= 4096, &format!("has {layers} layers"))?;
        Ok(layers)
    }

    /// A size that may be left out.
    pub fn size_or(&self, key: &str, other: usize) -> Result<usize, DataError> {
        if self.get(key).is_some() { self.size(key) } else { Ok(other) }
    }

    /// A number that may be left out.
    pub fn number(&self, key: &str, other: f64) -> f64 {
        self.get(key).and_then(Value::as_f64).unwrap_or(other)
    }

    /// A number of an object in the file.
    pub fn inner(&self, object: &str, key: &str) -> Option<f64> {
        self.get(object)?.get(key)?.as_f64()
    }

    /// Yes or no, where it may be left out.
    pub fn flag(&self, key: &str, other: bool) -> bool {
        self.get(key).and_then(Value::as_bool).unwrap_or(other)
    }

    /// The activation of the MLPs.
    pub fn activation(&self, key: &str, other: &str) -> Result<Activation, DataError> {
        match self.get(key).and_then(Value::as_str).unwrap_or(other) {
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Activation::Gelu),
            "gelu" | "gelu_python" => Ok(Activation::GeluErf),
            "relu" => Ok(Activation::Relu),
            found => Err(self.lacks(&format!("has `{key}: {found}`, and mlps here have gelu or relu"))),
        }
    }

    /// Sees to it that a setting says what this program does.
    pub fn must(&self, holds: bool, reason: &str) -> Result<(), DataError> {
        if holds { Ok(()) } else { Err(self.lacks(reason)) }
    }

    /// A model that this program has not.
    fn lacks(&self, reason: &str) -> DataError {
        self.fault(reason, "take another model; this one would not be computed as its authors did")
    }

    /// What all families share.
    pub fn usual(&self, epsilon: &str) -> Result<(), DataError> {
        self.must(self.get("quantization_config").is_none(), "is of a quantized model, whose weights are no floats")?;
        let found = self.number(epsilon, 1e-5);
        self.must((found - 1e-5).abs() < 1e-12, &format!("has `{epsilon}: {found}`, and layer norm here adds 1e-5"))
    }
}
