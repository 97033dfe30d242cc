//! Archives of the ZIP format (<https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>), as numpy writes them: members that are
//! stored or deflated, with 64 bit sizes.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::super::error::DataError;
use super::Opened;
use super::arrays::HEADER;

/// A member as the archive's directory has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    /// Whether it is deflated.
    deflated: bool,
    checksum: u32,
    packed: u64,
    /// Bytes of what it unpacks to.
    pub size: u64,
    /// Where its own header begins.
    header: u64,
}

/// The directory's size that is 0xFFFFFFFF where the true one stands elsewhere.
const ELSEWHERE: u64 = 0xFFFF_FFFF;
/// Deflate makes at most 258 bytes of 2 bits, so no byte unpacks to more than this.
const MOST: u64 = 1032;

/// A number of so many bytes, lowest first; what lies beyond the end counts as 0.
fn number(bytes: &[u8], at: usize, size: usize) -> u64 {
    bytes.iter().skip(at).take(size).rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

/// The members of an archive.
///
/// # Errors
/// [`DataError::File`].
pub fn members(opened: &mut Opened) -> Result<Vec<Member>, DataError> {
    let (mut at, size, count) = directory(opened)?;
    if size > HEADER {
        return Err(opened.fault("has a directory of more than 16 MiB", "put fewer arrays in one archive"));
    }
    let bytes = opened.bytes(at, size)?;
    let (mut members, mut names) = (Vec::new(), BTreeSet::new());
    at = 0;
    while (members.len() as u64) < count {
        let here = at as usize;
        if number(&bytes, here, 4) != 0x0201_4b50 {
            return Err(opened.fault(&format!("is damaged: member {} has no entry", members.len() + 1), CURE));
        }
        let field = |place: usize, size: usize| number(&bytes, here + place, size);
        let (name, extra, comment) = (field(28, 2) as usize, field(30, 2) as usize, field(32, 2) as usize);
        let end = here + 46 + name + extra;
        let Some(text) = bytes.get(here + 46..end.min(bytes.len())) else { return Err(opened.short()) };
        let (name, extra) = text.split_at(name.min(text.len()));
        let name = String::from_utf8_lossy(name).into_owned();
        let mut sizes = [field(24, 4), field(20, 4), field(42, 4)];
        wide(extra, &mut sizes);
        let [size, packed, header] = sizes;
        let method = field(10, 2);
        let reason = if field(8, 2) & 1 == 1 {
            Some("is encrypted".to_owned())
        } else if method != 0 && method != 8 {
            Some(format!("is packed in a way that is not read ({method})"))
        } else if method == 0 && packed != size || size > packed.saturating_mul(MOST).saturating_add(MOST) {
            Some(format!("is said to unpack from {packed} to {size} bytes, which cannot be"))
        } else if packed > opened.length || header > opened.length - packed {
            Some("lies beyond the end of the file".to_owned())
        } else {
            None
        };
        if let Some(reason) = reason {
            return Err(opened.fault(&format!("cannot be read: member `{name}` {reason}"), CURE));
        }
        if !names.insert(name.clone()) {
            return Err(opened.fault(&format!("has two members `{name}`"), "give every array a name of its own"));
        }
        members.push(Member { name, deflated: method == 8, checksum: field(16, 4) as u32, packed, size, header });
        at = (end + comment) as u64;
    }
    Ok(members)
}

const CURE: &str = "write it again with numpy.savez";

/// Where the directory begins, its bytes, and how many members it lists.
fn directory(opened: &mut Opened) -> Result<(u64, u64, u64), DataError> {
    // A comment of at most 65,535 bytes may follow the last record.
    let tail = opened.length.min(22 + 65_535);
    let bytes = opened.bytes(opened.length - tail, tail)?;
    let found = (0..bytes.len().saturating_sub(21)).rev().find(|&at| bytes[at..].starts_with(b"PK\x05\x06"));
    let Some(at) = found else {
        return Err(opened.fault("is cut short: its directory is missing", "copy or download it again"));
    };
    let (count, size, start) = (number(&bytes, at + 10, 2), number(&bytes, at + 12, 4), number(&bytes, at + 16, 4));
    if count != 0xFFFF && size != ELSEWHERE && start != ELSEWHERE {
        return Ok((start, size, count));
    }
    let Some(locator) = at.checked_sub(20).filter(|&at| bytes[at..].starts_with(b"PK\x06\x07")) else {
        return Ok((start, size, count));
    };
    let record = opened.bytes(number(&bytes, locator + 8, 8), 56)?;
    if !record.starts_with(b"PK\x06\x06") {
        return Err(opened.fault("is damaged: its directory is not where it says", CURE));
    }
    Ok((number(&record, 48, 8), number(&record, 40, 8), number(&record, 32, 8)))
}

/// Takes from the field of 64 bit sizes those that do not fit in 32 bits, in their fixed order.
fn wide(extra: &[u8], sizes: &mut [u64; 3]) {
    let mut at = 0;
    while at + 4 <= extra.len() {
        let (kind, length) = (number(extra, at, 2), number(extra, at + 2, 2) as usize);
        if kind == 1 {
            let mut from = at + 4;
            for size in sizes.iter_mut().filter(|size| **size == ELSEWHERE) {
                *size = number(extra, from, 8);
                from += 8;
            }
        }
        at += 4 + length;
    }
}

impl Member {
    /// Whether its bytes in the file are not those that it stands for.
    #[must_use]
    pub fn packs(&self) -> bool {
        self.deflated
    }

    /// Where its bytes begin, behind its own header.
    ///
    /// # Errors
    /// [`DataError::File`].
    pub fn start(&self, opened: &mut Opened) -> Result<u64, DataError> {
        let header = opened.bytes(self.header, 30)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(opened.fault(&format!("is damaged: member `{}` has no header", self.name), CURE));
        }
        let start = self.header + 30 + number(&header, 26, 2) + number(&header, 28, 2);
        if start.saturating_add(self.packed) > opened.length {
            return Err(opened.short());
        }
        Ok(start)
    }

    /// A reader of what it unpacks to, which fails where that has another length or checksum than the directory says.
    ///
    /// # Errors
    /// [`DataError::Read`] and [`DataError::File`].
    pub fn open(&self, opened: &Opened, mut file: File) -> Result<Box<dyn Read>, DataError> {
        let start =
            self.start(&mut Opened { path: opened.path.clone(), file: opened.again()?, length: opened.length })?;
        file.seek(SeekFrom::Start(start)).map_err(|error| opened.unreadable(&error))?;
        let packed = BufReader::with_capacity(1 << 16, file).take(self.packed);
        let inner: Box<dyn Read> = if self.deflated { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) };
        Ok(Box::new(Checked { inner, left: self.size, crc: Crc::new(), checksum: self.checksum }))
    }
}

/// A reader that compares what it read with what was declared.
struct Checked {
    inner: Box<dyn Read>,
    /// Bytes that are still to come.
    left: u64,
    crc: Crc,
    checksum: u32,
}

impl Read for Checked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        // One byte more than is to come, to tell that there is more.
        let most = (out.len() as u64).min(self.left.saturating_add(1)) as usize;
        let read = self.inner.read(&mut out[..most])?;
        let wrong = |reason: &str| Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        if read as u64 > self.left {
            return wrong("it is longer than the archive says");
        }
        self.crc.update(&out[..read]);
        self.left -= read as u64;
        if read == 0 && most > 0 {
            if self.left > 0 {
                return wrong("it is shorter than the archive says");
            }
            if self.crc.sum() != self.checksum {
                return wrong("its checksum is another");
            }
        }
        Ok(read)
    }
}
