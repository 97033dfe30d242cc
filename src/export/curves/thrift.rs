//! Structures in Thrift's compact protocol, as Parquet has its page headers and its footer
//! (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>).

/// The numbers of the types that are needed here.
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A structure while its fields are added, in rising order of their numbers.
#[derive(Debug, Default)]
pub struct Struct {
    bytes: Vec<u8>,
    last: u8,
}

impl Struct {
    /// A field of a number, at most 14 behind the one before, which is all that Parquet asks for.
    fn field(&mut self, number: u8, kind: u8) {
        debug_assert!(number > self.last && number - self.last < 15);
        self.bytes.push((number - self.last) << 4 | kind);
        self.last = number;
    }

    /// A number of 32 bits; enumerations are such numbers.
    pub fn i32(mut self, number: u8, value: i32) -> Self {
        self.field(number, I32);
        varint(&mut self.bytes, zigzag(value.into()));
        self
    }

    pub fn i64(mut self, number: u8, value: i64) -> Self {
        self.field(number, I64);
        varint(&mut self.bytes, zigzag(value));
        self
    }

    pub fn text(mut self, number: u8, text: &str) -> Self {
        self.field(number, BINARY);
        binary(&mut self.bytes, text);
        self
    }

    pub fn inner(mut self, number: u8, inner: Self) -> Self {
        self.field(number, STRUCT);
        self.bytes.extend(inner.done());
        self
    }

    pub fn structs(mut self, number: u8, all: Vec<Self>) -> Self {
        self.list(number, STRUCT, all.len());
        all.into_iter().for_each(|one| self.bytes.extend(one.done()));
        self
    }

    pub fn numbers(mut self, number: u8, all: &[i32]) -> Self {
        self.list(number, I32, all.len());
        all.iter().for_each(|&one| varint(&mut self.bytes, zigzag(one.into())));
        self
    }

    pub fn texts(mut self, number: u8, all: &[&str]) -> Self {
        self.list(number, BINARY, all.len());
        all.iter().for_each(|text| binary(&mut self.bytes, text));
        self
    }

    fn list(&mut self, number: u8, kind: u8, length: usize) {
        self.field(number, LIST);
        if length < 15 {
            self.bytes.push((length as u8) << 4 | kind);
        } else {
            self.bytes.push(0xf0 | kind);
            varint(&mut self.bytes, length as u64);
        }
    }

    /// All of its bytes, with the mark of its end.
    pub fn done(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

/// Small numbers of either sign as small ones without.
const fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

/// Seven bits a byte, the lowest first; all bytes but the last have their highest bit set.
pub fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn binary(out: &mut Vec<u8>, text: &str) {
    varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}
