//! Text that is checked while it is read: that it is UTF-8, and that no row of it is too long.

use std::error::Error;
use std::fmt;
use std::io::{self, Read};

/// The longest row of a table, in bytes.
pub const ROW: u64 = 16 << 20;

/// What is wrong with a text, without the name of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub reason: String,
    pub cure: String,
}

impl Fault {
    fn new(reason: impl Into<String>, cure: &str) -> Self {
        Self { reason: reason.into(), cure: cure.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.reason, self.cure)
    }
}

impl Error for Fault {}

/// A reader of text.
pub struct Text<R> {
    inner: R,
    /// Bytes read before the text was known to be UTF-8.
    ahead: Vec<u8>,
    /// Bytes that were read, and the lines that ended in them.
    seen: u64,
    lines: u64,
    /// The beginning of a letter whose other bytes are still to come.
    begun: Vec<u8>,
    /// How many more bytes may be read for this row.
    left: u64,
    /// The last byte but those of line breaks.
    last: u8,
}

impl<R: Read> Text<R> {
    /// Looks at the first bytes; a mark of UTF-8 is passed over.
    ///
    /// # Errors
    /// A [`Fault`] within the error where the text is UTF-16 or UTF-32; whatever reading meets.
    pub fn new(mut inner: R) -> io::Result<Self> {
        let mut head = Vec::new();
        (&mut inner).take(4).read_to_end(&mut head)?;
        let coding = match head[..] {
            [0xFF, 0xFE, 0, 0] | [0, 0, 0xFE, 0xFF] => Some("UTF-32"),
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("UTF-16"),
            // Without a mark, plain letters have every other byte 0.
            [a, 0, b, 0] | [0, a, 0, b] if a != 0 && b != 0 => Some("UTF-16"),
            _ => None,
        };
        if let Some(coding) = coding {
            let fault = Fault::new(format!("is written in {coding}, as its first bytes say"), "save it as UTF-8");
            return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
        }
        let mark = if head.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 };
        let ahead = head.split_off(mark);
        Ok(Self { inner, ahead, seen: mark as u64, lines: 0, begun: Vec::new(), left: ROW, last: 0 })
    }

    /// A new row begins.
    pub fn renew(&mut self) {
        self.left = ROW;
    }

    /// The last byte that was read, line breaks aside.
    pub fn last(&self) -> u8 {
        self.last
    }

    /// Looks at bytes that were read.
    fn check(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let mut rest = bytes;
        while !self.begun.is_empty() && !rest.is_empty() {
            self.begun.push(rest[0]);
            rest = &rest[1..];
            match std::str::from_utf8(&self.begun) {
                Ok(_) => self.begun.clear(),
                Err(error) if error.error_len().is_none() => {}
                Err(_) => {
                    let from = self.seen + (bytes.len() - rest.len()) as u64 - self.begun.len() as u64;
                    return Err(self.foreign(self.begun[0], from, &[]));
                }
            }
        }
        match std::str::from_utf8(rest) {
            Ok(_) => {}
            Err(error) => {
                let (good, bad) = rest.split_at(error.valid_up_to());
                if error.error_len().is_some() {
                    let from = self.seen + (bytes.len() - bad.len()) as u64;
                    return Err(self.foreign(bad[0], from, good));
                }
                self.begun = bad.to_vec();
            }
        }
        if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
            let line = self.line(&bytes[..at]);
            let reason = format!("is no text: byte 0 at offset {}, in line {line}", self.seen + at as u64);
            return Err(Fault::new(reason, "save it as UTF-8 text"));
        }
        self.last = bytes.iter().rev().find(|byte| !b"\r\n".contains(byte)).copied().unwrap_or(self.last);
        self.lines = self.line(bytes) - 1;
        self.seen += bytes.len() as u64;
        Ok(())
    }

    /// The line that is reached after more bytes, from 1.
    fn line(&self, bytes: &[u8]) -> u64 {
        self.lines + 1 + bytes.iter().map(|&byte| u64::from(byte == b'\n')).sum::<u64>()
    }

    /// A byte that UTF-8 does not have there.
    fn foreign(&self, byte: u8, offset: u64, before: &[u8]) -> Fault {
        let line = self.line(before);
        let reason = format!("is not UTF-8: byte 0x{byte:02X} at offset {offset}, in line {line}");
        let cure = if byte < 0xA0 {
            "save it as UTF-8".to_owned()
        } else {
            format!("save it as UTF-8; in Latin-1 that byte is `{}`", char::from(byte))
        };
        Fault { reason, cure }
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let wrong = |fault: Fault| io::Error::new(io::ErrorKind::InvalidData, fault);
        if out.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            let line = self.lines + 1;
            let reason = format!("has a row of more than {} MiB, which goes on in line {line}", ROW >> 20);
            let cure = "end every row with a line break, and every quote with a quote; save arrays of numbers as .npy";
            return Err(wrong(Fault::new(reason, cure)));
        }
        let most = (out.len() as u64).min(self.left) as usize;
        let read = if self.ahead.is_empty() {
            self.inner.read(&mut out[..most])?
        } else {
            let count = self.ahead.len().min(most);
            out[..count].copy_from_slice(&self.ahead[..count]);
            self.ahead.drain(..count);
            count
        };
        if read == 0 && !self.begun.is_empty() {
            let from = self.seen - self.begun.len() as u64;
            return Err(wrong(self.foreign(self.begun[0], from, &[])));
        }
        self.left -= read as u64;
        let bytes = &out[..read];
        self.check(bytes).map_err(wrong)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out so many bytes at a time.
    struct Piecewise<'a>(&'a [u8], usize);

    impl Read for Piecewise<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(out.len()).min(self.0.len());
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn read(bytes: &[u8], at_once: usize) -> Result<String, String> {
        let mut text = String::new();
        let read = Text::new(Piecewise(bytes, at_once)).and_then(|mut reader| reader.read_to_string(&mut text));
        read.map(|_| text).map_err(|error| error.to_string())
    }

    #[test]
    fn letters_may_be_cut_anywhere() {
        let text = "word\tkind\nœuvre\tnom\n漢字\tnom\n🌱\tsign\n";
        for at_once in 1..9 {
            assert_eq!(read(text.as_bytes(), at_once).unwrap(), text);
            assert_eq!(read(format!("\u{feff}{text}").as_bytes(), at_once).unwrap(), text);
        }
    }

    #[test]
    fn other_codings_are_told_with_their_place() {
        for at_once in 1..9 {
            let told = |bytes: &[u8]| read(bytes, at_once).unwrap_err();
            // In Latin-1 an e with an acute accent is one byte.
            let said = told(b"word\nplain\ncaf\xe9\tnoun\n");
            assert_eq!(
                said,
                "is not UTF-8: byte 0xE9 at offset 14, in line 3; save it as UTF-8; in Latin-1 that byte is `é`"
            );
            assert!(told(b"caf\xe9").contains("offset 3, in line 1"), "{}", told(b"caf\xe9"));
            assert!(told(b"ab\ncd\xf0\x9f\x8c").contains("byte 0xF0 at offset 5, in line 2"));
            assert!(told(b"a\n\xe2\x82x").contains("byte 0xE2 at offset 2, in line 2"));
            assert!(told(b"ab\ncd\0").contains("byte 0 at offset 5, in line 2"));
            for (text, name) in [
                (&b"\xff\xfea\0b\0"[..], "UTF-16"),
                (b"\xfe\xff\0a", "UTF-16"),
                (b"a\0b\0", "UTF-16"),
                (b"\0a\0b", "UTF-16"),
                (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
            ] {
                assert!(told(text).starts_with(&format!("is written in {name}")), "{}", told(text));
            }
        }
    }
}
