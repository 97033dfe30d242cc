//! The weights of a folder: one `model.safetensors`, or several files with an index.

use crate::data::DataError;
use crate::data::files::arrays::{Entry, entries};
use crate::data::files::number::Number;
use crate::data::files::{Kind, Opened};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

const ONE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
/// The longest index that is read.
const LONGEST: u64 = 64 << 20;
/// Of every so many bytes of a file those of a block are part of its identity.
const APART: u64 = 1 << 20;
const BLOCK: u64 = 1 << 12;

/// Which file holds which tensor.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The tensors of a folder by name.
pub struct Shards {
    folder: PathBuf,
    files: Vec<PathBuf>,
    /// Each with its file.
    tensors: BTreeMap<String, (usize, Entry)>,
}

impl Shards {
    /// Looks into the files.
    pub fn open(folder: &Path) -> Result<Self, DataError> {
        let names: Vec<String> = if folder.join(ONE).exists() {
            vec![ONE.into()]
        } else if folder.join(INDEX).exists() {
            indexed(&folder.join(INDEX))?
        } else {
            let older = folder.join("pytorch_model.bin").exists();
            let cure = if older {
                "load the model with transformers and write it with save_pretrained, which makes .safetensors of \
                 pytorch_model.bin"
            } else {
                "download the .safetensors files of the model too"
            };
            return Err(DataError::file(format!("{} has no {ONE}", folder.display()), cure));
        };
        let mut shards = Self { folder: folder.to_path_buf(), files: Vec::new(), tensors: BTreeMap::new() };
        for name in names {
            let path = folder.join(&name);
            if !path.is_file() {
                let reason = format!("{} lacks {name}, of which its index speaks", folder.display());
                return Err(DataError::file(reason, "download the missing file too"));
            }
            let mut opened = Opened::new(&path)?;
            let found = entries(Kind::Safetensors, &mut opened)?;
            let file = shards.files.len();
            shards.tensors.extend(found.into_iter().map(|entry| (entry.name.clone(), (file, entry))));
            shards.files.push(path);
        }
        Ok(shards)
    }

    /// Whether there is a tensor of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Rows and columns of a tensor; a vector is a column.
    pub fn sizes(&self, name: &str) -> (usize, usize) {
        match self.tensors.get(name).map(|(_, entry)| entry.shape.as_slice()) {
            Some(&[rows, columns]) => (rows as usize, columns as usize),
            Some(&[rows]) => (rows as usize, 1),
            _ => (0, 0),
        }
    }

    fn entry(&self, name: &str) -> Result<&(usize, Entry), DataError> {
        let lacks = || format!("{} has no tensor `{name}`", self.folder.display());
        self.tensors.get(name).ok_or_else(|| {
            DataError::file(lacks(), "check that the family is the right one and that all files were downloaded")
        })
    }

    /// Sees to it that a tensor of floats is there, of a shape.
    pub fn has(&self, name: &str, shape: &[usize]) -> Result<(), DataError> {
        let (file, entry) = self.entry(name)?;
        let fault = |reason: String, cure: &str| {
            DataError::file(format!("{}: tensor `{name}` {reason}", self.files[*file].display()), cure)
        };
        if !entry.shape.iter().map(|&n| n as usize).eq(shape.iter().copied()) {
            let reason = format!("has the shape {:?}, and config.json asks for {shape:?}", entry.shape);
            return Err(fault(reason, "download config.json and the weights of the same model"));
        }
        if entry.number.is_none_or(Number::is_whole) {
            return Err(fault(format!("holds numbers of type {}", entry.dtype), "take weights of f32, f16 or bf16"));
        }
        Ok(())
    }

    /// The numbers of a tensor, in rows.
    pub fn read(&self, name: &str) -> Result<Vec<f32>, DataError> {
        let (file, entry) = self.entry(name)?;
        let opened = Opened::new(&self.files[*file])?;
        let (Some(number), Some(count)) = (entry.number, entry.count()) else { return Err(opened.short()) };
        let mut bytes = entry.open(&opened)?;
        let mut values = Vec::with_capacity(count as usize);
        let mut block = vec![0; number.size() << 14];
        let mut left = entry.bytes().unwrap_or(0);
        while left > 0 {
            let now = &mut block[..left.min((number.size() << 14) as u64) as usize];
            bytes.read_exact(now).map_err(|error| entry.damaged(&opened, &error))?;
            number.floats(now, &mut values);
            left -= now.len() as u64;
        }
        if values.iter().any(|value| !value.is_finite()) {
            let cure = "take another checkpoint; the training of this one diverged, or the file is damaged";
            return Err(opened.fault(&format!("has numbers in `{name}` that are not finite"), cure));
        }
        Ok(values)
    }

    /// What the weights are told apart by, in hexadecimal: BLAKE3 over every header, every length, and 4 KiB of every MiB
    /// with the last 4 KiB of each file, so that a study of many large checkpoints is planned in no time.
    pub fn identity(&self) -> Result<String, DataError> {
        let mut hasher = blake3::Hasher::new();
        for path in &self.files {
            let mut opened = Opened::new(path)?;
            let head = opened.bytes(0, 8)?;
            let header = 8 + u64::from_le_bytes(head.as_slice().try_into().unwrap_or_default());
            hasher.update(&opened.length.to_le_bytes());
            hasher.update(&opened.bytes(0, header.min(opened.length))?);
            let last = opened.length.saturating_sub(BLOCK);
            for start in (header..opened.length).step_by(APART as usize).chain([last]) {
                let mut block = vec![0; BLOCK.min(opened.length - start) as usize];
                let read = opened.file.seek(SeekFrom::Start(start)).and_then(|_| opened.file.read_exact(&mut block));
                read.map_err(|error| opened.unreadable(&error))?;
                hasher.update(&block);
            }
        }
        Ok(hasher.finalize().to_hex().to_string())
    }
}

/// The files that an index names, in order.
fn indexed(path: &Path) -> Result<Vec<String>, DataError> {
    let broken = |reason: String| DataError::file(format!("{} {reason}", path.display()), "download it again");
    let length = std::fs::metadata(path).map_err(|error| DataError::unreadable(path, &error))?.len();
    if length > LONGEST {
        return Err(broken(format!("is {length} bytes long, which no index is")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| DataError::unreadable(path, &error))?;
    let index: Index = serde_json::from_str(&text).map_err(|error| broken(format!("is no index: {error}")))?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    match names.iter().find(|name| Path::new(name).file_name().is_none_or(|own| own != name.as_str())) {
        Some(outside) => Err(broken(format!("names {outside}, which is no file beside it"))),
        None if names.is_empty() => Err(broken("names no file".into())),
        None => Ok(names.into_iter().collect()),
    }
}
