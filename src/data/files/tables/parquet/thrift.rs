//! Values in Thrift's compact protocol (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>), in
//! which Parquet's footer and page headers are written.

/// How deep structures may lie in each other; Parquet's lie six deep.
const DEEP: usize = 16;

/// A value as it stands there.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Truth(bool),
    Whole(i64),
    Real,
    Bytes(&'a [u8]),
    List(Vec<Value<'a>>),
    Struct(Vec<(i16, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// The field of a structure.
    pub fn field(&self, number: i16) -> Option<&Value<'a>> {
        match self {
            Self::Struct(fields) => fields.iter().find(|(known, _)| *known == number).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn whole(&self, number: i16) -> Option<i64> {
        match self.field(number)? {
            Self::Whole(value) => Some(*value),
            _ => None,
        }
    }

    pub fn text(&self, number: i16) -> Option<String> {
        match self.field(number)? {
            Self::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }

    pub fn list(&self, number: i16) -> &[Value<'a>] {
        match self.field(number) {
            Some(Self::List(values)) => values,
            _ => &[],
        }
    }
}

/// Reads a structure from the beginning of some bytes, and tells how many it took.
pub fn structure(bytes: &[u8]) -> Option<(Value<'_>, usize)> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.structure(0)?;
    Some((value, reader.at))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        varint(self.bytes, &mut self.at)
    }

    fn zigzag(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn structure(&mut self, depth: usize) -> Option<Value<'a>> {
        if depth > DEEP {
            return None;
        }
        let mut fields = Vec::new();
        let mut last = 0_i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(Value::Struct(fields));
            }
            let step = i16::from(head >> 4);
            last = if step == 0 { self.zigzag()? as i16 } else { last.checked_add(step)? };
            let value = match head & 15 {
                1 => Value::Truth(true),
                2 => Value::Truth(false),
                kind => self.value(kind, depth)?,
            };
            fields.push((last, value));
        }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Option<Value<'a>> {
        Some(match kind {
            // Within a list, a truth is a byte.
            1 | 2 => Value::Truth(self.byte()? == 1),
            3 => Value::Whole(i64::from(self.byte()? as i8)),
            4..=6 => Value::Whole(self.zigzag()?),
            7 => {
                self.at = self.at.checked_add(8).filter(|at| *at <= self.bytes.len())?;
                Value::Real
            }
            8 => {
                let length = self.varint()? as usize;
                let bytes = self.bytes.get(self.at..self.at.checked_add(length)?)?;
                self.at += length;
                Value::Bytes(bytes)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                // Every value takes a byte at least.
                if count > (self.bytes.len() - self.at) as u64 {
                    return None;
                }
                let values = (0..count).map(|_| self.value(head & 15, depth + 1));
                Value::List(values.collect::<Option<_>>()?)
            }
            12 => self.structure(depth + 1)?,
            // Maps do not occur.
            _ => return None,
        })
    }
}

/// Seven bits a byte, the lowest first; all bytes but the last have their highest bit set.
pub fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
