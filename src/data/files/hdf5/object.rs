//! The headers of objects: messages of a type each.

use super::super::super::error::DataError;
use super::Hdf5;
use super::cursor::Cursor;

/// A message: its type and its bytes.
pub(super) type Message = (u16, Vec<u8>);

/// Where a header goes on.
const CONTINUATION: u16 = 0x10;
/// Blocks of one header, and the bytes of each.
const BLOCKS: usize = 256;
const BLOCK: u64 = 1 << 20;

impl Hdf5<'_> {
    /// The messages of the object at an address.
    pub(super) fn messages(&mut self, address: u64) -> Result<Vec<Message>, DataError> {
        let broken = "the header of an object";
        let head = self.bytes(address, 12)?;
        let second = head.starts_with(b"OHDR");
        let (start, size, ordered) = if second {
            let flags = head[5];
            let field = 1 << (flags & 3);
            let before = 6 + if flags & 0x20 == 0 { 0 } else { 16 } + if flags & 0x10 == 0 { 0 } else { 4 };
            let size = self.bytes(address.saturating_add(before), field)?;
            let size = size.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
            (address.saturating_add(before + field), size, flags & 4 != 0)
        } else if head[0] == 1 {
            let size = u64::from(u32::from_le_bytes([head[8], head[9], head[10], head[11]]));
            (address.saturating_add(16), size, false)
        } else {
            return Err(self.damaged(broken, address));
        };
        let mut blocks = vec![(start, size)];
        let mut messages = Vec::new();
        let mut next = 0;
        while let Some(&(start, size)) = blocks.get(next) {
            next += 1;
            if size > BLOCK || blocks.len() > BLOCKS {
                return Err(self.damaged(broken, address));
            }
            let bytes = self.bytes(start, size)?;
            // A block behind the first has a signature before its messages, and a checksum after them.
            let bytes = match (second, next) {
                (true, 2..) => bytes.get(4..bytes.len().saturating_sub(4)).unwrap_or_default(),
                _ => &bytes,
            };
            let first = messages.len();
            self.split(bytes, second, ordered, &mut messages).ok_or_else(|| self.damaged(broken, address))?;
            for (kind, body) in &messages[first..] {
                if *kind == CONTINUATION {
                    let mut cursor = Cursor::new(body, self.wide);
                    let (Some(Some(at)), Some(size)) = (cursor.address(), cursor.length()) else {
                        return Err(self.damaged(broken, address));
                    };
                    blocks.push((at, size));
                }
            }
        }
        Ok(messages)
    }

    /// Splits a block into messages; what is left behind the last is a gap.
    fn split(&self, bytes: &[u8], second: bool, ordered: bool, messages: &mut Vec<Message>) -> Option<()> {
        let mut cursor = Cursor::new(bytes, self.wide);
        let head = if !second {
            8
        } else if ordered {
            6
        } else {
            4
        };
        while cursor.left() >= head {
            let kind = if second { cursor.u8().map(u16::from) } else { cursor.u16() }?;
            let size = usize::from(cursor.u16()?);
            let flags = cursor.u8()?;
            cursor.skip(head - if second { 4 } else { 5 })?;
            let body = cursor.take(size)?;
            // A message that is shared lies elsewhere; what of it matters here is told as missing.
            if flags & 2 == 0 {
                messages.push((kind, body.to_vec()));
            } else {
                messages.push((0xFFFF, Vec::new()));
            }
        }
        Some(())
    }
}
