//! Elements of a pool as they are kept: a pool has thousands, and sequences pick them at random, so that the less memory
//! they lie in, the less often it is waited for.

use super::Fault;
use crate::engine::kernels::simd::simd;
use std::sync::OnceLock;

/// The elements of a pool, drawn and kept some neighbours at a time.
pub struct Kept {
    elements: usize,
    width: usize,
    drawn: Vec<OnceLock<Numbers>>,
}

/// Neighbours that are drawn together.
const SOME: usize = 16;

/// The numbers of some elements.
enum Numbers {
    /// Labels, all below 256.
    Labels(Box<[u8]>),
    Any(Box<[f64]>),
}

impl Kept {
    /// A pool of so many elements of so many numbers, none of them drawn yet.
    pub fn new(elements: usize, width: usize) -> Self {
        Self { elements, width, drawn: (0..elements.div_ceil(SOME)).map(|_| OnceLock::new()).collect() }
    }

    /// Writes an element, drawn by `draw` unless it was before.
    ///
    /// # Errors
    /// Those of `draw`.
    pub fn write(
        &self,
        element: usize,
        out: &mut [f64],
        draw: impl Fn(u64, &mut [f64]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let some = &self.drawn[element / SOME];
        let numbers = if let Some(numbers) = some.get() {
            numbers
        } else {
            let first = element / SOME * SOME;
            let together = first..self.elements.min(first + SOME);
            let mut numbers = vec![0.0; together.len() * self.width];
            for (element, numbers) in together.zip(numbers.chunks_exact_mut(self.width)) {
                draw(element as u64, numbers)?;
            }
            // Another thread may have drawn the same numbers meanwhile.
            some.get_or_init(|| Numbers::of(numbers))
        };
        let start = element % SOME * self.width;
        numbers.write(start, out);
        Ok(())
    }
}

simd! {
    /// Labels as numbers.
    fn widen(labels: &[u8], out: &mut [f64]) = widen_body;
}

#[inline(always)]
fn widen_body<const FUSED: bool>(labels: &[u8], out: &mut [f64]) {
    for (out, label) in out.iter_mut().zip(labels) {
        *out = f64::from(*label);
    }
}

impl Numbers {
    fn of(numbers: Vec<f64>) -> Self {
        let labels: Box<[u8]> = numbers.iter().map(|x| *x as u8).collect();
        let same = numbers.iter().zip(&labels).all(|(x, label)| x.to_bits() == f64::from(*label).to_bits());
        if same { Self::Labels(labels) } else { Self::Any(numbers.into()) }
    }

    fn write(&self, start: usize, out: &mut [f64]) {
        match self {
            Self::Labels(labels) => {
                let labels = &labels[start..start + out.len()];
                widen(labels, out);
            }
            Self::Any(numbers) => out.copy_from_slice(&numbers[start..start + out.len()]),
        }
    }
}
