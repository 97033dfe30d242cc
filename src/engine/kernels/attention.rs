//! Causal softmax attention over all heads, from queries, keys and values side by side to the mixed values.
//!
//! Each head of each sequence is copied to scratch matrices padded to whole tiles with zeros, where the products are
//! register-blocked loops that skip what the causal mask removes. The backward computes the attention pattern anew,
//! which costs less than to keep it.

use super::math::exp;
use super::simd::{LANES, fma, fold, simd, sum, total};
use super::{Floats, floats, tensor};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use std::ops::Range;

/// Rows of a tile; a tile has [`LANES`] columns.
const ROWS: usize = 4;

/// The sizes of one attention.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub tokens: usize,
    pub heads: usize,
    /// Numbers in a head's query.
    pub head: usize,
}

impl Sizes {
    fn width(self) -> usize {
        self.heads * self.head
    }

    fn padded_tokens(self) -> usize {
        self.tokens.next_multiple_of(LANES)
    }

    /// Tokens up to whole tiles of rows.
    fn rows(self) -> usize {
        self.tokens.next_multiple_of(ROWS)
    }

    fn padded_head(self) -> usize {
        self.head.next_multiple_of(LANES)
    }

    /// What scores are multiplied by: one over the root of a head's width.
    fn scale(self) -> f32 {
        1.0 / (self.head as f32).sqrt()
    }
}

/// One tile of `out = a b`: rows `row..row + ROWS` and columns `column..column + LANES`, summed over `inner`.
/// `a` is in rows of `a_width`, or, if `ACROSS`, the transpose of such a matrix.
#[inline(always)]
fn tile<const FUSED: bool, const ACROSS: bool>(
    (a, a_width): (&[f32], usize),
    (b, b_width): (&[f32], usize),
    (out, out_width): (&mut [f32], usize),
    (row, column): (usize, usize),
    inner: Range<usize>,
) {
    let mut sums = [[0.0_f32; LANES]; ROWS];
    if ACROSS {
        for k in inner {
            let left: &[f32; ROWS] = a[k * a_width + row..][..ROWS].try_into().expect("a slice of the array's length");
            let right: &[f32; LANES] = b[k * b_width + column..][..LANES].try_into().expect("likewise");
            for (sums, &left) in sums.iter_mut().zip(left) {
                for (sum, &right) in sums.iter_mut().zip(right) {
                    *sum = fma::<FUSED>(left, right, *sum);
                }
            }
        }
    } else {
        let left: [&[f32]; ROWS] = std::array::from_fn(|i| &a[(row + i) * a_width..][..inner.end]);
        for k in inner {
            let right: &[f32; LANES] = b[k * b_width + column..][..LANES].try_into().expect("likewise");
            for (sums, left) in sums.iter_mut().zip(&left) {
                let left = left[k];
                for (sum, &right) in sums.iter_mut().zip(right) {
                    *sum = fma::<FUSED>(left, right, *sum);
                }
            }
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        out[(row + i) * out_width + column..][..LANES].copy_from_slice(sums);
    }
}

/// Copies one head out of rows of `stride` numbers, starting at `start`, to padded rows; also its transpose if asked.
#[inline(always)]
fn take(
    from: &[f32],
    start: usize,
    stride: usize,
    sizes: Sizes,
    factor: f32,
    rows: &mut [f32],
    across: Option<&mut [f32]>,
) {
    let (padded, tall) = (sizes.padded_head(), sizes.padded_tokens());
    for t in 0..sizes.tokens {
        let source = &from[start + t * stride..][..sizes.head];
        for (out, &value) in rows[t * padded..][..sizes.head].iter_mut().zip(source) {
            *out = value * factor;
        }
    }
    if let Some(across) = across {
        for t in 0..sizes.tokens {
            for (d, &value) in rows[t * padded..][..sizes.head].iter().enumerate() {
                across[d * tall + t] = value;
            }
        }
    }
}

/// Copies padded rows back to one head inside rows of `stride` numbers.
#[inline(always)]
fn give(rows: &[f32], to: &mut [f32], start: usize, stride: usize, sizes: Sizes, factor: f32) {
    let padded = sizes.padded_head();
    for t in 0..sizes.tokens {
        let target = &mut to[start + t * stride..][..sizes.head];
        for (out, &value) in target.iter_mut().zip(&rows[t * padded..][..sizes.head]) {
            *out = value * factor;
        }
    }
}

/// `out[i, j] = a_i . b_j` for `j <= i` and what else lies in the same tiles; `a` in rows, `b` transposed.
#[inline(always)]
fn scores<const FUSED: bool>(a: &[f32], b_across: &[f32], out: &mut [f32], sizes: Sizes) {
    let (tall, padded) = (sizes.padded_tokens(), sizes.padded_head());
    for row in (0..sizes.rows()).step_by(ROWS) {
        for column in (0..row + ROWS).step_by(LANES) {
            tile::<FUSED, false>((a, padded), (b_across, tall), (out, tall), (row, column), 0..sizes.head);
        }
    }
}

/// `out_i = sum over j <= i of pattern[i, j] b_j`, or, if `ACROSS`, `out_j = sum over i >= j of pattern[i, j] b_i`.
#[inline(always)]
fn mix<const FUSED: bool, const ACROSS: bool>(pattern: &[f32], b: &[f32], out: &mut [f32], sizes: Sizes) {
    let (tall, padded) = (sizes.padded_tokens(), sizes.padded_head());
    for row in (0..sizes.rows()).step_by(ROWS) {
        let inner = if ACROSS { row..sizes.tokens } else { 0..row + ROWS };
        for column in (0..padded).step_by(LANES) {
            tile::<FUSED, ACROSS>((pattern, tall), (b, padded), (out, padded), (row, column), inner.clone());
        }
    }
}

/// Softmax over `j <= i` of every row `i` of the scores, zero for later `j`.
#[inline(always)]
fn softmax<const FUSED: bool>(scores: &mut [f32], sizes: Sizes) {
    let tall = sizes.padded_tokens();
    for i in 0..sizes.tokens {
        let row = &mut scores[i * tall..][..(i + 1).next_multiple_of(LANES)];
        row[i + 1..].fill(f32::MIN);
        let mut largest = [f32::MIN; LANES];
        for chunk in row.chunks_exact(LANES) {
            for (largest, &score) in largest.iter_mut().zip(chunk) {
                *largest = if score > *largest { score } else { *largest };
            }
        }
        let largest = fold(largest, |a, b| if b > a { b } else { a });
        let mut sums = [0.0; LANES];
        for chunk in row.chunks_exact_mut(LANES) {
            for (sum, score) in sums.iter_mut().zip(chunk) {
                *score = exp::<FUSED>(*score - largest);
                *sum += *score;
            }
        }
        let inverse = 1.0 / total(sums);
        for score in row.iter_mut() {
            *score *= inverse;
        }
        row[i + 1..].fill(0.0);
    }
}

#[inline(always)]
fn forward_body<const FUSED: bool>(joined: &[f32], out: &mut [f32], sizes: Sizes) {
    let (tokens, width, tall, padded) = (sizes.tokens, sizes.width(), sizes.padded_tokens(), sizes.padded_head());
    let mut rows = vec![0.0; tall * padded];
    let (mut query, mut value, mut mixed) = (rows.clone(), rows.clone(), rows.clone());
    let mut key_across = vec![0.0; padded * tall];
    let mut pattern = vec![0.0; tall * tall];
    let sequences = joined.chunks_exact(tokens * 3 * width).zip(out.chunks_exact_mut(tokens * width));
    for (joined, out) in sequences {
        for start in (0..width).step_by(sizes.head) {
            take(joined, start, 3 * width, sizes, sizes.scale(), &mut query, None);
            take(joined, start + width, 3 * width, sizes, 1.0, &mut rows, Some(&mut key_across));
            take(joined, start + 2 * width, 3 * width, sizes, 1.0, &mut value, None);
            scores::<FUSED>(&query, &key_across, &mut pattern, sizes);
            softmax::<FUSED>(&mut pattern, sizes);
            mix::<FUSED, false>(&pattern, &value, &mut mixed, sizes);
            give(&mixed, out, start, width, sizes, 1.0);
        }
    }
}

simd! {
    /// Mixes values: `joined` is `[B, T, 3 width]`, `out` `[B, T, width]` (Vaswani et al. 2017).
    pub(crate) fn forward(joined: &[f32], out: &mut [f32], sizes: Sizes) = forward_body;
}

#[inline(always)]
fn backward_body<const FUSED: bool>(joined: &[f32], grad: &[f32], out: &mut [f32], sizes: Sizes) {
    let (tokens, width, tall, padded) = (sizes.tokens, sizes.width(), sizes.padded_tokens(), sizes.padded_head());
    let blank = vec![0.0; tall * padded];
    let (mut query, mut key, mut value, mut mixed) = (blank.clone(), blank.clone(), blank.clone(), blank.clone());
    let (mut key_across, mut value_across, mut result) = (blank.clone(), blank.clone(), blank);
    let mut pattern = vec![0.0; tall * tall];
    let mut change = pattern.clone();
    let sequences = joined.chunks_exact(tokens * 3 * width).zip(grad.chunks_exact(tokens * width));
    for ((joined, grad), out) in sequences.zip(out.chunks_exact_mut(tokens * 3 * width)) {
        for start in (0..width).step_by(sizes.head) {
            take(joined, start, 3 * width, sizes, sizes.scale(), &mut query, None);
            take(joined, start + width, 3 * width, sizes, 1.0, &mut key, Some(&mut key_across));
            take(joined, start + 2 * width, 3 * width, sizes, 1.0, &mut value, Some(&mut value_across));
            take(grad, start, width, sizes, 1.0, &mut mixed, None);
            scores::<FUSED>(&query, &key_across, &mut pattern, sizes);
            softmax::<FUSED>(&mut pattern, sizes);
            mix::<FUSED, true>(&pattern, &mixed, &mut result, sizes);
            give(&result, out, start + 2 * width, 3 * width, sizes, 1.0);
            // From the gradient of the pattern to that of the scores: p (g - sum of p g).
            scores::<FUSED>(&mixed, &value_across, &mut change, sizes);
            for i in 0..tokens {
                let seen = (i + 1).next_multiple_of(LANES);
                let (pattern, change) = (&pattern[i * tall..][..seen], &mut change[i * tall..][..seen]);
                let mean = sum(seen, |j| pattern[j] * change[j]);
                for (change, &pattern) in change.iter_mut().zip(pattern) {
                    *change = pattern * (*change - mean);
                }
            }
            mix::<FUSED, false>(&change, &key, &mut result, sizes);
            give(&result, out, start, 3 * width, sizes, sizes.scale());
            mix::<FUSED, true>(&change, &query, &mut result, sizes);
            give(&result, out, start + width, 3 * width, sizes, 1.0);
        }
    }
}

simd! {
    /// The gradient of `joined`, `[B, T, 3 width]`, given that of the result.
    pub(crate) fn backward(joined: &[f32], grad: &[f32], out: &mut [f32], sizes: Sizes) = backward_body;
}

/// Causal attention as an operation: `[B, T, 3 width]` (queries, keys, values) to `[B, T, width]`.
pub struct Attention {
    pub heads: usize,
}

impl Attention {
    fn sizes(&self, shape: &Shape) -> Result<Sizes> {
        let (_, tokens, joined) = shape.dims3()?;
        if self.heads == 0 || joined % (3 * self.heads) != 0 {
            bail!("{joined} numbers a token are not queries, keys and values of {} heads", self.heads);
        }
        Ok(Sizes { tokens, heads: self.heads, head: joined / (3 * self.heads) })
    }
}

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        "causal_attention"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let sizes = self.sizes(layout.shape())?;
        let joined = floats(storage, layout)?;
        let mut out = vec![0.0; joined.len() / 3];
        forward(joined, &mut out, sizes);
        Ok((CpuStorage::F32(out), (layout.dims()[0], sizes.tokens, sizes.width()).into()))
    }

    fn bwd(&self, joined: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let sizes = self.sizes(joined.shape())?;
        let grad = grad.contiguous()?;
        let mut out = vec![0.0; joined.elem_count()];
        backward(Floats::of(joined).slice()?, Floats::of(&grad).slice()?, &mut out, sizes);
        Ok(Some(tensor(out, joined.shape())?))
    }
}
