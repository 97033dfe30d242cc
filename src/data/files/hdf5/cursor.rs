//! Numbers of a block of bytes, one behind the other; nothing is read beyond its end.

/// A place in a block.
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bytes of an address, and of a length.
    wide: (usize, usize),
}

impl<'a> Cursor<'a> {
    pub const fn new(bytes: &'a [u8], wide: (usize, usize)) -> Self {
        Self { bytes, at: 0, wide }
    }

    /// Bytes that are left.
    pub fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    /// Passes over so many bytes.
    pub fn skip(&mut self, count: usize) -> Option<()> {
        self.take(count).map(|_| ())
    }

    /// A number of up to 8 bytes, the lowest first.
    pub fn number(&mut self, size: usize) -> Option<u64> {
        Some(self.take(size)?.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.number(2).map(|number| number as u16)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.number(4).map(|number| number as u32)
    }

    /// An address; `Some(None)` where it says that there is none.
    #[allow(clippy::option_option)]
    pub fn address(&mut self) -> Option<Option<u64>> {
        let size = self.wide.0;
        let none = if size >= 8 { u64::MAX } else { (1 << (8 * size)) - 1 };
        self.number(size).map(|address| Some(address).filter(|&address| address != none))
    }

    pub fn length(&mut self) -> Option<u64> {
        self.number(self.wide.1)
    }
}
