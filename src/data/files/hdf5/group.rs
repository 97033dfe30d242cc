//! Groups: the names of objects and where their headers are.

use super::super::super::error::DataError;
use super::cursor::Cursor;
use super::object::Message;
use super::{Hdf5, OBJECTS};

const LINK_INFO: u16 = 0x02;
const LINK: u16 = 0x06;
const SYMBOL_TABLE: u16 = 0x11;
/// The most bytes of the names of a group.
const NAMES: u64 = 16 << 20;

impl Hdf5<'_> {
    /// The members of the group with these messages.
    pub(super) fn members(&mut self, address: u64, messages: &[Message]) -> Result<Vec<(String, u64)>, DataError> {
        let mut members = Vec::new();
        for (kind, body) in messages {
            let mut cursor = Cursor::new(body, self.wide);
            match *kind {
                SYMBOL_TABLE => {
                    let (Some(Some(tree)), Some(Some(heap))) = (cursor.address(), cursor.address()) else {
                        return Err(self.damaged("a group", address));
                    };
                    let names = self.heap(heap)?;
                    self.nodes(tree, usize::MAX, &names, &mut members)?;
                }
                LINK => members.extend(link(&mut cursor)),
                LINK_INFO if dense(&mut cursor) == Some(true) => {
                    let reason = "has a group of many names, which are kept in a form that is not read";
                    return Err(self.opened.fault(reason, super::CURE));
                }
                _ => {}
            }
        }
        Ok(members)
    }

    /// The names of a group, each ended by a zero.
    fn heap(&mut self, address: u64) -> Result<Vec<u8>, DataError> {
        let wide = self.wide;
        let head = self.bytes(address, 8 + 2 * wide.1 as u64 + wide.0 as u64)?;
        let mut cursor = Cursor::new(&head, wide);
        let mut place = || {
            if cursor.take(4)? != b"HEAP" {
                return None;
            }
            cursor.skip(4)?;
            let size = cursor.length()?;
            cursor.length()?;
            Some((cursor.address()??, size))
        };
        match place() {
            Some((at, size)) if size <= NAMES => self.bytes(at, size),
            _ => Err(self.damaged("the names of a group", address)),
        }
    }

    /// Adds what stands in a node of the tree of a group, whose level is below another's.
    fn nodes(
        &mut self,
        address: u64,
        below: usize,
        names: &[u8],
        members: &mut Vec<(String, u64)>,
    ) -> Result<(), DataError> {
        let wide = self.wide;
        let broken = "the tree of a group";
        let head = self.bytes(address, 8 + 2 * wide.0 as u64)?;
        if !head.starts_with(b"TREE\0") || usize::from(head[5]) >= below {
            return Err(self.damaged(broken, address));
        }
        let (level, count) = (usize::from(head[5]), u64::from(u16::from_le_bytes([head[6], head[7]])));
        let body =
            self.bytes(address.saturating_add(head.len() as u64), count * (wide.0 + wide.1) as u64 + wide.1 as u64)?;
        let mut cursor = Cursor::new(&body, wide);
        for _ in 0..count {
            cursor.length();
            let Some(Some(child)) = cursor.address() else { return Err(self.damaged(broken, address)) };
            if level > 0 {
                self.nodes(child, level, names, members)?;
            } else {
                self.symbols(child, names, members)?;
            }
            if members.len() > OBJECTS {
                return Err(self.damaged(broken, address));
            }
        }
        Ok(())
    }

    /// Adds the members of a node of symbols.
    fn symbols(&mut self, address: u64, names: &[u8], members: &mut Vec<(String, u64)>) -> Result<(), DataError> {
        let wide = self.wide;
        let head = self.bytes(address, 8)?;
        if !head.starts_with(b"SNOD") {
            return Err(self.damaged("a node of names", address));
        }
        let count = u64::from(u16::from_le_bytes([head[6], head[7]]));
        let body = self.bytes(address.saturating_add(8), count * (2 * wide.0 as u64 + 24))?;
        let mut cursor = Cursor::new(&body, wide);
        for _ in 0..count {
            let (name, at, kind) = (cursor.number(wide.0), cursor.address(), cursor.u32());
            cursor.skip(20);
            let name = name.and_then(|name| names.get(name as usize..)?.split(|&byte| byte == 0).next());
            let (Some(name), Some(Some(at))) = (name, at) else { return Err(self.damaged("a node of names", address)) };
            // A link that names another has no header.
            if kind != Some(2) {
                members.push((String::from_utf8_lossy(name).into_owned(), at));
            }
        }
        Ok(())
    }
}

/// A hard link; others lead nowhere here.
fn link(cursor: &mut Cursor<'_>) -> Option<(String, u64)> {
    cursor.u8()?;
    let flags = cursor.u8()?;
    let kind = if flags & 8 == 0 { 0 } else { cursor.u8()? };
    cursor.skip(if flags & 4 == 0 { 0 } else { 8 })?;
    cursor.skip(usize::from(flags & 16 != 0))?;
    let length = cursor.number(1 << (flags & 3))?;
    let name = String::from_utf8_lossy(cursor.take(length as usize)?).into_owned();
    let address = if kind == 0 { cursor.address()?? } else { return None };
    Some((name, address))
}

/// Whether links lie in a heap of their own instead of in messages.
fn dense(cursor: &mut Cursor<'_>) -> Option<bool> {
    cursor.u8()?;
    let flags = cursor.u8()?;
    cursor.skip(if flags & 1 == 0 { 0 } else { 8 })?;
    Some(cursor.address()?.is_some())
}
