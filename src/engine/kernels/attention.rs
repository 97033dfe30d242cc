//! Causal attention over all heads of some sequences, and its gradient.
//!
//! Each head is a few products of small matrices, which skip what the causal mask removes. The forward pass keeps its
//! pattern of attention for the backward pass.

use super::math::exp;
use super::product::padded;
use super::simd::{LANES, fma, fold, total};
use super::tile::{Left, Out, Right, Soon, Start, multiply, widest};
use super::vector::Vector;
use crate::engine::changed::Constant;
use crate::program::model::Rotary;

/// Rows of queries whose products are computed together, which the causal mask must be rounded up to.
const BLOCK: usize = 16;

/// The sizes of one attention.
#[derive(Clone, Copy, Debug)]
pub struct Sizes<'a> {
    /// Tokens of a sequence, each with a key and a value.
    pub tokens: usize,
    /// The tokens that have a query, in ascending order.
    pub positions: &'a [usize],
    pub heads: usize,
    /// Numbers in a head's query.
    pub head: usize,
    pub softmax: bool,
    /// Slopes of the linear biases, one a head; none if empty.
    pub slopes: &'a [f32],
}

/// What is changed of patterns behind the softmax.
#[derive(Clone, Copy, Debug)]
pub struct Changes<'a> {
    /// The place in the batch of the first of the sequences.
    pub first: usize,
    /// Heads with their weights, constants; the last of a head counts.
    pub fixed: &'a [(usize, &'a Constant)],
    /// Factors of the weights of all other heads.
    pub factors: &'a [Constant],
}

impl Changes<'_> {
    fn of(&self, head: usize) -> Option<&Constant> {
        self.fixed.iter().rev().find(|(of, _)| *of == head).map(|(_, constant)| *constant)
    }

    /// Puts constants in the place of a head's weights, where it has some.
    fn fix(&self, sizes: &Sizes, sequence: usize, head: usize, pattern: &mut [f32]) {
        let Some(constant) = self.of(head) else { return };
        for (row, &position) in pattern.chunks_exact_mut(sizes.wide()).zip(sizes.positions) {
            let row = &mut row[..=position];
            match constant.row(self.first + sequence, position, (sizes.tokens, sizes.tokens)) {
                Some(from) => row.copy_from_slice(&from[..=position]),
                None => row.fill(0.0),
            }
        }
    }

    /// Multiplies what stands for each token that a query sees, unless the head's weights are constants.
    fn scale(&self, sizes: &Sizes, sequence: usize, head: usize, rows: &mut [f32]) {
        if self.of(head).is_some() {
            return;
        }
        for factors in self.factors {
            for (row, &position) in rows.chunks_exact_mut(sizes.wide()).zip(sizes.positions) {
                let row = &mut row[..=position];
                match factors.row(self.first + sequence, position, (sizes.tokens, sizes.tokens)) {
                    Some(factors) => row.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor),
                    None => row.fill(0.0),
                }
            }
        }
    }
}

impl Sizes<'_> {
    fn width(&self) -> usize {
        self.heads * self.head
    }

    /// Numbers of a row of a pattern.
    fn wide(&self) -> usize {
        padded(self.tokens)
    }

    /// What scores are multiplied by: one over the root of a head's width.
    fn scale(&self) -> f32 {
        1.0 / (self.head as f32).sqrt()
    }

    /// Numbers of the patterns of one sequence.
    #[must_use]
    pub fn pattern(&self) -> usize {
        self.heads * self.positions.len() * self.wide()
    }

    /// Numbers that a pass needs to work in.
    #[must_use]
    pub fn scratch(&self) -> usize {
        let (wide, head) = (self.wide(), padded(self.head));
        2 * wide * head + 4 * wide.max(self.positions.len()) * head + self.positions.len() * wide
    }
}

/// Copies one head, `from[start..]` in rows `apart`, to rows padded with zeros.
#[inline(always)]
fn take(from: &[f32], start: usize, apart: usize, rows: usize, head: usize, to: &mut [f32]) {
    let wide = padded(head);
    for (row, to) in to.chunks_exact_mut(wide).take(rows).enumerate() {
        copy(&from[start + row * apart..][..head], &mut to[..head]);
        to[head..].fill(0.0);
    }
}

/// A copy by whole vectors, which for so few numbers costs less than a call.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    let (from, from_rest) = from.as_chunks::<LANES>();
    let (to, to_rest) = to.as_chunks_mut::<LANES>();
    for (from, to) in from.iter().zip(to) {
        *to = *from;
    }
    for (from, to) in from_rest.iter().zip(to_rest) {
        *to = *from;
    }
}

/// The transpose of one head, in rows of `wide` numbers, padded with zeros.
#[inline(always)]
fn across<V: Vector>(from: &[f32], apart: usize, rows: usize, head: usize, to: &mut [f32], wide: usize) {
    assert!(rows > 0 && rows <= wide && (rows - 1) * apart + head <= from.len() && head * wide <= to.len());
    let whole = (rows / V::LANES * V::LANES, head / V::LANES * V::LANES);
    for row in (0..whole.0).step_by(V::LANES) {
        for column in (0..whole.1).step_by(V::LANES) {
            // SAFETY: the assert above says that the square exists on both sides.
            unsafe {
                V::turn(from.as_ptr().add(row * apart + column), apart, to.as_mut_ptr().add(column * wide + row), wide);
            }
        }
    }
    for column in 0..head {
        let first = if column < whole.1 { whole.0 } else { 0 };
        let to = &mut to[column * wide..][..wide];
        for row in first..rows {
            to[row] = from[row * apart + column];
        }
        to[rows..].fill(0.0);
    }
}

/// Copies rows back to one head.
#[inline(always)]
fn give(from: &[f32], to: &mut [f32], start: usize, apart: usize, rows: usize, head: usize) {
    for (row, from) in from.chunks_exact(padded(head)).take(rows).enumerate() {
        copy(&from[..head], &mut to[start + row * apart..][..head]);
    }
}

/// `out[i, j] = a_i . b_j` for every token `j` that query `i` sees, and for what else lies in the same tiles.
#[inline(always)]
fn scores<V: Vector, const ROWS: usize, const VECTORS: usize>(
    sizes: &Sizes,
    (a, apart): (&[f32], usize),
    b_across: &[f32],
    out: &mut [f32],
) {
    let (rows, wide) = (sizes.positions.len(), sizes.wide());
    assert!((rows - 1) * apart + sizes.head <= a.len() && sizes.head * wide <= b_across.len());
    assert!(rows * wide <= out.len());
    for first in (0..rows).step_by(BLOCK) {
        let count = BLOCK.min(rows - first);
        let seen = padded(sizes.positions[first + count - 1] + 1);
        // SAFETY: the asserts above say that every element exists, since positions are below `tokens`.
        unsafe {
            let left = Left { at: a.as_ptr().add(first * apart), row: apart, column: 1 };
            let right = Right { at: b_across.as_ptr(), row: wide };
            let out = Out { at: out.as_mut_ptr().add(first * wide), row: wide };
            multiply::<V, ROWS, VECTORS>((count, sizes.head, seen), left, right, Start::ZERO, out, Soon::NOTHING);
        }
    }
}

/// `out_i = sum over the tokens j that query i sees of pattern[i, j] b_j`; `b` and `out` are rows of a padded head.
#[inline(always)]
fn mix<V: Vector, const ROWS: usize, const VECTORS: usize>(sizes: &Sizes, pattern: &[f32], b: &[f32], out: &mut [f32]) {
    let (rows, wide, head) = (sizes.positions.len(), sizes.wide(), padded(sizes.head));
    assert!(rows * wide <= pattern.len() && sizes.tokens * head <= b.len() && rows * head <= out.len());
    for first in (0..rows).step_by(BLOCK) {
        let count = BLOCK.min(rows - first);
        let seen = sizes.positions[first + count - 1] + 1;
        // SAFETY: as above.
        unsafe {
            let left = Left { at: pattern.as_ptr().add(first * wide), row: wide, column: 1 };
            let right = Right { at: b.as_ptr(), row: head };
            let out = Out { at: out.as_mut_ptr().add(first * head), row: head };
            multiply::<V, ROWS, VECTORS>((count, seen, head), left, right, Start::ZERO, out, Soon::NOTHING);
        }
    }
}

/// `out_j = sum over the queries i that see token j of pattern[i, j] b_i`; `b` and `out` are rows of a padded head.
#[inline(always)]
fn spread<V: Vector, const ROWS: usize, const VECTORS: usize>(
    sizes: &Sizes,
    pattern: &[f32],
    b: &[f32],
    out: &mut [f32],
) {
    let (rows, wide, head) = (sizes.positions.len(), sizes.wide(), padded(sizes.head));
    assert!(rows * wide <= pattern.len() && rows * head <= b.len() && sizes.tokens * head <= out.len());
    let mut from = 0;
    for first in (0..sizes.tokens).step_by(BLOCK) {
        let count = BLOCK.min(sizes.tokens - first);
        // Queries before `first` see none of these tokens.
        while from < rows && sizes.positions[from] < first {
            from += 1;
        }
        // SAFETY: as above.
        unsafe {
            let left = Left { at: pattern.as_ptr().add(from * wide + first), row: 1, column: wide };
            let right = Right { at: b.as_ptr().add(from * head), row: head };
            let out = Out { at: out.as_mut_ptr().add(first * head), row: head };
            multiply::<V, ROWS, VECTORS>((count, rows - from, head), left, right, Start::ZERO, out, Soon::NOTHING);
        }
    }
}

/// Scores to weights of every query's tokens, zero for those that it does not see.
#[inline(always)]
fn weigh<const FUSED: bool>(sizes: &Sizes, slope: Option<f32>, scores: &mut [f32]) {
    let (wide, scale) = (sizes.wide(), sizes.scale());
    let block_end = |row: usize| (row / BLOCK * BLOCK + BLOCK).min(sizes.positions.len()) - 1;
    for (row, &position) in sizes.positions.iter().enumerate() {
        let seen = position + 1;
        // What lies beyond its own tokens in the same tiles is read by the products of its block.
        let tiles = padded(sizes.positions[block_end(row)] + 1);
        let row = &mut scores[row * wide..][..wide];
        let whole = padded(seen);
        row[whole..tiles.max(whole)].fill(0.0);
        let row = &mut row[..whole];
        if let Some(slope) = slope {
            for (token, score) in row.iter_mut().enumerate() {
                *score = fma::<FUSED>(*score, scale, -slope * (position as f32 - token as f32));
            }
        }
        if !sizes.softmax {
            let share = if slope.is_some() { 1.0 } else { scale } / seen as f32;
            row[..seen].iter_mut().for_each(|score| *score *= share);
            row[seen..].fill(0.0);
            continue;
        }
        row[seen..].fill(f32::MIN);
        let mut largest = [f32::MIN; LANES];
        for chunk in row.as_chunks::<LANES>().0 {
            for (largest, &score) in largest.iter_mut().zip(chunk) {
                *largest = if score > *largest { score } else { *largest };
            }
        }
        // Without biases, scores are scaled where they are exponentiated.
        let scale = if slope.is_some() { 1.0 } else { scale };
        let largest = fold(largest, |a, b| if b > a { b } else { a });
        let mut sums = [0.0; LANES];
        for chunk in row.as_chunks_mut::<LANES>().0 {
            for (sum, score) in sums.iter_mut().zip(chunk) {
                *score = exp::<FUSED>((*score - largest) * scale);
                *sum += *score;
            }
        }
        let inverse = 1.0 / total(sums);
        for chunk in row.as_chunks_mut::<LANES>().0 {
            for score in chunk {
                *score *= inverse;
            }
        }
        row[seen..].fill(0.0);
    }
}

#[allow(clippy::too_many_arguments)]
#[inline(always)]
fn forward_body<V: Vector, const ROWS: usize, const VECTORS: usize, const FUSED: bool>(
    sizes: &Sizes,
    (queries, query_apart): (&[f32], usize),
    (keys, key_apart): (&[f32], usize),
    (out, out_apart): (&mut [f32], usize),
    patterns: &mut [f32],
    scaled: &mut [f32],
    changes: &Changes,
    scratch: &mut [f32],
) {
    let (tokens, rows, wide, head) = (sizes.tokens, sizes.positions.len(), sizes.wide(), sizes.head);
    let (key_across, rest) = scratch.split_at_mut(wide * padded(head));
    let (value, mixed) = rest.split_at_mut(wide * padded(head));
    for (place, pattern) in patterns.chunks_exact_mut(rows * wide).enumerate() {
        let (sequence, at) = (place / sizes.heads, place % sizes.heads);
        let start = at * head;
        let queries = &queries[sequence * rows * query_apart..];
        let keys = &keys[sequence * tokens * key_apart..];
        let out = &mut out[sequence * rows * out_apart..];
        across::<V>(&keys[start..], key_apart, tokens, head, key_across, wide);
        scores::<V, ROWS, VECTORS>(sizes, (&queries[start..], query_apart), key_across, pattern);
        weigh::<FUSED>(sizes, sizes.slopes.get(at).copied(), pattern);
        changes.fix(sizes, sequence, at, pattern);
        let pattern: &[f32] = match scaled.get_mut(place * rows * wide..(place + 1) * rows * wide) {
            Some(scaled) if !changes.factors.is_empty() => {
                scaled.copy_from_slice(pattern);
                changes.scale(sizes, sequence, at, scaled);
                scaled
            }
            _ => pattern,
        };
        take(keys, start + sizes.width(), key_apart, tokens, head, value);
        mix::<V, ROWS, VECTORS>(sizes, pattern, value, mixed);
        give(mixed, out, start, out_apart, rows, head);
    }
}

widest! {
    /// Mixes values (Vaswani et al. 2017). Queries, `[sequences, positions, width]`, and keys with values side by side,
    /// `[sequences, tokens, 2 width]`, come in rows so far apart; `patterns` receives a pattern for each sequence and
    /// head, and says by its size how many sequences there are. Where `changes` has factors, `scaled`, as large, receives
    /// the patterns that values are mixed by.
    pub fn forward(
        sizes: &Sizes,
        queries: (&[f32], usize),
        keys: (&[f32], usize),
        out: (&mut [f32], usize),
        patterns: &mut [f32],
        scaled: &mut [f32],
        changes: &Changes,
        scratch: &mut [f32],
    ) = forward_body;
}

/// From the gradient of a pattern to that of its scores before they were scaled.
#[inline(always)]
fn unweigh<const FUSED: bool>(sizes: &Sizes, pattern: &[f32], change: &mut [f32]) {
    let (wide, scale) = (sizes.wide(), sizes.scale());
    let block_end = |row: usize| (row / BLOCK * BLOCK + BLOCK).min(sizes.positions.len()) - 1;
    for (row, &position) in sizes.positions.iter().enumerate() {
        let seen = position + 1;
        let tiles = padded(sizes.positions[block_end(row)] + 1);
        let (pattern, change) = (&pattern[row * wide..][..tiles], &mut change[row * wide..][..tiles]);
        if sizes.softmax {
            let (pattern, change) = (pattern.as_chunks::<LANES>().0, change.as_chunks_mut::<LANES>().0);
            let mut sums = [0.0; LANES];
            for (pattern, change) in pattern.iter().zip(&*change) {
                for ((sum, pattern), change) in sums.iter_mut().zip(pattern).zip(change) {
                    *sum = fma::<FUSED>(*pattern, *change, *sum);
                }
            }
            let mean = total(sums);
            for (pattern, change) in pattern.iter().zip(change) {
                for (change, pattern) in change.iter_mut().zip(pattern) {
                    *change = pattern * (*change - mean) * scale;
                }
            }
        } else {
            let factor = scale / seen as f32;
            for change in change.iter_mut() {
                *change *= factor;
            }
            change[seen..].fill(0.0);
        }
    }
}

#[allow(clippy::too_many_arguments)]
#[inline(always)]
fn backward_body<V: Vector, const ROWS: usize, const VECTORS: usize, const FUSED: bool>(
    sizes: &Sizes,
    (queries, query_apart): (&[f32], usize),
    (keys, key_apart): (&[f32], usize),
    (patterns, scaled): (&[f32], &[f32]),
    (grad, grad_apart): (&[f32], usize),
    for_queries: &mut [f32],
    for_keys: &mut [f32],
    changes: &Changes,
    scratch: &mut [f32],
) {
    let (tokens, rows, wide, head) = (sizes.tokens, sizes.positions.len(), sizes.wide(), sizes.head);
    let padded_head = padded(head);
    let tall = wide.max(rows) * padded_head;
    let (value_across, rest) = scratch.split_at_mut(wide * padded_head);
    let (key, rest) = rest.split_at_mut(wide * padded_head);
    let (query, rest) = rest.split_at_mut(tall);
    let (mixed, rest) = rest.split_at_mut(tall);
    let (result, change) = rest.split_at_mut(tall);
    let each = patterns.chunks_exact(rows * wide).zip(scaled.chunks_exact(rows * wide));
    for (place, (pattern, scaled)) in each.enumerate() {
        let (sequence, at) = (place / sizes.heads, place % sizes.heads);
        let start = at * head;
        let queries = &queries[sequence * rows * query_apart..];
        let keys = &keys[sequence * tokens * key_apart..];
        let grad = &grad[sequence * rows * grad_apart..];
        let for_queries = &mut for_queries[sequence * rows * query_apart..];
        let for_keys = &mut for_keys[sequence * tokens * key_apart..];
        take(grad, start, grad_apart, rows, head, mixed);
        spread::<V, ROWS, VECTORS>(sizes, scaled, mixed, result);
        give(result, for_keys, start + sizes.width(), key_apart, tokens, head);
        across::<V>(&keys[start + sizes.width()..], key_apart, tokens, head, value_across, wide);
        scores::<V, ROWS, VECTORS>(sizes, (mixed, padded_head), value_across, change);
        if changes.of(at).is_some() {
            change[..rows * wide].fill(0.0);
        } else {
            changes.scale(sizes, sequence, at, &mut change[..rows * wide]);
            unweigh::<FUSED>(sizes, pattern, change);
        }
        take(keys, start, key_apart, tokens, head, key);
        mix::<V, ROWS, VECTORS>(sizes, change, key, result);
        give(result, for_queries, start, query_apart, rows, head);
        take(queries, start, query_apart, rows, head, query);
        spread::<V, ROWS, VECTORS>(sizes, change, query, result);
        give(result, for_keys, start, key_apart, tokens, head);
    }
}

widest! {
    /// The gradients of queries and of keys with values, in rows as far apart as these, given that of the result and the
    /// patterns of the forward pass, before and after they were scaled.
    pub fn backward(
        sizes: &Sizes,
        queries: (&[f32], usize),
        keys: (&[f32], usize),
        patterns: (&[f32], &[f32]),
        grad: (&[f32], usize),
        for_queries: &mut [f32],
        for_keys: &mut [f32],
        changes: &Changes,
        scratch: &mut [f32],
    ) = backward_body;
}

/// Sines and cosines of the rotary embedding of some tokens: `head / 2` pairs of cosine and sine for each.
#[must_use]
pub fn turns(positions: &[usize], rotary: Rotary) -> Vec<(f32, f32)> {
    let half = rotary.turned / 2;
    let angle = |position: usize, at: usize| position as f64 / rotary.base.powf(at as f64 / half as f64);
    let turn = |position: usize, at: usize| {
        let angle = angle(position, at);
        (libm::cos(angle) as f32, libm::sin(angle) as f32)
    };
    positions.iter().flat_map(|&position| (0..half).map(move |at| turn(position, at))).collect()
}

/// Turns the first `turned` numbers of every head of the first `width` numbers of each row, the rows of one sequence as
/// many as `turns` knows; back if `back`.
pub fn rotate(
    rows: &mut [f32],
    apart: usize,
    width: usize,
    (head, turned): (usize, usize),
    turns: &[(f32, f32)],
    back: bool,
) {
    let half = turned / 2;
    let sign = if back { -1.0 } else { 1.0 };
    for (place, row) in rows.chunks_mut(apart).enumerate() {
        let turns = &turns[place % (turns.len() / half) * half..][..half];
        for row in row[..width].chunks_exact_mut(head) {
            let (low, high) = row[..turned].split_at_mut(half);
            for ((low, high), &(cos, sin)) in low.iter_mut().zip(high).zip(turns) {
                let sin = sign * sin;
                (*low, *high) = (*low * cos - *high * sin, *high * cos + *low * sin);
            }
        }
    }
}
