//! The space that the inputs so far span, one input at a time: an orthonormal basis, and the triangular factor of the
//! inputs in its coordinates. Together they are a URV decomposition of rank as revealed (Stewart 1992, "An updating
//! algorithm for subspace tracking"), which gives least squares of least norm without a singular value decomposition a
//! step.

use super::triangle::Triangle;
use super::vectors::{add, dot, norm};

/// What counts as 0 beside 1, for each coordinate or row that was summed over: above the rounding of an update, which
/// is a few units of the last place, and far below anything that data mean.
const NOTHING: f64 = 16.0 * f64::EPSILON;

pub struct RowSpace {
    dim: usize,
    /// Orthonormal directions, `[rank, dim]` row-major.
    basis: Vec<f64>,
    triangle: Triangle,
    rows: usize,
    /// The Frobenius norm of the rows so far.
    size: f64,
}

/// An input taken apart.
pub struct Parts {
    /// Its coordinates in the basis.
    pub coordinates: Vec<f64>,
    /// What lies outside of the space; nothing where the space is everything.
    rest: Vec<f64>,
    length: f64,
}

impl RowSpace {
    /// The space of no inputs, with room for `rows` of them.
    pub fn new(dim: usize, rows: usize, outputs: usize) -> Self {
        let room = dim.min(rows);
        let basis = Vec::with_capacity(room * dim);
        Self { dim, basis, triangle: Triangle::new(room, outputs), rows: 0, size: 0.0 }
    }

    /// The factor of the inputs so far, in coordinates of the basis.
    pub fn triangle(&self) -> &Triangle {
        &self.triangle
    }

    /// Takes an input apart, into what the inputs so far span and the rest.
    pub fn split(&self, input: &[f64]) -> Parts {
        let mut coordinates = vec![0.0; self.triangle.size()];
        let length = norm(input);
        if self.triangle.size() == self.dim {
            self.directions().zip(&mut coordinates).for_each(|(direction, at)| *at = dot(direction, input));
            return Parts { coordinates, rest: Vec::new(), length };
        }
        let mut rest = input.to_vec();
        let mut before = length;
        // A pass that takes most of a vector away leaves its rounding, which the next pass takes away.
        for _ in 0..3 {
            for (direction, at) in self.directions().zip(&mut coordinates) {
                let along = dot(direction, &rest);
                *at += along;
                add(&mut rest, -along, direction);
            }
            let after = norm(&rest);
            if after > 0.5 * before || after <= self.nothing() * length {
                break;
            }
            before = after;
        }
        Parts { coordinates, rest, length }
    }

    /// Adds an input, taken apart, and its targets.
    pub fn learn(&mut self, parts: Parts, targets: &[f64]) {
        let Parts { mut coordinates, rest, length } = parts;
        self.rows += 1;
        self.size = norm(&[self.size, length]);
        let outside = norm(&rest);
        let grows = outside > self.nothing() * length;
        if grows {
            self.basis.extend(rest.iter().map(|value| value / outside));
            self.triangle.grow();
            coordinates.push(outside);
        }
        self.triangle.append(&mut coordinates, &mut targets.to_vec());
        // A row lowers no singular value; only a column can bring one that is nothing but rounding, where the basis
        // itself was known no better, and at most one.
        if grows {
            let (direction, least) = self.triangle.weakest(f64::EPSILON * f64::EPSILON * self.size);
            if least <= self.nothing() * self.size {
                self.forget(direction);
            }
        }
    }

    fn forget(&mut self, direction: Vec<f64>) {
        let (basis, dim) = (&mut self.basis, self.dim);
        self.triangle.forget(direction, |at, rotation| {
            let (lower, upper) = basis.split_at_mut((at + 1) * dim);
            rotation.rotate(&mut upper[..dim], &mut lower[at * dim..]);
        });
        self.basis.truncate(self.triangle.size() * dim);
    }

    fn directions(&self) -> impl Iterator<Item = &[f64]> {
        self.basis.chunks_exact(self.dim.max(1))
    }

    fn nothing(&self) -> f64 {
        NOTHING * self.dim.max(self.rows) as f64
    }
}
