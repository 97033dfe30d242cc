//! The labels of rows of shapes, without a division: most sequences show dozens of rows.

use crate::data::ShapesSpec;
use crate::engine::kernels::simd::simd;

/// Factors of a row.
const FACTORS: usize = 6;

/// How the number of a row is taken apart, the slowest factor first.
pub struct Attributes {
    pub factors: usize,
    pub sizes: [f64; FACTORS],
    /// What rows are multiplied with in place of a division by how many of them a label of each factor goes through.
    reciprocals: [f64; FACTORS],
}

/// A reciprocal, larger by a share that lies far above the rounding of a product, and far below one row in any source.
fn reciprocal(of: usize) -> f64 {
    (1.0 + 1.0 / (1u64 << 40) as f64) / of as f64
}

simd! {
    /// The labels of rows, those of factors with one value left out.
    fn labels(attributes: &Attributes, rows: &[f64], out: &mut [f64]) = labels_body;
}

#[inline(always)]
fn labels_body<const FUSED: bool>(attributes: &Attributes, rows: &[f64], out: &mut [f64]) {
    match attributes.factors {
        1 => attributes.each::<1>(rows, out),
        2 => attributes.each::<2>(rows, out),
        3 => attributes.each::<3>(rows, out),
        4 => attributes.each::<4>(rows, out),
        5 => attributes.each::<5>(rows, out),
        _ => attributes.each::<FACTORS>(rows, out),
    }
}

impl Attributes {
    pub fn of(source: &ShapesSpec) -> Self {
        let sizes: Vec<usize> = source.values.into_iter().filter(|size| *size > 1).collect();
        let mut attributes = Self { factors: sizes.len(), sizes: [0.0; FACTORS], reciprocals: [0.0; FACTORS] };
        let mut stride = 1;
        for (factor, &size) in sizes.iter().enumerate().rev() {
            attributes.sizes[factor] = size as f64;
            attributes.reciprocals[factor] = reciprocal(stride);
            stride *= size;
        }
        attributes
    }

    /// The labels of rows, those of factors with one value left out.
    pub fn write(&self, rows: &[f64], out: &mut [f64]) {
        labels(self, rows, out);
    }

    #[inline(always)]
    fn each<const COUNT: usize>(&self, rows: &[f64], out: &mut [f64]) {
        for (row, out) in rows.iter().zip(out.as_chunks_mut::<COUNT>().0) {
            let mut before = 0.0;
            for (out, (reciprocal, size)) in out.iter_mut().zip(self.reciprocals.iter().zip(&self.sizes)) {
                let upto = (row * reciprocal).floor();
                *out = upto - before * size;
                before = upto;
            }
        }
    }
}
