//! Attention as launches, forwards and backwards: products of every sequence and head at once, and between them the
//! weights. The weights stay in memory, since they can be read, scaled and replaced.

use super::ahead::{Planner, Walk};
use super::record::{At, Matrix, Product, by_numbers, by_rows};
use super::shape::ConstantAs;
use crate::engine::card::Kernel;
use crate::engine::program::{Held, Operation, Order, Slot, slope};

/// The sizes of an attention, and how it weighs.
#[derive(Clone, Copy, Debug)]
pub struct Attention {
    queries: Slot,
    keys: Slot,
    out: Slot,
    heads: usize,
    order: Order,
    softmax: bool,
    /// Rows of a sequence, and its keys.
    rows: usize,
    tokens: usize,
    width: usize,
    /// The tokens of the rows, where these are not all.
    at: At,
}

/// What it leaves for the way back, and for who reads its weights.
#[derive(Clone, Debug)]
pub struct Left {
    attention: Attention,
    /// `[B, rows, width]` and, side by side with values behind them, `[B, T, ...]`: as positions have turned them.
    queries: At,
    keys: Keys,
    /// `[B, heads, rows, T]`, before they are changed and after.
    weights: At,
    pub changed: At,
    turns: Option<At>,
}

/// Keys, with the words between two tokens.
#[derive(Clone, Copy, Debug)]
struct Keys {
    at: At,
    row: usize,
}

impl Left {
    /// Where the weights of a head lie: of the first sequence, with the rows between sequences and of a head.
    pub fn pattern(&self, head: usize) -> (At, usize, usize) {
        let Attention { rows, tokens, heads, .. } = self.attention;
        (self.changed.plus(head * rows * tokens), heads * rows, tokens)
    }
}

impl Planner<'_> {
    pub fn attention(
        &self,
        walk: &Walk,
        operation: &Operation,
        heads: usize,
        order: Order,
        softmax: bool,
    ) -> Attention {
        let (queries, keys) = (operation.inputs[0], operation.inputs[1]);
        Attention {
            queries,
            keys,
            out: operation.output,
            heads,
            order,
            softmax,
            rows: self.each(walk, queries),
            tokens: self.shape.tokens,
            width: walk.listing.widths[operation.output],
            at: self.tokens(walk, queries),
        }
    }

    /// The mixed values.
    pub fn attend(&mut self, walk: &Walk, of: Attention) -> (At, Left) {
        let Attention { heads, rows, tokens, width, .. } = of;
        let sequences = self.shape.sequences;
        let own = width / heads;
        let (mut queries, seen) = (walk.values[of.queries], walk.values[of.keys]);
        let mut keys = Keys { at: seen, row: 2 * width };
        let turns = self.turns(&of, own);
        if let Some(table) = turns {
            let (turned, others) =
                (self.recorder.room(sequences * rows * width), self.recorder.room(sequences * tokens * width));
            let whole = |row: usize, at: At| Matrix::new(at, row);
            self.turn(&of, table, whole(width, queries), whole(width, turned), (rows, of.at), (false, false));
            self.turn(&of, table, whole(2 * width, seen), whole(width, others), (tokens, At::Nothing), (false, false));
            queries = turned;
            keys = Keys { at: others, row: width };
        }
        let size = sequences * heads * rows * tokens;
        let weights = self.recorder.room(size);
        let pairs = (sequences, heads);
        let scores = Product { factor: 1.0 / (own as f64).sqrt(), pairs, ..Product::new(rows, tokens, own) };
        self.recorder.product(
            Matrix::new(queries, width).apart(rows * width, own),
            Matrix::new(keys.at, keys.row).transposed().apart(tokens * keys.row, own),
            Matrix::new(weights, tokens).apart(heads * rows * tokens, rows * tokens),
            &scores,
        );
        let slopes = match of.order {
            Order::Alibi => self.recorder.constant((0..heads).map(|head| slope(head, heads))),
            Order::Unseen | Order::Rotary(_) => At::Nothing,
        };
        let numbers = [sequences * heads * rows, rows, heads, tokens, usize::from(of.softmax)];
        let count = by_rows(sequences * heads * rows);
        self.recorder.call(Kernel::Weigh, count, &[weights, slopes, of.at], &numbers);
        let changed = self.change(walk, &of, weights);
        let out = self.recorder.room(sequences * rows * width);
        self.recorder.product(
            Matrix::new(changed, tokens).apart(heads * rows * tokens, rows * tokens),
            Matrix::new(seen.plus(width), 2 * width).apart(tokens * 2 * width, own),
            Matrix::new(out, width).apart(rows * width, own),
            &Product { pairs, ..Product::new(rows, own, tokens) },
        );
        (out, Left { attention: of, queries, keys, weights, changed, turns })
    }

    /// Cosines and sines of rotary positions, `[T, half]` each.
    fn turns(&mut self, of: &Attention, own: usize) -> Option<At> {
        let Order::Rotary(rotary) = of.order else { return None };
        let half = rotary.turned.min(own) / 2;
        if half == 0 {
            return None;
        }
        let angle = move |place: usize| {
            let (token, at) = (place / half, place % half);
            token as f64 / rotary.base.powf(at as f64 / half as f64)
        };
        let count = of.tokens * half;
        let cosines = (0..count).map(move |place| libm::cos(angle(place)) as f32);
        let sines = (0..count).map(move |place| libm::sin(angle(place)) as f32);
        Some(self.recorder.constant(cosines.chain(sines)))
    }

    fn turn(
        &mut self,
        of: &Attention,
        table: At,
        from: Matrix,
        to: Matrix,
        (rows, tokens): (usize, At),
        (back, adds): (bool, bool),
    ) {
        let Order::Rotary(rotary) = of.order else { return };
        let own = of.width / of.heads;
        let sequences = self.shape.sequences;
        let numbers = [
            sequences,
            rows,
            of.heads,
            own,
            rotary.turned / 2,
            from.row,
            to.row,
            of.tokens,
            usize::from(back),
            usize::from(adds),
        ];
        let blocks = by_numbers(sequences * rows * of.width);
        self.recorder.call(Kernel::Rotate, blocks, &[from.at, to.at, table, tokens], &numbers);
    }

    /// Weights as the batch scales and fixes them; where it does neither, as they are.
    fn change(&mut self, walk: &Walk, of: &Attention, weights: At) -> At {
        let size = self.shape.sequences * of.heads * of.rows * of.tokens;
        let fixed = self.fixed_patterns(walk, of);
        if self.shape.scaled.is_empty() && fixed.is_empty() {
            return weights;
        }
        let changed = self.recorder.room(size);
        self.recorder.copy(Matrix::new(weights, size), Matrix::new(changed, size), (1, size), false);
        self.factors(of, changed);
        for (head, constant, own) in fixed {
            self.fix(of, changed, head, constant, own);
        }
        changed
    }

    /// Heads whose patterns are constants, which lie in the feed where they are not 0.
    fn fixed_patterns(&self, walk: &Walk, of: &Attention) -> Vec<(usize, At, bool)> {
        let all = self.shape.fixed.iter().zip(&self.feed.fixed);
        all.filter_map(|(&(site, kind), &(at, _))| match walk.listing.held(site) {
            Some(Held::Pattern(slot, head)) if slot == of.out => {
                let at = if kind == ConstantAs::Zero { At::Nothing } else { At::Feed(at) };
                Some((head, at, kind == ConstantAs::Each))
            }
            _ => None,
        })
        .collect()
    }

    /// Multiplies weights, or their gradients, by all factors of the batch.
    fn factors(&mut self, of: &Attention, at: At) {
        let (sequences, tokens) = (self.shape.sequences, of.tokens);
        for (place, kind) in self.shape.scaled.iter().enumerate() {
            let apart = if *kind == ConstantAs::Each { tokens * tokens } else { 0 };
            let numbers = [sequences, of.rows, of.heads, tokens, apart];
            let blocks = by_numbers(sequences * of.heads * of.rows * tokens);
            let factors = At::Feed(self.feed.scaled[place]);
            self.recorder.call(Kernel::Scale, blocks, &[at, factors, of.at, at], &numbers);
        }
    }

    /// Puts a constant in the place of a head's weights, or of their gradients.
    fn fix(&mut self, of: &Attention, at: At, head: usize, constant: At, own: bool) {
        let (sequences, rows, tokens) = (self.shape.sequences, of.rows, of.tokens);
        let apart = if own { tokens * tokens } else { 0 };
        let numbers = [sequences, rows, tokens, of.heads * rows * tokens, tokens, apart, 1];
        let operands = [at.plus(head * rows * tokens), constant, of.at];
        self.recorder.call(Kernel::Replace, by_numbers(sequences * rows * tokens), &operands, &numbers);
    }

    /// The gradients of queries, keys and values, of those of the mixed values. `into` gives the place of a slot's
    /// gradient and whether something stands there.
    pub fn attend_back(
        &mut self,
        walk: &Walk,
        left: &Left,
        grads: At,
        into: &mut dyn FnMut(&mut Self, Slot) -> (At, bool),
    ) {
        let of = left.attention;
        let Attention { heads, rows, tokens, width, .. } = of;
        let (sequences, own) = (self.shape.sequences, width / heads);
        let (pairs, size) = ((sequences, heads), sequences * heads * rows * tokens);
        let pattern = |at: At| Matrix::new(at, tokens).apart(heads * rows * tokens, rows * tokens);
        let mixed = Matrix::new(grads, width).apart(rows * width, own);
        let seen = walk.values[of.keys];
        let weights = self.recorder.room(size);
        self.recorder.product(
            mixed,
            Matrix::new(seen.plus(width), 2 * width).transposed().apart(tokens * 2 * width, own),
            pattern(weights),
            &Product { pairs, ..Product::new(rows, tokens, own) },
        );
        let (keys, adds) = into(self, of.keys);
        self.recorder.product(
            pattern(left.changed).transposed(),
            mixed,
            Matrix::new(keys.plus(width), 2 * width).apart(tokens * 2 * width, own),
            &Product { adds, pairs, ..Product::new(tokens, own, rows) },
        );
        for (head, ..) in self.fixed_patterns(walk, &of) {
            self.fix(&of, weights, head, At::Nothing, false);
        }
        self.factors(&of, weights);
        let numbers = [sequences * heads * rows, rows, heads, tokens, usize::from(of.softmax)];
        let count = by_rows(sequences * heads * rows);
        self.recorder.call(Kernel::WeighBack, count, &[left.weights, weights, of.at], &numbers);
        let factor = 1.0 / (own as f64).sqrt();
        let (queries, queries_add) = into(self, of.queries);
        let turned = left
            .turns
            .map(|_| (self.recorder.room(sequences * rows * width), self.recorder.room(sequences * tokens * width)));
        let to_queries = turned.map_or(queries, |(turned, _)| turned);
        self.recorder.product(
            pattern(weights),
            Matrix::new(left.keys.at, left.keys.row).apart(tokens * left.keys.row, own),
            Matrix::new(to_queries, width).apart(rows * width, own),
            &Product { pairs, factor, adds: queries_add && turned.is_none(), ..Product::new(rows, own, tokens) },
        );
        let (to_keys, row) = turned.map_or((keys, 2 * width), |(_, turned)| (turned, width));
        self.recorder.product(
            pattern(weights).transposed(),
            Matrix::new(left.queries, width).apart(rows * width, own),
            Matrix::new(to_keys, row).apart(tokens * row, own),
            &Product { pairs, factor, adds: adds && turned.is_none(), ..Product::new(tokens, own, rows) },
        );
        if let (Some((turned, others)), Some(table)) = (turned, left.turns) {
            let whole = |row: usize, at: At| Matrix::new(at, row);
            self.turn(&of, table, whole(width, turned), whole(width, queries), (rows, of.at), (true, queries_add));
            self.turn(&of, table, whole(width, others), whole(2 * width, keys), (tokens, At::Nothing), (true, adds));
            self.recorder.free(turned, sequences * rows * width);
            self.recorder.free(others, sequences * tokens * width);
        }
        self.recorder.free(weights, size);
    }
}
