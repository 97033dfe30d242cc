//! The header of numpy's `.npy` (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).

use std::io::Read;

use super::super::error::DataError;
use super::Opened;
use super::arrays::{Entry, Place};
use super::number::{Kind, Number};

/// What it says.
pub struct Header {
    dtype: String,
    shape: Vec<u64>,
    by_columns: bool,
}

impl Header {
    /// The array that it is of.
    pub fn entry(self, name: String, place: Place) -> Entry {
        let number = number(&self.dtype);
        Entry { name, number, dtype: self.dtype, shape: self.shape, by_columns: self.by_columns, place }
    }
}

/// Reads a header, and where the numbers begin behind it.
///
/// # Errors
/// [`DataError::Format`].
pub fn header(opened: &Opened, from: &mut dyn Read) -> Result<(Header, u64), DataError> {
    let broken = || DataError::Format { path: opened.path.clone(), reason: "it has no header of numpy's".to_owned() };
    let mut take = |count: usize| {
        let mut bytes = vec![0; count];
        from.read_exact(&mut bytes).map(|()| bytes).map_err(|_| broken())
    };
    let start = take(8)?;
    if start[..6] != *b"\x93NUMPY" {
        return Err(broken());
    }
    let field = if start[6] == 1 { 2 } else { 4 };
    let length = take(field)?.iter().rev().fold(0, |sum, &byte| sum * 256 + usize::from(byte));
    // A record of thousands of columns stays far below.
    if length > 1 << 20 {
        return Err(broken());
    }
    let text = String::from_utf8(take(length)?).map_err(|_| broken())?;
    let after = |name: &str| {
        let (_, rest) = text.split_once(&format!("'{name}':")).ok_or_else(broken)?;
        Ok::<_, DataError>(rest.trim_start())
    };
    let descr = after("descr")?;
    let dtype = match descr.strip_prefix('\'') {
        Some(rest) => rest.split('\'').next().unwrap_or_default().to_owned(),
        None => "record".to_owned(),
    };
    let by_columns = !after("fortran_order")?.starts_with("False");
    let shape = after("shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let (shape, _) = shape.ok_or_else(broken)?;
    let parts = shape.split(',').map(str::trim).filter(|part| !part.is_empty());
    let shape: Vec<u64> = parts.map(str::parse).collect::<Result<_, _>>().map_err(|_| broken())?;
    // Of one index, or of one number along all but one, both orders are the same.
    let by_columns = by_columns && shape.iter().filter(|&&n| n != 1).count() > 1;
    Ok((Header { dtype, shape, by_columns }, (8 + field + length) as u64))
}

/// The number that a type string stands for (`<f4`, `|u1`).
fn number(dtype: &str) -> Option<Number> {
    let mut letters = dtype.chars();
    let big = match letters.next()? {
        '>' => true,
        '<' | '|' | '=' => false,
        _ => return None,
    };
    let kind = match letters.as_str() {
        "b1" => Kind::Bool,
        "u1" => Kind::U8,
        "u2" => Kind::U16,
        "u4" => Kind::U32,
        "u8" => Kind::U64,
        "i1" => Kind::I8,
        "i2" => Kind::I16,
        "i4" => Kind::I32,
        "i8" => Kind::I64,
        "f2" => Kind::F16,
        "f4" => Kind::F32,
        "f8" => Kind::F64,
        _ => return None,
    };
    Some(Number { kind, big: big && dtype != "|b1" })
}
