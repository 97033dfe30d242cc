//! The faces that a PDF carries: which glyph a letter has, and how wide it is.

/// A TrueType face.
pub struct Face {
    pub name: &'static str,
    pub file: &'static [u8],
}

pub const PLAIN: Face = Face { name: "DejaVuSans", file: include_bytes!("DejaVuSans.ttf") };
pub const BOLD: Face = Face { name: "DejaVuSans-Bold", file: include_bytes!("DejaVuSans-Bold.ttf") };

impl Face {
    fn u16(&self, at: usize) -> usize {
        self.file.get(at..at + 2).map_or(0, |two| usize::from(two[0]) << 8 | usize::from(two[1]))
    }

    fn u32(&self, at: usize) -> usize {
        self.u16(at) << 16 | self.u16(at + 2)
    }

    /// Where a table begins (OpenType 1.9, "Organization of an OpenType Font").
    fn table(&self, tag: [u8; 4]) -> usize {
        let records = (0..self.u16(4)).map(|record| 12 + 16 * record);
        let mut found = records.filter(|&record| self.file.get(record..record + 4) == Some(&tag[..]));
        found.next().map_or(0, |record| self.u32(record + 8))
    }

    /// The glyph of a letter, that of `?` where it has none (`cmap` format 4).
    pub fn glyph(&self, letter: char) -> u16 {
        self.own(letter).or_else(|| self.own('?')).unwrap_or(0)
    }

    fn own(&self, letter: char) -> Option<u16> {
        let (code, cmap) = (letter as usize, self.table(*b"cmap"));
        let records = (0..self.u16(cmap + 2)).map(|record| cmap + self.u32(cmap + 4 + 8 * record + 4));
        let at = records.into_iter().find(|&at| self.u16(at) == 4)?;
        let double = self.u16(at + 6);
        let (ends, starts) = (at + 14, at + 16 + double);
        let (deltas, offsets) = (starts + double, starts + 2 * double);
        let segment = (0..double).step_by(2).find(|&segment| self.u16(ends + segment) >= code)?;
        let start = self.u16(starts + segment);
        if code < start || code > 0xffff {
            return None;
        }
        let (delta, offset) = (self.u16(deltas + segment), self.u16(offsets + segment));
        let glyph = if offset == 0 {
            code + delta
        } else {
            match self.u16(offsets + segment + offset + 2 * (code - start)) {
                0 => 0,
                glyph => glyph + delta,
            }
        };
        u16::try_from(glyph % 0x1_0000).ok().filter(|glyph| *glyph > 0)
    }

    /// The advance of a glyph in thousandths of an em (`hmtx`).
    pub fn advance(&self, glyph: u16) -> f64 {
        let em = self.u16(self.table(*b"head") + 18).max(1);
        let known = self.u16(self.table(*b"hhea") + 34).max(1);
        let at = self.table(*b"hmtx") + 4 * usize::from(glyph).min(known - 1);
        self.u16(at) as f64 * 1000.0 / em as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_as_wide_as_in_the_tables_that_labels_are_measured_with() {
        for (face, bold) in [(PLAIN, false), (BOLD, true)] {
            for letter in ' '..='~' {
                let width = super::super::super::glyph::width(&letter.to_string(), 1000.0, bold);
                let advance = face.advance(face.glyph(letter));
                assert!((advance - width).abs() < 1e-9, "{letter}: {advance} {width}");
            }
            assert_ne!(face.glyph('τ'), face.glyph('?'));
            assert_eq!(face.glyph('注'), face.glyph('?'));
        }
    }
}
