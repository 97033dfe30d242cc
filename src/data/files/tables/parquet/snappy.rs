//! Snappy's raw format (<https://github.com/google/snappy/blob/main/format_description.txt>).

use super::thrift::varint;

/// Unpacks `bytes`, which must come to `size` bytes.
pub fn unpack(bytes: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut at = 0;
    if varint(bytes, &mut at)? != size as u64 {
        return None;
    }
    // No three bytes unpack to more than 64.
    if size > bytes.len().saturating_mul(64) {
        return None;
    }
    let mut out: Vec<u8> = Vec::with_capacity(size);
    let number = |at: usize, size: usize| {
        let bytes = bytes.get(at..at.checked_add(size)?)?;
        Some(bytes.iter().rev().fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte)))
    };
    while at < bytes.len() {
        let tag = usize::from(bytes[at]);
        let kind = tag & 3;
        at += 1;
        if kind == 0 {
            let mut length = tag >> 2;
            if length >= 60 {
                let field = length - 59;
                length = number(at, field)?;
                at += field;
            }
            let literal = bytes.get(at..at.checked_add(length + 1)?)?;
            out.extend_from_slice(literal);
            at += literal.len();
        } else {
            let (length, field, high) = match kind {
                1 => ((tag >> 2 & 7) + 4, 1, (tag >> 5) << 8),
                2 => ((tag >> 2) + 1, 2, 0),
                _ => ((tag >> 2) + 1, 4, 0),
            };
            let back = number(at, field)? | high;
            at += field;
            let start = out.len().checked_sub(back).filter(|_| back > 0)?;
            // What is copied may begin before it is whole.
            for place in start..start + length {
                out.push(out[place]);
            }
        }
        if out.len() > size {
            return None;
        }
    }
    (out.len() == size).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::unpack;

    #[test]
    fn literals_and_copies_are_unpacked() {
        // "abcd", then eight letters from four back, then two by the longer copy.
        let packed = [14, 3 << 2, b'a', b'b', b'c', b'd', (4 << 2) | 1, 4, (1 << 2) | 2, 3, 0];
        assert_eq!(unpack(&packed, 14).unwrap(), b"abcdabcdabcdbc");
        assert_eq!(unpack(&packed, 13), None);
        // A copy from before the beginning, and one from nowhere.
        assert_eq!(unpack(&[4, 1, 1], 4), None);
        assert_eq!(unpack(&[5, 0, b'a', 1, 0], 5), None);
    }
}
