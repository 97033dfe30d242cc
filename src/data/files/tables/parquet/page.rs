//! Cells of a page, one behind the other: numbers and texts as they are, or as places in a dictionary.

use super::thrift::varint;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Truth,
    Whole32 {
        signed: bool,
    },
    Whole64 {
        signed: bool,
    },
    /// Days since 1970.
    Day,
    Real32,
    Real64,
    Text,
}

/// Where numbers of few bits are read: runs of one value, and groups of eight values side by side.
#[derive(Clone, Copy, Debug)]
pub struct Hybrid {
    at: usize,
    end: usize,
    /// Bits of a value.
    width: u32,
    /// How often the value of a run is still to come.
    run: u64,
    value: u32,
    /// How many values are still to come side by side, and the bit where the next begins.
    packed: u64,
    bit: usize,
}

impl Hybrid {
    pub const fn new(at: usize, end: usize, width: u32) -> Self {
        Self { at, end, width, run: 0, value: 0, packed: 0, bit: 0 }
    }

    /// The next value of a page.
    pub fn next(&mut self, page: &[u8]) -> Option<u32> {
        let page = page.get(..self.end)?;
        while self.run == 0 && self.packed == 0 {
            let head = varint(page, &mut self.at)?;
            if head & 1 == 1 {
                self.packed = (head >> 1).checked_mul(8)?;
                self.bit = self.at.checked_mul(8)?;
                self.at =
                    self.at.checked_add(usize::try_from((head >> 1).checked_mul(u64::from(self.width))?).ok()?)?;
            } else {
                let size = self.width.div_ceil(8) as usize;
                let bytes = page.get(self.at..self.at.checked_add(size)?)?;
                self.value = bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u32::from(byte));
                self.at += size;
                self.run = head >> 1;
                // A run of nothing gets nowhere.
                if self.run == 0 {
                    return None;
                }
            }
        }
        if self.run > 0 {
            self.run -= 1;
            return Some(self.value);
        }
        self.packed -= 1;
        let mut value = 0;
        for place in 0..self.width as usize {
            let bit = self.bit + place;
            value |= u32::from(*page.get(bit / 8)? >> (bit % 8) & 1) << place;
        }
        self.bit += self.width as usize;
        Some(value)
    }
}

/// How the values of a page are written.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// As they are, from this byte on; of truths, this bit.
    Plain(usize),
    /// Truths in runs.
    Truths(Hybrid),
    /// Places in the dictionary.
    Places(Hybrid),
}

impl Values {
    /// The next value as text; `None` where the page ends before or is none of its type.
    pub fn next(&mut self, page: &[u8], kind: Type, dictionary: &[String]) -> Option<String> {
        match self {
            Self::Plain(at) => plain(page, at, kind),
            Self::Truths(hybrid) => hybrid.next(page).map(|value| (value == 1).to_string()),
            Self::Places(hybrid) => dictionary.get(hybrid.next(page)? as usize).cloned(),
        }
    }
}

/// Reads a value that is written as it is.
pub fn plain(page: &[u8], at: &mut usize, kind: Type) -> Option<String> {
    if kind == Type::Truth {
        let bit = page.get(*at / 8)? >> (*at % 8) & 1;
        *at += 1;
        return Some((bit == 1).to_string());
    }
    let mut take = |count: usize| {
        let bytes = page.get(*at..at.checked_add(count)?)?;
        *at += count;
        Some(bytes)
    };
    let four = |bytes: &[u8]| bytes.try_into().ok();
    let eight = |bytes: &[u8]| bytes.try_into().ok();
    Some(match kind {
        Type::Truth => return None,
        Type::Whole32 { signed: true } => i32::from_le_bytes(four(take(4)?)?).to_string(),
        Type::Whole32 { signed: false } => u32::from_le_bytes(four(take(4)?)?).to_string(),
        Type::Whole64 { signed: true } => i64::from_le_bytes(eight(take(8)?)?).to_string(),
        Type::Whole64 { signed: false } => u64::from_le_bytes(eight(take(8)?)?).to_string(),
        // With a point, as CSV and JSON have them.
        Type::Real32 => format!("{:?}", f32::from_le_bytes(four(take(4)?)?)),
        Type::Real64 => format!("{:?}", f64::from_le_bytes(eight(take(8)?)?)),
        Type::Day => day(i32::from_le_bytes(four(take(4)?)?)),
        Type::Text => {
            let length = u32::from_le_bytes(four(take(4)?)?);
            std::str::from_utf8(take(length as usize)?).ok()?.to_owned()
        }
    })
}

/// The date so many days after the first of January 1970, in the Gregorian calendar: years of 365.2425 days that begin in March, so
/// that a leap day is the last of its year.
fn day(days: i32) -> String {
    let days = i64::from(days) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}")
}
