//! Products of rows of activations with weights, which stand in panels of columns.
//!
//! A weight `[inner, columns]` is cut into panels of [`PANEL`] columns, the last of [`WIDTH`] where no more are needed;
//! a panel holds its rows one after another, so that a product reads it in order. Columns are padded with zeros.

use super::tile::{Left, Out, Right, Soon, Start, WIDTH, multiply, widest};
use super::vector::Vector;
use std::ops::Range;

/// Columns of a panel.
pub const PANEL: usize = 32;
/// How much of the inner dimension is multiplied at a time, so that its part of a panel stays in the nearest cache.
const DEPTH: usize = 256;
/// Rows of a weight's gradient that are summed at a time, likewise.
const HEIGHT: usize = 256;

/// Numbers a row of so many takes.
#[must_use]
pub const fn padded(columns: usize) -> usize {
    columns.next_multiple_of(WIDTH)
}

/// Rows of activations: `count` of them, the first `width` numbers of each in use, `apart` from one to the next.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub values: &'a [f32],
    pub count: usize,
    pub width: usize,
    pub apart: usize,
}

impl Rows<'_> {
    fn check(&self) {
        assert!(self.count == 0 || (self.count - 1) * self.apart + self.width <= self.values.len());
    }
}

/// The first `inner` rows of a weight in panels, `rows` in all.
#[derive(Clone, Copy)]
pub struct Panels<'a> {
    pub values: &'a [f32],
    pub inner: usize,
    pub rows: usize,
    /// Columns, unpadded.
    pub columns: usize,
}

impl Panels<'_> {
    fn check(&self) {
        assert!(self.inner <= self.rows && self.rows * padded(self.columns) <= self.values.len());
    }
}

/// What a product begins with.
#[derive(Clone, Copy)]
pub enum From<'a> {
    Zero,
    /// The same row everywhere, padded.
    Bias(&'a [f32]),
    /// The same row everywhere, added to rows as far apart as the result's.
    Sum(&'a [f32], &'a [f32]),
    /// What the result holds.
    Held,
}

/// The columns of each panel: first and width.
fn panels(columns: usize) -> impl Iterator<Item = (usize, usize)> {
    let columns = padded(columns);
    (0..columns).step_by(PANEL).map(move |first| (first, PANEL.min(columns - first)))
}

#[inline(always)]
fn product_body<V: Vector, const ROWS: usize, const VECTORS: usize, const FUSED: bool>(
    x: Rows,
    weight: Panels,
    from: From,
    out: &mut [f32],
    apart: usize,
) {
    x.check();
    weight.check();
    let columns = padded(weight.columns);
    assert!(x.width >= weight.inner && (x.count == 0 || (x.count - 1) * apart + columns <= out.len()));
    for (first, width) in panels(weight.columns) {
        let mut done = 0;
        while done < weight.inner || done == 0 {
            let depth = DEPTH.min(weight.inner - done);
            // SAFETY: the asserts above and below say that every element exists; `out` is borrowed alone.
            unsafe {
                let to = Out { at: out.as_mut_ptr().add(first), row: apart };
                let start = match from {
                    _ if done > 0 => Start::held(to),
                    From::Held => Start::held(to),
                    From::Zero => Start::ZERO,
                    From::Bias(bias) => {
                        assert!(columns <= bias.len());
                        Start { bias: bias.as_ptr().add(first), ..Start::ZERO }
                    }
                    From::Sum(bias, rows) => {
                        assert!(columns <= bias.len());
                        assert!(x.count == 0 || (x.count - 1) * apart + columns <= rows.len());
                        Start { bias: bias.as_ptr().add(first), rows: rows.as_ptr().add(first), row: apart }
                    }
                };
                let left = Left { at: x.values.as_ptr().add(done), row: x.apart, column: 1 };
                let right = Right { at: weight.values.as_ptr().add(first * weight.rows + done * width), row: width };
                // Panels stand one behind the other.
                let soon =
                    Soon { at: right.at.wrapping_add(depth * width), lines: DEPTH.min(weight.rows) * width / 16 };
                multiply::<V, ROWS, VECTORS>((x.count, depth, width), left, right, start, to, soon);
            }
            done += DEPTH;
        }
    }
}

widest! {
    /// `from + x W`, in rows `apart` from one to the next, padded columns included.
    pub fn product(x: Rows, weight: Panels, from: From, out: &mut [f32], apart: usize) = product_body;
}

/// Rows farther apart than this are lined up, because the processor fetches nothing ahead across pages.
const FAR: usize = 256;

/// Numbers that [`gradient`] needs to work in for rows of `width` numbers.
#[must_use]
pub const fn room(width: usize) -> usize {
    HEIGHT * (PANEL + if width > FAR - WIDTH { padded(width) } else { 0 })
}

/// Copies rows so that each group of [`WIDTH`] columns stands together, row by row.
#[inline(always)]
fn line_up(x: &[f32], apart: usize, width: usize, to: &mut [f32]) {
    let count = x.len() / apart;
    for (row, x) in x.chunks_exact(apart).enumerate() {
        for (group, from) in x[..padded(width)].as_chunks::<WIDTH>().0.iter().enumerate() {
            to[(group * count + row) * WIDTH..][..WIDTH].copy_from_slice(from);
        }
    }
}

#[inline(always)]
fn gradient_body<V: Vector, const ROWS: usize, const VECTORS: usize, const FUSED: bool>(
    x: Rows,
    grad: Rows,
    rows: usize,
    out: &mut [f32],
    bias: Option<&mut [f32]>,
    fresh: bool,
    room: &mut [f32],
) {
    x.check();
    let columns = padded(grad.width);
    assert!(x.count == grad.count && columns <= grad.apart && x.width <= rows && rows * columns <= out.len());
    assert!(x.count == 0 || (x.count - 1) * grad.apart + columns <= grad.values.len());
    let mut bias = bias;
    assert!(room.len() >= HEIGHT * PANEL);
    let (panel, room) = room.split_at_mut(HEIGHT * PANEL);
    let height = x.count.div_ceil(x.count.div_ceil(HEIGHT).max(1)).max(1);
    let mut done = 0;
    while done < x.count {
        let count = height.min(x.count - done);
        let whole = x.apart >= padded(x.width) && x.values.len() >= x.count * x.apart;
        let lined = x.apart > FAR && whole && room.len() >= count * padded(x.width);
        if lined {
            line_up(&x.values[done * x.apart..(done + count) * x.apart], x.apart, x.width, room);
        }
        for (first, width) in panels(grad.width) {
            let mut sums = [0.0_f32; PANEL];
            let used = width.min(grad.width - first);
            for row in 0..count {
                let from = &grad.values[(done + row) * grad.apart + first..][..width];
                let to = &mut panel[row * width..][..width];
                to.copy_from_slice(from);
                to[used..].fill(0.0);
                for (sum, value) in sums.iter_mut().zip(to) {
                    *sum += *value;
                }
            }
            if let Some(bias) = &mut bias {
                for (bias, sum) in bias[first..first + width].iter_mut().zip(sums) {
                    *bias = if fresh && done == 0 { sum } else { *bias + sum };
                }
            }
            // SAFETY: the asserts above say that every element exists; `out` is borrowed alone.
            unsafe {
                let to = Out { at: out.as_mut_ptr().add(first * rows), row: width };
                let right = Right { at: panel.as_ptr(), row: width };
                let start = |to| if fresh && done == 0 { Start::ZERO } else { Start::held(to) };
                if lined {
                    for group in (0..x.width).step_by(WIDTH) {
                        let left = Left { at: room.as_ptr().add(group * count), row: 1, column: WIDTH };
                        let to = Out { at: to.at.add(group * width), ..to };
                        let rows = WIDTH.min(x.width - group);
                        multiply::<V, ROWS, VECTORS>((rows, count, width), left, right, start(to), to, Soon::NOTHING);
                    }
                } else {
                    let left = Left { at: x.values.as_ptr().add(done * x.apart), row: 1, column: x.apart };
                    multiply::<V, ROWS, VECTORS>((x.width, count, width), left, right, start(to), to, Soon::NOTHING);
                }
            }
        }
        done += count;
    }
}

widest! {
    /// Adds the gradient of a weight, `x^T grad`, to `out`, panels of `rows` rows, and the sums of `grad` to `bias`; if
    /// `fresh`, nothing was there before. What stands in padded columns of `grad` does not count. It works in [`room`].
    pub fn gradient(
        x: Rows, grad: Rows, rows: usize, out: &mut [f32], bias: Option<&mut [f32]>, fresh: bool, room: &mut [f32],
    ) = gradient_body;
}

/// Where element `(row, column)` of a weight of `rows` rows and `columns` columns stands in its panels.
#[inline(always)]
fn place(row: usize, column: usize, rows: usize, columns: usize) -> usize {
    let first = column / PANEL * PANEL;
    let width = PANEL.min(padded(columns) - first);
    first * rows + row * width + column - first
}

/// Where a row of a weight stands in its panels, piece by piece, and the columns of each.
pub fn pieces(row: usize, rows: usize, columns: usize) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    panels(columns).map(move |(first, width)| {
        let (start, used) = (first * rows + row * width, width.min(columns - first));
        (start..start + used, first..first + used)
    })
}

/// Writes rows of `apart` numbers, `columns` of them from `first` on, into panels.
pub fn pack(from: &[f32], apart: usize, first: usize, columns: usize, out: &mut [f32]) {
    let rows = from.len() / apart;
    for row in 0..rows {
        for column in 0..columns {
            out[place(row, column, rows, columns)] = from[row * apart + first + column];
        }
    }
}

/// The other way round.
pub fn unpack(panels: &[f32], out: &mut [f32], apart: usize, first: usize, columns: usize) {
    let rows = out.len() / apart;
    for row in 0..rows {
        for column in 0..columns {
            out[row * apart + first + column] = panels[place(row, column, rows, columns)];
        }
    }
}

#[inline(always)]
fn transpose_body<V: Vector, const ROWS: usize, const VECTORS: usize, const FUSED: bool>(
    weight: &[f32],
    rows: usize,
    columns: usize,
    used: usize,
    out: &mut [f32],
) {
    assert!(rows * padded(columns) <= weight.len() && columns * padded(used) <= out.len() && used <= rows);
    for (first, width) in panels(columns) {
        let (panel, width_used) = (&weight[first * rows..][..rows * width], width.min(columns - first));
        for (to, height) in panels(used) {
            let (out, height_used) = (&mut out[to * columns..][..columns * height], height.min(used - to));
            let whole = (height_used / V::LANES * V::LANES, width_used / V::LANES * V::LANES);
            for row in (0..whole.0).step_by(V::LANES) {
                for column in (0..whole.1).step_by(V::LANES) {
                    // SAFETY: whole squares inside both panels.
                    unsafe {
                        let from = panel.as_ptr().add((to + row) * width + column);
                        V::turn(from, width, out.as_mut_ptr().add((first + column) * height + row), height);
                    }
                }
            }
            for row in 0..height_used {
                let done = if row < whole.0 { whole.1 } else { 0 };
                for column in done..width_used {
                    out[(first + column) * height + row] = panel[(to + row) * width + column];
                }
            }
        }
    }
}

widest! {
    /// Panels of the transpose `[columns, rows]` of the first `used` of a weight's `rows` rows.
    pub fn transpose(weight: &[f32], rows: usize, columns: usize, used: usize, out: &mut [f32]) = transpose_body;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    fn plain(
        a: impl Fn(usize, usize) -> f32,
        b: impl Fn(usize, usize) -> f32,
        inner: usize,
    ) -> impl Fn(usize, usize) -> f64 {
        move |i, j| (0..inner).map(|k| f64::from(a(i, k)) * f64::from(b(k, j))).sum()
    }

    #[test]
    fn products_are_sums_of_products() {
        let sizes = [(1, 1, 1), (7, 5, 16), (13, 300, 33), (20, 64, 48), (9, 17, 100), (270, 600, 20)];
        for (count, inner, columns) in sizes {
            let (x, w) = (numbers(count * inner, 1), numbers(inner * columns, 2));
            let wide = padded(columns);
            let mut panels = vec![0.0; inner * wide];
            pack(&w, columns, 0, columns, &mut panels);
            let mut back = vec![0.0; w.len()];
            unpack(&panels, &mut back, columns, 0, columns);
            assert_eq!(back, w);
            let rows = Rows { values: &x, count, width: inner, apart: inner };
            let weight = Panels { values: &panels, inner, rows: inner, columns };
            let mut bias = numbers(wide, 3);
            bias[columns..].fill(0.0);
            let mut out = vec![0.0; count * wide];
            product(rows, weight, From::Bias(&bias), &mut out, wide);
            let exact = plain(|i, k| x[i * inner + k], |k, j| w[k * columns + j], inner);
            for i in 0..count {
                for j in 0..columns {
                    let expected = exact(i, j) + f64::from(bias[j]);
                    assert!((f64::from(out[i * wide + j]) - expected).abs() < 1e-5);
                }
                assert!(out[i * wide + columns..(i + 1) * wide].iter().all(|&value| value == 0.0));
            }
            let mut twice = out.clone();
            product(rows, weight, From::Held, &mut twice, wide);
            let mut sum = vec![0.0; out.len()];
            product(rows, weight, From::Sum(&vec![0.0; wide], &out), &mut sum, wide);
            assert_eq!(twice, sum);
            // The gradient of the weight, given rows like the result.
            let mut grads = vec![0.0; panels.len()];
            let mut sums = vec![0.0; wide];
            let grad = Rows { values: &out, count, width: columns, apart: wide };
            let mut room = vec![0.0; super::room(inner)];
            gradient(rows, grad, inner, &mut grads, Some(&mut sums), false, &mut room);
            let mut flat = vec![0.0; w.len()];
            unpack(&grads, &mut flat, columns, 0, columns);
            let exact = plain(|k, i| x[i * inner + k], |i, j| out[i * wide + j], count);
            for k in 0..inner {
                for j in 0..columns {
                    assert!(
                        (f64::from(flat[k * columns + j]) - exact(k, j)).abs() < 1e-7 * (inner * count) as f64 + 1e-5
                    );
                }
            }
            // Some rows of the transpose.
            let used = inner.div_ceil(2);
            let mut across = vec![0.0; columns * padded(used)];
            transpose(&panels, inner, columns, used, &mut across);
            let mut flat = vec![0.0; columns * used];
            unpack(&across, &mut flat, used, 0, used);
            for k in 0..used {
                for j in 0..columns {
                    assert_eq!(flat[j * used + k], w[k * columns + j]);
                }
            }
        }
    }
}
