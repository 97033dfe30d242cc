//! The labels of a row of shapes, without a division: most sequences show dozens of rows.

use crate::data::ShapesSpec;

/// How the number of a row is taken apart, the slowest factor first.
pub struct Attributes(Vec<Digit>);

struct Digit {
    size: u64,
    /// A number that stands for a division by how many rows a label of this factor goes through.
    reciprocal: u64,
}

/// Binary places of a reciprocal. Rows and divisors are below 2^20, so that their product is below 2 to this power, and
/// a product with the reciprocal exceeds the quotient by too little to reach the next whole number.
const PLACES: u32 = 40;

impl Attributes {
    pub fn of(source: &ShapesSpec) -> Self {
        let mut stride = 1;
        let mut digits = Vec::new();
        for size in source.values.into_iter().map(|size| size as u64).rev().filter(|size| *size > 1) {
            digits.push(Digit { size, reciprocal: (1 << PLACES) / stride + 1 });
            stride *= size;
        }
        digits.reverse();
        Self(digits)
    }

    /// The labels of a row, those of factors with one value left out.
    #[inline]
    pub fn write(&self, row: u32, out: &mut [f64]) {
        let mut before = 0;
        for (out, digit) in out.iter_mut().zip(&self.0) {
            let upto = (u64::from(row) * digit.reciprocal) >> PLACES;
            *out = (upto - before * digit.size) as f64;
            before = upto;
        }
    }
}
