//! How alike the residual stream is in two places: between tokens, between layers, and between now and the first weights.

use super::look::{Look, Scored, Sight, Tokens};
use crate::engine::error::Result;
use crate::program::model::Site;
use std::ops::Range;

/// Mean cosine between different tokens of a sequence.
pub struct Collapse {
    after: usize,
    tokens: Tokens,
    sum: f64,
    count: u64,
}

impl Collapse {
    /// Of the stream after so many layers, at some tokens.
    #[must_use]
    pub fn new(after: usize, tokens: Tokens) -> Self {
        Self { after, tokens, sum: 0.0, count: 0 }
    }
}

impl Scored for Collapse {
    fn value(&self) -> f64 {
        self.sum / self.count as f64
    }
}

impl Look for Collapse {
    fn sights(&self) -> Vec<Sight> {
        vec![Sight::now(Site::Residual(self.after), self.tokens.clone())]
    }

    fn look(&mut self, sequences: Range<usize>, seen: &[&[f32]]) -> Result<()> {
        let tokens = self.tokens.len();
        let width = seen[0].len() / (sequences.len() * tokens);
        for sequence in seen[0].chunks_exact(tokens * width) {
            // Of unit vectors, the square of the sum is what all pairs give, each token with itself among them.
            let mut sum = vec![0.0; width];
            for row in sequence.chunks_exact(width) {
                let length = dot(row, row).sqrt();
                sum.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value) / length);
            }
            let (all, own) = (sum.iter().map(|value| value * value).sum::<f64>(), tokens as f64);
            self.sum += (all - own) / (own * (own - 1.0));
            self.count += 1;
        }
        Ok(())
    }
}

/// Two places of the stream that are compared, the second perhaps of the first weights.
#[derive(Clone, Debug)]
pub struct Places {
    pub after: usize,
    pub with: usize,
    pub first: bool,
    pub tokens: Tokens,
}

impl Places {
    fn sights(&self) -> Vec<Sight> {
        let tokens = &self.tokens;
        vec![
            Sight::now(Site::Residual(self.after), tokens.clone()),
            Sight { site: Site::Residual(self.with), tokens: tokens.clone(), first: self.first },
        ]
    }

    fn width(&self, sequences: &Range<usize>, seen: &[&[f32]]) -> usize {
        seen[0].len() / (sequences.len() * self.tokens.len())
    }
}

/// Mean cosine between the same token in two places.
pub struct Similarity {
    places: Places,
    sum: f64,
    count: u64,
}

impl Similarity {
    /// Of two places.
    #[must_use]
    pub fn new(places: Places) -> Self {
        Self { places, sum: 0.0, count: 0 }
    }
}

impl Scored for Similarity {
    fn value(&self) -> f64 {
        self.sum / self.count as f64
    }
}

impl Look for Similarity {
    fn sights(&self) -> Vec<Sight> {
        self.places.sights()
    }

    fn look(&mut self, sequences: Range<usize>, seen: &[&[f32]]) -> Result<()> {
        let width = self.places.width(&sequences, seen);
        for (a, b) in seen[0].chunks_exact(width).zip(seen[1].chunks_exact(width)) {
            self.sum += dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
            self.count += 1;
        }
        Ok(())
    }
}

/// Linear centred kernel alignment of two places (Kornblith et al. 2019, equation 4):
/// `|Y'X|^2 / (|X'X| |Y'Y|)` in Frobenius norms, columns centred, a row for each token.
pub struct Alignment {
    places: Places,
    width: usize,
    count: f64,
    /// The products of all columns of both places side by side, `[2 width, 2 width]`, and the sums of the columns.
    products: Vec<f64>,
    sums: Vec<f64>,
}

impl Alignment {
    /// Of two places of a stream of a width.
    #[must_use]
    pub fn new(places: Places, width: usize) -> Self {
        let both = 2 * width;
        Self { places, width, count: 0.0, products: vec![0.0; both * both], sums: vec![0.0; both] }
    }
}

impl Scored for Alignment {
    fn value(&self) -> f64 {
        let (width, both) = (self.width, 2 * self.width);
        let norm = |rows: Range<usize>, columns: Range<usize>| -> f64 {
            let entry = |row: usize, column: usize| {
                // Only what lies on and above the diagonal was summed.
                let (low, high) = (row.min(column), row.max(column));
                self.products[low * both + high] - self.sums[row] * self.sums[column] / self.count
            };
            let squares = rows.flat_map(|row| columns.clone().map(move |column| entry(row, column).powi(2)));
            squares.sum::<f64>().sqrt()
        };
        let (x, y) = (0..width, width..both);
        norm(x.clone(), y.clone()).powi(2) / (norm(x.clone(), x) * norm(y.clone(), y))
    }
}

impl Look for Alignment {
    fn sights(&self) -> Vec<Sight> {
        self.places.sights()
    }

    fn look(&mut self, _sequences: Range<usize>, seen: &[&[f32]]) -> Result<()> {
        let (width, both) = (self.width, 2 * self.width);
        let mut row = vec![0.0; both];
        for (a, b) in seen[0].chunks_exact(width).zip(seen[1].chunks_exact(width)) {
            row.iter_mut().zip(a.iter().chain(b)).for_each(|(to, &value)| *to = f64::from(value));
            for (at, &value) in row.iter().enumerate() {
                self.sums[at] += value;
                let products = &mut self.products[at * both + at..(at + 1) * both];
                products.iter_mut().zip(&row[at..]).for_each(|(sum, other)| *sum += value * other);
            }
            self.count += 1.0;
        }
        Ok(())
    }
}

/// A product of two rows, in f64.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}
