//! Symmetric positive definite systems.

use super::panels::add_times;

/// `A = R' R`, with `R` upper triangular.
pub(super) struct Cholesky {
    size: usize,
    /// Row by row; below the diagonal nothing counts.
    root: Vec<f64>,
}

impl Cholesky {
    /// Factors a matrix, `[size, size]`, of which the upper triangle is read; none where it is singular to rounding: where a
    /// pivot keeps less than some `size` roundings of its diagonal.
    pub fn of(mut matrix: Vec<f64>, size: usize) -> Option<Self> {
        let least: Vec<f64> = (0..size).map(|at| matrix[at * size + at] * 8.0 * size as f64 * f64::EPSILON).collect();
        for at in 0..size {
            let (above, below) = matrix.split_at_mut((at + 1) * size);
            let row = &mut above[at * size..];
            let pivot = row[at];
            // Written so that what is not a number fails too.
            if !(pivot > least[at] && pivot.is_finite()) {
                return None;
            }
            let scale = 1.0 / pivot.sqrt();
            row[at..].iter_mut().for_each(|value| *value *= scale);
            for (later, under) in below.chunks_exact_mut(size).enumerate() {
                let column = at + 1 + later;
                add_times(-row[column], &row[column..], &mut under[column..]);
            }
        }
        Some(Self { size, root: matrix })
    }

    /// Replaces `values`, `[size, columns]`, by the solutions of `A x = values`.
    pub fn solve(&self, values: &mut [f64], columns: usize) {
        let size = self.size;
        for at in 0..size {
            let row = &self.root[at * size..][..size];
            let (above, below) = values.split_at_mut((at + 1) * columns);
            let own = &mut above[at * columns..];
            own.iter_mut().for_each(|value| *value /= row[at]);
            for (factor, under) in row[at + 1..].iter().zip(below.chunks_exact_mut(columns)) {
                add_times(-factor, own, under);
            }
        }
        for at in (0..size).rev() {
            let row = &self.root[at * size..][..size];
            let (above, below) = values.split_at_mut((at + 1) * columns);
            let own = &mut above[at * columns..];
            for (factor, under) in row[at + 1..].iter().zip(below.chunks_exact(columns)) {
                add_times(-factor, under, own);
            }
            own.iter_mut().for_each(|value| *value /= row[at]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved() {
        let matrix = vec![4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let wanted = [1.0, -2.0, 0.5, 3.0, -1.0, 0.25];
        let mut values: Vec<f64> = (0..6)
            .map(|at| (0..3).map(|inner| matrix[at / 2 * 3 + inner] * wanted[inner * 2 + at % 2]).sum())
            .collect();
        Cholesky::of(matrix, 3).unwrap().solve(&mut values, 2);
        for (value, wanted) in values.iter().zip(wanted) {
            assert!((value - wanted).abs() < 1e-14);
        }
    }

    #[test]
    fn a_singular_matrix_has_no_factors() {
        assert!(Cholesky::of(vec![1.0, 1.0, 1.0, 1.0], 2).is_none());
        assert!(Cholesky::of(vec![f64::NAN], 1).is_none());
        assert!(Cholesky::of(vec![0.0], 1).is_none());
    }
}
