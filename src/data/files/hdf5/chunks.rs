//! Chunks of a dataset: the tree that lists them, and what they were before they were written.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::super::super::error::DataError;
use super::super::Opened;
use super::cursor::Cursor;
use super::dataset::{Dataset, Filter};

/// The most chunks of a dataset.
const CHUNKS: usize = 4 << 20;
/// The most bytes of a chunk.
pub const CHUNK: u64 = 256 << 20;

/// Where a chunk is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chunk {
    /// The indices of its first number.
    pub from: Vec<u64>,
    address: u64,
    /// Its bytes in the file.
    size: u64,
    /// Filters that it did not go through, a bit each.
    left_out: u32,
}

/// All chunks under a tree, in the order of the dataset.
pub fn list(opened: &mut Opened, dataset: &Dataset, tree: u64) -> Result<Vec<Chunk>, DataError> {
    let mut chunks = Vec::new();
    descend(opened, dataset, tree, usize::MAX, &mut chunks)?;
    chunks.sort();
    Ok(chunks)
}

fn descend(
    opened: &mut Opened,
    dataset: &Dataset,
    address: u64,
    below: usize,
    chunks: &mut Vec<Chunk>,
) -> Result<(), DataError> {
    let wide = dataset.wide;
    let broken = |opened: &Opened| {
        let reason = format!("is damaged: the tree of `{}` at byte {address} makes no sense", dataset.name);
        opened.fault(&reason, super::CURE)
    };
    let start = dataset.base.saturating_add(address);
    let head = opened.bytes(start, 8 + 2 * wide.0 as u64)?;
    if !head.starts_with(b"TREE\x01") || usize::from(head[5]) >= below {
        return Err(broken(opened));
    }
    let (level, count) = (usize::from(head[5]), u64::from(u16::from_le_bytes([head[6], head[7]])));
    // A key is the bytes and the filters of a chunk, and its place with one index more than the dataset has.
    let key = 8 + 8 * (dataset.shape.len() as u64 + 1);
    let body = opened.bytes(start + head.len() as u64, count * (key + wide.0 as u64) + key)?;
    let mut cursor = Cursor::new(&body, wide);
    for _ in 0..count {
        let mut entry = || {
            let (size, left_out) = (u64::from(cursor.u32()?), cursor.u32()?);
            let from: Vec<u64> = dataset.shape.iter().map(|_| cursor.number(8)).collect::<Option<_>>()?;
            cursor.number(8)?;
            Some(Chunk { from, size, left_out, address: cursor.address()?? })
        };
        let Some(chunk) = entry() else { return Err(broken(opened)) };
        if level > 0 {
            descend(opened, dataset, chunk.address, level, chunks)?;
        } else {
            chunks.push(chunk);
        }
        if chunks.len() > CHUNKS {
            return Err(
                opened.fault(&format!("has more than {CHUNKS} chunks in `{}`", dataset.name), "write larger chunks")
            );
        }
    }
    Ok(())
}

impl Chunk {
    /// Reads what it was before the filters: `whole` bytes.
    pub fn read(&self, opened: &mut Opened, dataset: &Dataset, whole: u64) -> Result<Vec<u8>, DataError> {
        let start = dataset.base.saturating_add(self.address);
        let broken = |opened: &Opened, reason: &str| {
            let place = self.from.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let reason = format!("is damaged: the chunk of `{}` at [{place}] {reason}", dataset.name);
            opened.fault(&reason, "copy or download it again")
        };
        let mut bytes = opened.bytes(start, self.size)?;
        for (at, filter) in dataset.filters.iter().enumerate().rev() {
            if self.left_out >> at & 1 == 1 {
                continue;
            }
            bytes = match filter {
                Filter::Deflate => {
                    // A checksum may stand behind what it unpacks to.
                    let most = whole + 4;
                    let mut unpacked = Vec::with_capacity(whole as usize);
                    let read = ZlibDecoder::new(bytes.as_slice()).take(most + 1).read_to_end(&mut unpacked);
                    if let Err(error) = read {
                        return Err(broken(opened, &format!("does not unpack ({error})")));
                    }
                    unpacked
                }
                Filter::Shuffle(size) => unshuffled(&bytes, *size),
                Filter::Fletcher => {
                    let Some((body, sum)) = bytes.split_last_chunk::<4>() else {
                        return Err(broken(opened, "is cut short"));
                    };
                    if fletcher(body) != u32::from_le_bytes(*sum) {
                        return Err(broken(opened, "has another checksum"));
                    }
                    body.to_vec()
                }
            };
        }
        if bytes.len() as u64 == whole {
            Ok(bytes)
        } else {
            Err(broken(opened, &format!("has {} bytes instead of {whole}", bytes.len())))
        }
    }
}

/// Puts the bytes of each number together again; bytes that make no whole number stand at the end.
fn unshuffled(bytes: &[u8], size: usize) -> Vec<u8> {
    let count = bytes.len() / size;
    let mut out = bytes.to_vec();
    for (at, byte) in bytes[..count * size].iter().enumerate() {
        out[at % count * size + at / count] = *byte;
    }
    out
}

/// Fletcher's checksum of 32 bits over pairs of bytes, the first of a pair the higher.
fn fletcher(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (0_u32, 0_u32);
    for pair in bytes.chunks(2) {
        let word = u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |&byte| u32::from(byte));
        low = (low + word) % 65_535;
        high = (high + low) % 65_535;
    }
    high << 16 | low
}
