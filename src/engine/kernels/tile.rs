//! Matrix products whose sums stay in registers.
//!
//! A product is cut into tiles of a few rows by one or two vectors; each number of the result is one chain of
//! multiply-adds over the inner dimension in its order, so that the vector's width, the tile's size and the cut of the
//! inner dimension into blocks change no bit.

use super::vector::Vector;

/// Widths of the right matrix and of the result are multiples of this.
pub(crate) const WIDTH: usize = 16;

/// A matrix behind a pointer: element `(i, j)` stands at `i row + j column`.
#[derive(Clone, Copy)]
pub(crate) struct Left {
    pub at: *const f32,
    pub row: usize,
    pub column: usize,
}

/// Rows of contiguous numbers, so many apart.
#[derive(Clone, Copy)]
pub(crate) struct Right {
    pub at: *const f32,
    pub row: usize,
}

/// What a product is added to.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    /// A row that every row of the result begins with, or null.
    pub bias: *const f32,
    /// Rows that it is added to, or null.
    pub rows: *const f32,
    /// How far these are apart.
    pub row: usize,
}

impl Start {
    pub const ZERO: Self = Self { bias: std::ptr::null(), rows: std::ptr::null(), row: 0 };

    /// The product is added to what the result holds.
    pub const fn held(out: Out) -> Self {
        Self { bias: std::ptr::null(), rows: out.at.cast_const(), row: out.row }
    }
}

/// Where a product goes.
#[derive(Clone, Copy)]
pub(crate) struct Out {
    pub at: *mut f32,
    pub row: usize,
}

/// `ROWS` rows by `VECTORS` vectors of the product.
#[inline(always)]
unsafe fn tile<V: Vector, const ROWS: usize, const VECTORS: usize>(
    inner: usize,
    left: Left,
    right: Right,
    start: Start,
    out: Out,
) {
    // SAFETY: the caller of `multiply` says that all these places exist.
    unsafe {
        let mut sums = [[V::splat(0.0); VECTORS]; ROWS];
        if !start.rows.is_null() {
            for (i, sums) in sums.iter_mut().enumerate() {
                for (j, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(start.rows.add(i * start.row + j * V::LANES));
                }
            }
        }
        if !start.bias.is_null() {
            for j in 0..VECTORS {
                let bias = V::load(start.bias.add(j * V::LANES));
                for sums in &mut sums {
                    sums[j] = sums[j].plus(bias);
                }
            }
        }
        let (mut a, mut b) = (left.at, right.at);
        for _ in 0..inner {
            let mut row = [V::splat(0.0); VECTORS];
            for (j, vector) in row.iter_mut().enumerate() {
                *vector = V::load(b.add(j * V::LANES));
            }
            for (i, sums) in sums.iter_mut().enumerate() {
                let factor = V::splat(*a.add(i * left.row));
                for (sum, vector) in sums.iter_mut().zip(row) {
                    *sum = factor.times_plus(vector, *sum);
                }
            }
            a = a.add(left.column);
            b = b.add(right.row);
        }
        for (i, sums) in sums.iter().enumerate() {
            for (j, sum) in sums.iter().enumerate() {
                sum.store(out.at.add(i * out.row + j * V::LANES));
            }
        }
    }
}

/// What will be read soon: `lines` cache lines from `at` on.
#[derive(Clone, Copy)]
pub(crate) struct Soon {
    pub at: *const f32,
    pub lines: usize,
}

impl Soon {
    pub const NOTHING: Self = Self { at: std::ptr::null(), lines: 0 };
}

/// Numbers of a cache line.
const LINE: usize = 16;
/// Inner dimensions from which fetching ahead pays.
const LONG: usize = 48;

/// `start + left right`: `rows` by `inner` times `inner` by `width`, a multiple of [`WIDTH`].
///
/// # Safety
/// All elements that the sizes and strides reach must exist, the result must overlap neither factor, and the machine must
/// have the vector.
#[inline(always)]
pub(crate) unsafe fn multiply<V: Vector, const ROWS: usize, const VECTORS: usize>(
    (rows, inner, width): (usize, usize, usize),
    left: Left,
    right: Right,
    start: Start,
    out: Out,
    soon: Soon,
) {
    // SAFETY: as the caller says; every pointer below stays inside what the sizes reach.
    unsafe {
        let mut column = 0;
        while column < width {
            let right = Right { at: right.at.add(column), ..right };
            let out = Out { at: out.at.add(column), ..out };
            let start = Start {
                bias: if start.bias.is_null() { start.bias } else { start.bias.add(column) },
                rows: if start.rows.is_null() { start.rows } else { start.rows.add(column) },
                ..start
            };
            if width - column >= VECTORS * V::LANES {
                strip::<V, ROWS, VECTORS>(rows, inner, left, right, start, out, soon);
                column += VECTORS * V::LANES;
            } else {
                strip::<V, ROWS, 1>(rows, inner, left, right, start, out, soon);
                column += V::LANES;
            }
        }
    }
}

/// All rows of `VECTORS` vectors.
#[inline(always)]
unsafe fn strip<V: Vector, const ROWS: usize, const VECTORS: usize>(
    rows: usize,
    inner: usize,
    left: Left,
    right: Right,
    start: Start,
    out: Out,
    soon: Soon,
) {
    let tiles = rows.div_ceil(ROWS).max(1);
    let share = soon.lines.div_ceil(tiles);
    // SAFETY: as the caller of `multiply` says.
    unsafe {
        let at = |row: usize| {
            let rows = if start.rows.is_null() { start.rows } else { start.rows.add(row * start.row) };
            (
                Left { at: left.at.add(row * left.row), ..left },
                Start { rows, ..start },
                Out { at: out.at.add(row * out.row), ..out },
            )
        };
        let mut row = 0;
        while row + ROWS <= rows {
            let (left, start, out) = at(row);
            if inner >= LONG {
                // The rows that the next tile starts from, and its share of what is read soon.
                if !start.rows.is_null() {
                    for next in ROWS..2 * ROWS {
                        for vector in 0..VECTORS {
                            V::fetch(start.rows.wrapping_add(next * start.row + vector * V::LANES));
                        }
                    }
                }
                for line in row / ROWS * share..(row / ROWS + 1) * share {
                    V::fetch(soon.at.wrapping_add(line * LINE));
                }
            }
            tile::<V, ROWS, VECTORS>(inner, left, right, start, out);
            row += ROWS;
        }
        while row + 4 <= rows {
            let (left, start, out) = at(row);
            tile::<V, 4, VECTORS>(inner, left, right, start, out);
            row += 4;
        }
        while row < rows {
            let (left, start, out) = at(row);
            tile::<V, 1, VECTORS>(inner, left, right, start, out);
            row += 1;
        }
    }
}

/// Defines `name(args)`, which runs `body::<V, ROWS, VECTORS>(args)` with the widest vector that the machine has.
macro_rules! widest {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $kind:ty),* $(,)?) = $body:ident;) => {
        $(#[$doc])*
        #[allow(clippy::too_many_arguments)]
        $vis fn $name($($arg: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                use std::arch::x86_64::{__m256, __m512};
                #[allow(clippy::too_many_arguments)]
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn wide($($arg: $kind),*) {
                    $body::<__m512, 8, 2, true>($($arg),*)
                }
                #[allow(clippy::too_many_arguments)]
                #[target_feature(enable = "avx2,fma")]
                fn narrow($($arg: $kind),*) {
                    $body::<__m256, 6, 2, true>($($arg),*)
                }
                match $crate::engine::kernels::simd::vectors() {
                    // SAFETY: the machine has every instruction that `wide` was compiled for.
                    $crate::engine::kernels::simd::Vectors::Wide => return unsafe { wide($($arg),*) },
                    // SAFETY: the machine has every instruction that `narrow` was compiled for.
                    $crate::engine::kernels::simd::Vectors::Narrow => return unsafe { narrow($($arg),*) },
                    $crate::engine::kernels::simd::Vectors::Plain => {}
                }
            }
            $body::<[f32; 16], 4, 1, { cfg!(target_arch = "aarch64") }>($($arg),*)
        }
    };
}
pub(crate) use widest;
