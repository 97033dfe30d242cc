//! The header of a `.safetensors` file (<https://github.com/huggingface/safetensors#format>).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::error::DataError;
use super::Opened;
use super::arrays::{Entry, HEADER, Place};
use super::number::{Kind, Number};

/// Whether a file of so many bytes may begin so: with the length of a header that fits, and a brace.
pub fn begins(head: &[u8], length: u64) -> bool {
    match head {
        [size @ .., b'{'] if size.len() == 8 => true,
        [a, b, c, d, e, f, g, h, b'{', ..] => u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) < length,
        _ => false,
    }
}

/// One tensor as the header has it.
#[derive(Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<u64>,
    /// First byte and end, counted from the end of the header.
    data_offsets: (u64, u64),
}

/// The tensors of a file, by name.
///
/// # Errors
/// [`DataError::Format`]; [`DataError::File`] where it is cut short.
pub fn entries(opened: &mut Opened) -> Result<Vec<Entry>, DataError> {
    let path = opened.path.clone();
    let broken = |reason: String| DataError::Format {
        path: path.clone(),
        reason: format!("it is no safetensors file ({reason})"),
    };
    if opened.length < 8 {
        return Err(broken("it has no header".to_owned()));
    }
    let head = opened.bytes(0, 8)?;
    let size = head.iter().rev().fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    if size > HEADER && size.saturating_add(8) <= opened.length {
        return Err(broken(format!("its header would be longer than {} MiB", HEADER >> 20)));
    }
    if size.saturating_add(8) > opened.length {
        return Err(broken("its header is cut short".to_owned()));
    }
    let bytes = opened.bytes(8, size)?;
    let mut said: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
    said.remove("__metadata__");
    let mut entries = Vec::new();
    for (name, said) in said {
        let tensor = Tensor::deserialize(said).map_err(|error| broken(format!("{name}: {error}")))?;
        let start = (size + 8).saturating_add(tensor.data_offsets.0);
        let number = number(&tensor.dtype);
        let place = Place::Plain(start);
        let entry = Entry { name, dtype: tensor.dtype, number, shape: tensor.shape, by_columns: false, place };
        let held = tensor.data_offsets.1.checked_sub(tensor.data_offsets.0);
        if let Some(count) = entry.bytes().filter(|&count| held != Some(count)) {
            let from = tensor.data_offsets;
            return Err(broken(format!(
                "`{}` takes {count} bytes and is said to lie from {} to {}",
                entry.name, from.0, from.1
            )));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn number(dtype: &str) -> Option<Number> {
    Some(Number::little(match dtype {
        "BOOL" => Kind::Bool,
        "U8" => Kind::U8,
        "U16" => Kind::U16,
        "U32" => Kind::U32,
        "U64" => Kind::U64,
        "I8" => Kind::I8,
        "I16" => Kind::I16,
        "I32" => Kind::I32,
        "I64" => Kind::I64,
        "F16" => Kind::F16,
        "BF16" => Kind::Bf16,
        "F32" => Kind::F32,
        "F64" => Kind::F64,
        _ => return None,
    }))
}
