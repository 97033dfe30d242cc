//! Products in f64 of rows that arrive a block at a time.
//!
//! A block of rows is packed into panels of [`SIDE`] columns; a product of two panels keeps its sums in registers, each
//! one a chain of multiply-adds over the rows in their order. So the block's size and the vector's width change no bit.

use super::doubles::Doubles;
use crate::engine::kernels::simd::{Vectors, simd, vectors};

/// Columns of a panel.
pub(super) const SIDE: usize = 16;

/// Rows that are packed at once: two panels of them stay in the nearest cache.
pub(super) const BLOCK: usize = 64;

/// One row of a panel.
pub(super) type Row = [f64; SIDE];

/// `a b + c`, fused where that is one instruction.
#[inline(always)]
pub(super) fn fma<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// `ROWS` rows by `VECTORS` vectors of sums, from the given place on.
///
/// # Safety
/// The machine must have the vector, and the place and the sizes must lie in [`SIDE`] by [`SIDE`].
#[inline(always)]
unsafe fn tile<V: Doubles, const ROWS: usize, const VECTORS: usize>(
    left: &[Row],
    right: &[Row],
    (row, column): (usize, usize),
    sums: &mut [Row; SIDE],
) {
    // SAFETY: as the caller says; both panels have every row that is read.
    unsafe {
        let sums = sums.as_mut_ptr().cast::<f64>().add(row * SIDE + column);
        let mut held = [[V::splat(0.0); VECTORS]; ROWS];
        for (i, held) in held.iter_mut().enumerate() {
            for (j, held) in held.iter_mut().enumerate() {
                *held = V::load(sums.add(i * SIDE + j * V::LANES));
            }
        }
        let (mut a, mut b) = (left.as_ptr().cast::<f64>().add(row), right.as_ptr().cast::<f64>().add(column));
        for _ in 0..left.len().min(right.len()) {
            let mut vectors = [V::splat(0.0); VECTORS];
            for (j, vector) in vectors.iter_mut().enumerate() {
                *vector = V::load(b.add(j * V::LANES));
            }
            for (i, held) in held.iter_mut().enumerate() {
                let factor = V::splat(*a.add(i));
                for (held, vector) in held.iter_mut().zip(vectors) {
                    *held = factor.times_plus(vector, *held);
                }
            }
            (a, b) = (a.wrapping_add(SIDE), b.wrapping_add(SIDE));
        }
        for (i, held) in held.iter().enumerate() {
            for (j, held) in held.iter().enumerate() {
                held.store(sums.add(i * SIDE + j * V::LANES));
            }
        }
    }
}

/// # Safety
/// The machine must have the vector; `ROWS`, and `VECTORS` of its lanes, must divide [`SIDE`].
#[inline(always)]
unsafe fn tiles<V: Doubles, const ROWS: usize, const VECTORS: usize>(
    left: &[Row],
    right: &[Row],
    sums: &mut [Row; SIDE],
) {
    for row in (0..SIDE).step_by(ROWS) {
        for column in (0..SIDE).step_by(VECTORS * V::LANES) {
            // SAFETY: as the caller says.
            unsafe { tile::<V, ROWS, VECTORS>(left, right, (row, column), sums) };
        }
    }
}

/// `sums += left' right`, over as many rows as both have.
pub(super) fn add_product(left: &[Row], right: &[Row], sums: &mut [Row; SIDE]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{__m256d, __m512d};
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
        fn wide(left: &[Row], right: &[Row], sums: &mut [Row; SIDE]) {
            // SAFETY: this function is compiled for the vector.
            unsafe { tiles::<__m512d, 8, 2>(left, right, sums) };
        }
        #[target_feature(enable = "avx2,fma")]
        fn narrow(left: &[Row], right: &[Row], sums: &mut [Row; SIDE]) {
            // SAFETY: this function is compiled for the vector.
            unsafe { tiles::<__m256d, 4, 2>(left, right, sums) };
        }
        match vectors() {
            // SAFETY: the machine has every instruction that `wide` was compiled for.
            Vectors::Wide => return unsafe { wide(left, right, sums) },
            // SAFETY: the machine has every instruction that `narrow` was compiled for.
            Vectors::Narrow => return unsafe { narrow(left, right, sums) },
            Vectors::Plain => {}
        }
    }
    // SAFETY: these are numbers, which every machine has.
    unsafe { tiles::<[f64; 2], 4, 2>(left, right, sums) };
}

/// How many panels hold so many columns.
pub(super) const fn count(columns: usize) -> usize {
    columns.div_ceil(SIDE)
}

#[inline(always)]
fn pack_body<const FUSED: bool>(features: &[f32], shift: &[f64], panels: &mut [Row]) {
    let width = shift.len();
    let rows = features.len() / width;
    for (panel, into) in panels.chunks_exact_mut(rows).enumerate() {
        let from = panel * SIDE;
        let columns = SIDE.min(width - from);
        let shift = &shift[from..from + columns];
        for (row, into) in features.chunks_exact(width).zip(into) {
            *into = [0.0; SIDE];
            for ((into, &value), shift) in into.iter_mut().zip(&row[from..from + columns]).zip(shift) {
                *into = f64::from(value) - shift;
            }
        }
    }
}

simd! {
    /// Packs rows of features, less a row: panel `p` holds their columns from `16 p` on, zeros behind the last. `panels`
    /// has as many rows for each panel as there are rows of features.
    pub(super) fn pack(features: &[f32], shift: &[f64], panels: &mut [Row]) = pack_body;
}

/// Packs the columns `from..` of rows of `width` numbers, less a row, into one panel.
pub(super) fn pack_numbers(values: &[f64], shift: &[f64], from: usize, panel: &mut [Row]) {
    let (width, columns) = (shift.len(), SIDE.min(shift.len() - from));
    for (row, into) in values.chunks_exact(width).zip(panel) {
        *into = [0.0; SIDE];
        let row = row[from..from + columns].iter().zip(&shift[from..from + columns]);
        into.iter_mut().zip(row).for_each(|(into, (value, shift))| *into = value - shift);
    }
}

/// At most [`SIDE`] rows of features as the columns of one panel, which has a row for each of their columns.
pub(super) fn turn(features: &[f32], panel: &mut [Row]) {
    for (row, features) in features.chunks_exact(panel.len()).enumerate() {
        for (into, &feature) in panel.iter_mut().zip(features) {
            into[row] = f64::from(feature);
        }
    }
}

/// `sums += left' features` for a panel and the panels of some features: `sums` has a row of `apart` numbers for each
/// column of the panel that counts.
pub(super) fn add_crossed(left: &[Row], features: &[Row], sums: &mut [f64], apart: usize) {
    for (panel, right) in features.chunks_exact(left.len()).enumerate() {
        let at = panel * SIDE;
        let mut tile = [[0.0; SIDE]; SIDE];
        for (tile, sums) in tile.iter_mut().zip(sums.chunks_exact(apart)) {
            tile.copy_from_slice(&sums[at..at + SIDE]);
        }
        add_product(left, right, &mut tile);
        for (tile, sums) in tile.iter().zip(sums.chunks_exact_mut(apart)) {
            sums[at..at + SIDE].copy_from_slice(tile);
        }
    }
}

#[inline(always)]
fn by_class_body<const FUSED: bool>(features: &[f32], shift: &[f64], labels: &[u32], sums: &mut [f64], apart: usize) {
    let width = shift.len();
    for (row, &label) in features.chunks_exact(width).zip(labels) {
        let sums = &mut sums[label as usize * apart..][..width];
        for ((sum, &value), shift) in sums.iter_mut().zip(row).zip(shift) {
            *sum += f64::from(value) - shift;
        }
    }
}

simd! {
    /// Adds every row of features, less a row, to the sums of its class, which stand `apart`.
    pub(super) fn add_by_class(features: &[f32], shift: &[f64], labels: &[u32], sums: &mut [f64], apart: usize)
        = by_class_body;
}

#[inline(always)]
fn add_times_body<const FUSED: bool>(factor: f64, of: &[f64], into: &mut [f64]) {
    for (into, &of) in into.iter_mut().zip(of) {
        *into = fma::<FUSED>(factor, of, *into);
    }
}

simd! {
    /// `into += factor of`.
    pub(super) fn add_times(factor: f64, of: &[f64], into: &mut [f64]) = add_times_body;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(count: usize, seed: u32) -> Vec<Row> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state) / f64::from(u32::MAX) - 0.4
        };
        (0..count).map(|_| std::array::from_fn(|_| next())).collect()
    }

    #[test]
    fn cuts_change_no_bit() {
        let (left, right) = (values(37, 1), values(37, 2));
        let mut whole = [[0.25; SIDE]; SIDE];
        let mut cut = whole;
        add_product(&left, &right, &mut whole);
        add_product(&left[..11], &right[..11], &mut cut);
        add_product(&left[11..], &right[11..], &mut cut);
        assert_eq!(whole, cut);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_width_of_vectors_changes_no_bit() {
        use std::arch::x86_64::{__m256d, __m512d};
        let (left, right) = (values(37, 1), values(37, 2));
        let mut plain = [[0.25; SIDE]; SIDE];
        for (i, row) in plain.iter_mut().enumerate() {
            for (j, sum) in row.iter_mut().enumerate() {
                *sum = left.iter().zip(&right).fold(*sum, |sum, (left, right)| left[i].mul_add(right[j], sum));
            }
        }
        let mut sums = [[[0.25; SIDE]; SIDE]; 2];
        // SAFETY: the machine has the vectors where it says so.
        unsafe {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                tiles::<__m256d, 4, 2>(&left, &right, &mut sums[0]);
                assert_eq!(sums[0], plain);
            }
            if is_x86_feature_detected!("avx512f") {
                tiles::<__m512d, 8, 2>(&left, &right, &mut sums[1]);
                assert_eq!(sums[1], plain);
            }
        }
    }

    #[test]
    fn a_product_is_the_sum_over_rows() {
        let (left, right) = (values(5, 3), values(5, 4));
        let mut sums = [[1.0; SIDE]; SIDE];
        add_product(&left, &right, &mut sums);
        for i in 0..SIDE {
            for j in 0..SIDE {
                let exact = 1.0 + (0..5).map(|row| left[row][i] * right[row][j]).sum::<f64>();
                assert!((sums[i][j] - exact).abs() < 1e-14);
            }
        }
    }
}
