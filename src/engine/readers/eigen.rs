//! Symmetric matrices by their eigenvectors, for systems that are singular.

use super::panels::add_times;

/// Sweeps after which rotations have long converged, which they do quadratically.
const SWEEPS: usize = 60;

/// `A = V' diag(values) V`, with eigenvectors in the rows of `V`.
pub(super) struct Eigen {
    size: usize,
    values: Vec<f64>,
    vectors: Vec<f64>,
}

impl Eigen {
    /// Cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, 8.5) of a matrix, `[size, size]`.
    pub fn of(mut matrix: Vec<f64>, size: usize) -> Self {
        let mut vectors = vec![0.0; size * size];
        (0..size).for_each(|at| vectors[at * size + at] = 1.0);
        // What is smaller moves no eigenvalue by a rounding of the largest.
        let least = (0..size).map(|at| matrix[at * size + at].abs()).fold(0.0, f64::max) * f64::EPSILON / 64.0;
        for _ in 0..SWEEPS {
            let mut turned = false;
            for p in 0..size {
                for q in p + 1..size {
                    let (own, other, off) = (matrix[p * size + p], matrix[q * size + q], matrix[p * size + q]);
                    if off.abs() <= least {
                        continue;
                    }
                    turned = true;
                    let ratio = (other - own) / (2.0 * off);
                    let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
                    let cosine = 1.0 / tangent.hypot(1.0);
                    let sine = tangent * cosine;
                    rotate_columns(&mut matrix, size, (p, q), cosine, sine);
                    rotate_rows(&mut matrix, size, (p, q), cosine, sine);
                    rotate_rows(&mut vectors, size, (p, q), cosine, sine);
                }
            }
            if !turned {
                break;
            }
        }
        let values = (0..size).map(|at| matrix[at * size + at]).collect();
        Self { size, values, vectors }
    }

    /// The solutions of `(A + lambda) x = values`, `[size, columns]`, of least norm: eigenvalues of `A` below some
    /// roundings of its largest count as 0, and directions without weight are left out.
    pub fn solve(&self, lambda: f64, values: &[f64], columns: usize) -> Vec<f64> {
        let largest = self.values.iter().copied().fold(0.0, f64::max);
        let floor = largest * 8.0 * self.size as f64 * f64::EPSILON;
        let mut solved = vec![0.0; values.len()];
        let mut along = vec![0.0; columns];
        for (vector, &value) in self.vectors.chunks_exact(self.size).zip(&self.values) {
            let weight = lambda + if value > floor { value } else { 0.0 };
            if weight <= 0.0 {
                continue;
            }
            along.fill(0.0);
            for (&factor, row) in vector.iter().zip(values.chunks_exact(columns)) {
                add_times(factor / weight, row, &mut along);
            }
            for (&factor, row) in vector.iter().zip(solved.chunks_exact_mut(columns)) {
                add_times(factor, &along, row);
            }
        }
        solved
    }
}

fn rotate_columns(matrix: &mut [f64], size: usize, (p, q): (usize, usize), cosine: f64, sine: f64) {
    for row in matrix.chunks_exact_mut(size) {
        (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
    }
}

fn rotate_rows(matrix: &mut [f64], size: usize, (p, q): (usize, usize), cosine: f64, sine: f64) {
    let (above, below) = matrix.split_at_mut(q * size);
    for (own, other) in above[p * size..][..size].iter_mut().zip(&mut below[..size]) {
        (*own, *other) = (cosine * *own - sine * *other, sine * *own + cosine * *other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_singular_system_is_solved_with_least_norm() {
        // (1, 1) twice: least squares of least norm splits evenly.
        let eigen = Eigen::of(vec![2.0, 2.0, 2.0, 2.0], 2);
        let solved = eigen.solve(0.0, &[4.0, 4.0], 1);
        assert!(solved.iter().all(|value| (value - 1.0).abs() < 1e-15));
        let ridge = eigen.solve(1.0, &[4.0, 4.0], 1);
        assert!(ridge.iter().all(|value| (value - 0.8).abs() < 1e-15));
    }

    #[test]
    fn a_regular_system_is_solved() {
        let matrix = vec![4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let solved = Eigen::of(matrix.clone(), 3).solve(0.0, &[1.0, 2.0, 3.0], 1);
        for (row, wanted) in matrix.chunks(3).zip([1.0, 2.0, 3.0]) {
            let found: f64 = row.iter().zip(&solved).map(|(a, b)| a * b).sum();
            assert!((found - wanted).abs() < 1e-13);
        }
    }
}
