//! Where the numbers of an array lie in a `.npy` or `.safetensors` file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::error::DataError;

/// A type of number that is read; all are little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    F16,
    Bf16,
    F32,
    F64,
}

impl Number {
    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Reads one number from [`Number::size`] bytes, rounded to 32 bits.
    pub fn read(self, bytes: &[u8]) -> f32 {
        match *bytes {
            [a, b] if self == Self::F16 => half(u16::from_le_bytes([a, b])),
            [a, b] => f32::from_bits(u32::from(u16::from_le_bytes([a, b])) << 16),
            [a, b, c, d] => f32::from_le_bytes([a, b, c, d]),
            [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32,
            _ => f32::NAN,
        }
    }
}

/// A 16 bit float of IEEE 754 as one of 32 bits, which holds it exactly.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = ((bits >> 10) & 31, f32::from(bits & 1023));
    let size = match exponent {
        0 => fraction / 16_777_216.0,
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        // 2^(exponent - 15), put together from its bits.
        _ => (1.0 + fraction / 1024.0) * f32::from_bits((u32::from(exponent) + 112) << 23),
    };
    sign * size
}

/// What a file's header says of one array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub number: Number,
    pub shape: Vec<usize>,
    /// The first byte of the numbers in the file.
    pub start: u64,
}

/// Reads the header of the array `key` from `file`, opened at its beginning.
pub fn read(path: &Path, file: &mut File, key: Option<&str>) -> Result<Header, DataError> {
    let npy = path.extension().is_some_and(|name| name.eq_ignore_ascii_case("npy"));
    let tensors = path.extension().is_some_and(|name| name.eq_ignore_ascii_case("safetensors"));
    let header = match (npy, key) {
        (true, None) => read_npy(path, file)?,
        (true, Some(key)) => {
            return Err(DataError::Key { path: path.to_owned(), key: Some(key.to_owned()), keys: Vec::new() });
        }
        _ if tensors => read_safetensors(path, file, key)?,
        _ => return Err(malformed(path, "its name ends neither in .npy nor in .safetensors")),
    };
    let length = file.metadata().map_err(|error| unreadable(path, &error))?.len();
    let count = header.shape.iter().try_fold(1_usize, |product, n| product.checked_mul(*n));
    let needed = count.and_then(|count| count.checked_mul(header.number.size()));
    match needed {
        Some(needed) if header.start.saturating_add(needed as u64) <= length => Ok(header),
        _ => Err(malformed(path, &format!("it is cut short at {length} bytes"))),
    }
}

/// <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>
fn read_npy(path: &Path, file: &mut File) -> Result<Header, DataError> {
    let broken = || malformed(path, "it has no header of numpy's");
    let mut take = |count: usize| {
        let mut bytes = vec![0; count];
        file.read_exact(&mut bytes).map(|()| bytes).map_err(|_| broken())
    };
    let start = take(8)?;
    if start[..6] != *b"\x93NUMPY" {
        return Err(broken());
    }
    let field = if start[6] == 1 { 2 } else { 4 };
    let length = take(field)?.iter().rev().fold(0, |sum, &byte| sum * 256 + usize::from(byte));
    if length > 1 << 20 {
        return Err(broken());
    }
    let text = String::from_utf8(take(length)?).map_err(|_| broken())?;
    let after = |name: &str| {
        let (_, rest) = text.split_once(&format!("'{name}':")).ok_or_else(broken)?;
        Ok::<_, DataError>(rest.trim_start())
    };
    let number = match after("descr")?.split('\'').nth(1).unwrap_or("a record") {
        "<f2" => Number::F16,
        "<f4" => Number::F32,
        "<f8" => Number::F64,
        other => return Err(dtype(path, other)),
    };
    if !after("fortran_order")?.starts_with("False") {
        return Err(malformed(path, "it is stored by columns; save numpy.ascontiguousarray of it"));
    }
    let shape = after("shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let (shape, _) = shape.ok_or_else(broken)?;
    let parts = shape.split(',').map(str::trim).filter(|part| !part.is_empty());
    let shape = parts.map(str::parse).collect::<Result<_, _>>().map_err(|_| broken())?;
    Ok(Header { number, shape, start: (8 + field + length) as u64 })
}

/// <https://github.com/huggingface/safetensors#format>
fn read_safetensors(path: &Path, file: &mut File, key: Option<&str>) -> Result<Header, DataError> {
    let broken = |reason: String| malformed(path, &format!("it is no safetensors file ({reason})"));
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(|_| broken("it has no header".to_owned()))?;
    let size = u64::from_le_bytes(length);
    if size > 100_000_000 {
        return Err(broken("its header is too long".to_owned()));
    }
    let mut bytes = length.to_vec();
    bytes.resize(8 + size as usize, 0);
    file.read_exact(&mut bytes[8..]).map_err(|_| broken("its header is cut short".to_owned()))?;
    let mut tensors: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&bytes[8..]).map_err(|error| broken(error.to_string()))?;
    tensors.remove("__metadata__");
    let keys: Vec<String> = tensors.keys().cloned().collect();
    let missing = |key: Option<&str>, keys: &[String]| DataError::Key {
        path: path.to_owned(),
        key: key.map(str::to_owned),
        keys: keys.to_vec(),
    };
    let chosen = match (key, keys.as_slice()) {
        (Some(key), _) => key,
        (None, [only]) => only,
        (None, _) => return Err(missing(None, &keys)),
    };
    let tensor = tensors.get(chosen).ok_or_else(|| missing(key, &keys))?;
    let tensor = Tensor::deserialize(tensor).map_err(|error| broken(format!("{chosen}: {error}")))?;
    let number = match tensor.dtype.as_str() {
        "F16" => Number::F16,
        "BF16" => Number::Bf16,
        "F32" => Number::F32,
        "F64" => Number::F64,
        other => return Err(dtype(path, other)),
    };
    let start = size.saturating_add(8).saturating_add(tensor.data_offsets.0);
    Ok(Header { number, shape: tensor.shape, start })
}

/// What the header of a `.safetensors` file says of one array.
#[derive(Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<usize>,
    /// First byte and end, counted from the end of the header.
    data_offsets: (u64, u64),
}

/// A file that could not be read.
pub fn unreadable(path: &Path, error: &std::io::Error) -> DataError {
    DataError::Read { path: path.to_owned(), reason: error.to_string() }
}

fn malformed(path: &Path, reason: &str) -> DataError {
    DataError::Format { path: path.to_owned(), reason: reason.to_owned() }
}

fn dtype(path: &Path, found: &str) -> DataError {
    DataError::Dtype { path: path.to_owned(), found: found.to_owned() }
}
