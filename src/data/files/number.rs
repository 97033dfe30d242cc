//! Numbers as files hold them.

/// What a number is, whatever its bytes' order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    F16,
    Bf16,
    F32,
    F64,
}

/// A type of number that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    pub kind: Kind,
    /// Whether its first byte is its highest.
    pub big: bool,
}

impl Number {
    /// A number whose first byte is its lowest.
    #[must_use]
    pub const fn little(kind: Kind) -> Self {
        Self { kind, big: false }
    }

    /// Bytes of one number.
    #[must_use]
    pub const fn size(self) -> usize {
        match self.kind {
            Kind::Bool | Kind::U8 | Kind::I8 => 1,
            Kind::U16 | Kind::I16 | Kind::F16 | Kind::Bf16 => 2,
            Kind::U32 | Kind::I32 | Kind::F32 => 4,
            Kind::U64 | Kind::I64 | Kind::F64 => 8,
        }
    }

    /// Its name as PyTorch and safetensors have it, shortened: `f32`, `bf16`, `u8`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.kind {
            Kind::Bool => "bool",
            Kind::U8 => "u8",
            Kind::U16 => "u16",
            Kind::U32 => "u32",
            Kind::U64 => "u64",
            Kind::I8 => "i8",
            Kind::I16 => "i16",
            Kind::I32 => "i32",
            Kind::I64 => "i64",
            Kind::F16 => "f16",
            Kind::Bf16 => "bf16",
            Kind::F32 => "f32",
            Kind::F64 => "f64",
        }
    }

    /// Whether `array` of the language takes it: a float with its lowest byte first.
    #[must_use]
    pub const fn is_embedding(self) -> bool {
        matches!(self.kind, Kind::F16 | Kind::Bf16 | Kind::F32 | Kind::F64) && !self.big
    }

    /// Whether it is a whole number.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        !matches!(self.kind, Kind::F16 | Kind::Bf16 | Kind::F32 | Kind::F64)
    }

    /// Reads one number from [`Number::size`] bytes. Whole numbers beyond 2^53 are rounded.
    #[must_use]
    pub fn read(self, bytes: &[u8]) -> f64 {
        if let [byte] = *bytes {
            return match self.kind {
                Kind::Bool => f64::from(u8::from(byte != 0)),
                Kind::I8 => f64::from(byte as i8),
                _ => f64::from(byte),
            };
        }
        let mut low = [0; 8];
        for (at, &byte) in bytes.iter().take(8).enumerate() {
            low[if self.big { bytes.len().min(8) - 1 - at } else { at }] = byte;
        }
        let [a, b, c, d, ..] = low;
        match self.kind {
            Kind::Bool | Kind::U8 | Kind::I8 => f64::from(a),
            Kind::U16 => f64::from(u16::from_le_bytes([a, b])),
            Kind::U32 => f64::from(u32::from_le_bytes([a, b, c, d])),
            Kind::U64 => u64::from_le_bytes(low) as f64,
            Kind::I16 => f64::from(i16::from_le_bytes([a, b])),
            Kind::I32 => f64::from(i32::from_le_bytes([a, b, c, d])),
            Kind::I64 => i64::from_le_bytes(low) as f64,
            Kind::F16 => f64::from(half(u16::from_le_bytes([a, b]))),
            Kind::Bf16 => f64::from(f32::from_bits(u32::from(u16::from_le_bytes([a, b])) << 16)),
            Kind::F32 => f64::from(f32::from_le_bytes([a, b, c, d])),
            Kind::F64 => f64::from_le_bytes(low),
        }
    }
}

impl Number {
    /// Reads numbers one behind the other, [`Number::size`] bytes each, as 32 bits.
    pub fn floats(self, bytes: &[u8], out: &mut Vec<f32>) {
        fn each<const SIZE: usize>(bytes: &[u8], out: &mut Vec<f32>, read: impl Fn([u8; SIZE]) -> f32) {
            out.extend(bytes.as_chunks().0.iter().map(|&bytes| read(bytes)));
        }
        // Weights of models are of these, and of many millions of them.
        match (self.kind, self.big) {
            (Kind::F32, false) => each(bytes, out, f32::from_le_bytes),
            (Kind::F16, false) => each(bytes, out, |bytes| half(u16::from_le_bytes(bytes))),
            (Kind::Bf16, false) => each(bytes, out, |bytes| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16)),
            _ => out.extend(bytes.chunks_exact(self.size()).map(|bytes| self.read(bytes) as f32)),
        }
    }
}

/// A 16 bit float of IEEE 754 as one of 32 bits, which holds it exactly.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = ((bits >> 10) & 31, f32::from(bits & 1023));
    let size = match exponent {
        0 => fraction / 16_777_216.0,
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        // 2^(exponent - 15), put together from its bits.
        _ => (1.0 + fraction / 1024.0) * f32::from_bits((u32::from(exponent) + 112) << 23),
    };
    sign * size
}
