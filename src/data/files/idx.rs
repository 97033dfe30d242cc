//! The format of the MNIST database (<https://yann.lecun.org/exdb/mnist/>): two zeros, a type, the number of indices, their sizes, and
//! the numbers, all with their highest byte first; often packed by gzip.

use std::io::{BufReader, Read};

use flate2::read::GzDecoder;

use super::super::error::DataError;
use super::Opened;
use super::arrays::{Entry, Place};
use super::number::{Kind, Number};

/// The number of a type byte.
fn number(code: u8) -> Option<Number> {
    let kind = match code {
        0x08 => Kind::U8,
        0x09 => Kind::I8,
        0x0B => Kind::I16,
        0x0C => Kind::I32,
        0x0D => Kind::F32,
        0x0E => Kind::F64,
        _ => return None,
    };
    Some(Number { kind, big: true })
}

/// Whether an array begins so.
pub fn begins(head: &[u8]) -> bool {
    matches!(head, [0, 0, code, 1..=8, ..] if number(*code).is_some())
}

/// Whether a file that is packed by gzip begins as an array does.
pub fn is_packed(opened: &Opened) -> Result<bool, DataError> {
    let mut head = [0; 4];
    let read = GzDecoder::new(BufReader::new(opened.again()?)).read_exact(&mut head);
    Ok(read.is_ok() && begins(&head))
}

/// The array of a file.
///
/// # Errors
/// [`DataError::Read`]; [`DataError::File`] where it is damaged.
pub fn entry(opened: &Opened, packed: bool) -> Result<Entry, DataError> {
    let file = BufReader::new(opened.again()?);
    let mut from: Box<dyn Read> = if packed { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    let mut take = || {
        let mut bytes = [0; 4];
        from.read_exact(&mut bytes).map(|()| bytes).map_err(|_| opened.short())
    };
    let [_, _, code, indices] = take()?;
    let Some(number) = number(code).filter(|_| (1..=8).contains(&indices)) else {
        return Err(opened.fault("has no header of an IDX array", "download it again"));
    };
    let mut shape = Vec::new();
    for _ in 0..indices {
        shape.push(u64::from(u32::from_be_bytes(take()?)));
    }
    let start = 4 + 4 * u64::from(indices);
    let place = if packed { Place::Gzip(start) } else { Place::Plain(start) };
    let dtype = number.name().to_owned();
    Ok(Entry { name: String::new(), dtype, number: Some(number), shape, by_columns: false, place })
}
