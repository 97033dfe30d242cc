//! Attention as launches, forwards and backwards. Where somebody reads, scales or replaces its weights they stay in memory:
//! products of every sequence and head at once, and between them what makes weights of scores. Else they are made where
//! they are needed (`flash`).

use super::ahead::{Planner, Walk};
use super::flash::{Into, Unwritten};
use super::record::{At, Matrix, Product, by_numbers, by_rows};
use super::shape::{Asked, ConstantAs};
use crate::engine::card::Kernel;
use crate::engine::program::{Held, Operation, Order, Slot, Source, slope};

/// The sizes of an attention, and how it weighs.
#[derive(Clone, Copy, Debug)]
pub struct Attention {
    queries: Slot,
    keys: Slot,
    out: Slot,
    pub heads: usize,
    pub order: Order,
    pub softmax: bool,
    /// Rows of a sequence, and its keys.
    pub rows: usize,
    pub tokens: usize,
    pub width: usize,
    /// The tokens of the rows, where these are not all.
    pub at: At,
}

impl Attention {
    /// The width of a head.
    pub const fn own(&self) -> usize {
        self.width / self.heads
    }
}

/// What it leaves for the way back, and for who reads its weights.
#[derive(Clone, Debug)]
pub struct Left {
    pub attention: Attention,
    pub from: Projected,
    turns: Option<At>,
    weights: Weights,
}

/// Queries `[B, rows, width]`, keys and values `[B, T, width]` with the words between two tokens, as positions have turned
/// them.
#[derive(Clone, Copy, Debug)]
pub struct Projected {
    pub queries: At,
    pub keys: At,
    pub keys_row: usize,
    pub values: At,
    pub values_row: usize,
}

#[derive(Clone, Copy, Debug)]
enum Weights {
    /// `[B, heads, rows, T]`, before they are changed and after.
    Written {
        made: At,
        changed: At,
    },
    Unwritten(Unwritten),
}

impl Left {
    /// Where the weights of a head lie: of the first sequence, with the rows between sequences and of a head. None where they
    /// are not written.
    pub fn pattern(&self, head: usize) -> Option<(At, usize)> {
        let Attention { rows, tokens, heads, .. } = self.attention;
        match self.weights {
            Weights::Written { changed, .. } => Some((changed.plus(head * rows * tokens), heads * rows)),
            Weights::Unwritten(_) => None,
        }
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
        let Attention { rows, tokens, width, .. } = of;
        let sequences = self.shape.sequences;
        let seen = walk.values[of.keys];
        let (values, both) = (seen.plus(width), 2 * width);
        let mut from =
            Projected { queries: walk.values[of.queries], keys: seen, keys_row: both, values, values_row: both };
        let turns = self.turns(&of, of.own());
        if let Some(table) = turns {
            let (turned, others) =
                (self.recorder.room(sequences * rows * width), self.recorder.room(sequences * tokens * width));
            let whole = |row: usize, at: At| Matrix::new(at, row);
            self.turn(&of, table, whole(width, from.queries), whole(width, turned), (rows, of.at), (false, false));
            self.turn(&of, table, whole(both, seen), whole(width, others), (tokens, At::Nothing), (false, false));
            from = Projected { queries: turned, keys: others, keys_row: width, ..from };
        }
        let (out, weights) = if self.unwritten(walk, &of) {
            let (out, left) = self.flash(&of, &from);
            (out, Weights::Unwritten(left))
        } else {
            self.written(walk, &of, &from)
        };
        let left = Left { attention: of, from, turns, weights };
        if !self.shape.asked.trains() {
            self.forgotten(walk, &left);
        }
        (out, left)
    }

    /// Gives back what only a way back would need.
    fn forgotten(&mut self, walk: &Walk, left: &Left) {
        let of = &left.attention;
        let size = self.shape.sequences * of.heads * of.rows * of.tokens;
        match left.weights {
            Weights::Unwritten(own) => self.recorder.free(own.kept, 3 * self.shape.sequences * of.heads * of.rows),
            Weights::Written { made, changed } => {
                if !self.looked_into(walk, of) {
                    self.recorder.free(changed, size);
                }
                if made != changed {
                    self.recorder.free(made, size);
                }
            }
        }
        if left.turns.is_some() {
            self.recorder.free(left.from.queries, self.shape.sequences * of.rows * of.width);
            self.recorder.free(left.from.keys, self.shape.sequences * of.tokens * of.width);
        }
    }

    /// Whether the weights are read from outside.
    pub fn looked_into(&self, walk: &Walk, of: &Attention) -> bool {
        let read = |source| matches!(source, Some(Source::Pattern(slot, _)) if slot == of.out);
        self.shape.asked == Asked::Values(walk.context)
            && self.shape.readings.iter().any(|(site, _)| read(walk.listing.source(*site)))
    }

    /// The mixed values, by weights that stay in memory.
    fn written(&mut self, walk: &Walk, of: &Attention, from: &Projected) -> (At, Weights) {
        let Attention { heads, rows, tokens, width, .. } = *of;
        let (sequences, own) = (self.shape.sequences, of.own());
        let weights = self.recorder.room(sequences * heads * rows * tokens);
        let pairs = (sequences, heads);
        let scores = Product { factor: 1.0 / (own as f64).sqrt(), pairs, ..Product::new(rows, tokens, own) };
        self.recorder.product(
            Matrix::new(from.queries, width).apart(rows * width, own),
            Matrix::new(from.keys, from.keys_row).transposed().apart(tokens * from.keys_row, own),
            Matrix::new(weights, tokens).apart(heads * rows * tokens, rows * tokens),
            &scores,
        );
        let slopes = self.slopes(of);
        let numbers = [sequences * heads * rows, rows, heads, tokens, usize::from(of.softmax)];
        let count = by_rows(sequences * heads * rows);
        self.recorder.call(Kernel::Weigh, count, &[weights, slopes, of.at], &numbers);
        let changed = self.change(walk, of, weights);
        let out = self.recorder.room(sequences * rows * width);
        self.recorder.product(
            Matrix::new(changed, tokens).apart(heads * rows * tokens, rows * tokens),
            Matrix::new(from.values, from.values_row).apart(tokens * from.values_row, own),
            Matrix::new(out, width).apart(rows * width, own),
            &Product { pairs, ..Product::new(rows, own, tokens) },
        );
        (out, Weights::Written { made: weights, changed })
    }

    /// What the scores of each head lose with distance, if they do.
    pub fn slopes(&mut self, of: &Attention) -> At {
        match of.order {
            Order::Alibi => self.recorder.constant((0..of.heads).map(|head| slope(head, of.heads))),
            Order::Unseen | Order::Rotary(_) => At::Nothing,
        }
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
    pub fn fixed_patterns(&self, walk: &Walk, of: &Attention) -> Vec<(usize, At, bool)> {
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
        let Attention { rows, tokens, width, .. } = of;
        let sequences = self.shape.sequences;
        let (keys, keys_add) = into(self, of.keys);
        let (queries, queries_add) = into(self, of.queries);
        let both = 2 * width;
        let values = (keys.plus(width), both, keys_add);
        let turned = left.turns.map(|table| {
            let room = |planner: &mut Self, rows: usize| planner.recorder.room(sequences * rows * width);
            (room(self, rows), room(self, tokens), table)
        });
        let to = match turned {
            None => Into { queries: (queries, width, queries_add), keys: (keys, both, keys_add), values },
            Some((turned, others, _)) => Into { queries: (turned, width, false), keys: (others, width, false), values },
        };
        match left.weights {
            Weights::Unwritten(own) => self.flash_back(left, &own, grads, &to),
            Weights::Written { made, changed } => self.written_back(walk, left, (made, changed), grads, &to),
        }
        if let Some((turned, others, table)) = turned {
            let whole = |row: usize, at: At| Matrix::new(at, row);
            self.turn(&of, table, whole(width, turned), whole(width, queries), (rows, of.at), (true, queries_add));
            self.turn(&of, table, whole(width, others), whole(both, keys), (tokens, At::Nothing), (true, keys_add));
            self.recorder.free(turned, sequences * rows * width);
            self.recorder.free(others, sequences * tokens * width);
        }
    }

    /// The same by weights that stayed in memory.
    fn written_back(&mut self, walk: &Walk, left: &Left, (made, changed): (At, At), grads: At, into: &Into) {
        let (of, from) = (left.attention, left.from);
        let Attention { heads, rows, tokens, width, .. } = of;
        let (sequences, own) = (self.shape.sequences, of.own());
        let (pairs, size) = ((sequences, heads), sequences * heads * rows * tokens);
        let pattern = |at: At| Matrix::new(at, tokens).apart(heads * rows * tokens, rows * tokens);
        let mixed = Matrix::new(grads, width).apart(rows * width, own);
        let over = |(at, row, _): (At, usize, bool)| Matrix::new(at, row).apart(tokens * row, own);
        let weights = self.recorder.room(size);
        self.recorder.product(
            mixed,
            over((from.values, from.values_row, false)).transposed(),
            pattern(weights),
            &Product { pairs, ..Product::new(rows, tokens, own) },
        );
        let product = Product { adds: into.values.2, pairs, ..Product::new(tokens, own, rows) };
        self.recorder.product(pattern(changed).transposed(), mixed, over(into.values), &product);
        for (head, ..) in self.fixed_patterns(walk, &of) {
            self.fix(&of, weights, head, At::Nothing, false);
        }
        self.factors(&of, weights);
        let numbers = [sequences * heads * rows, rows, heads, tokens, usize::from(of.softmax)];
        let count = by_rows(sequences * heads * rows);
        self.recorder.call(Kernel::WeighBack, count, &[made, weights, of.at], &numbers);
        let factor = 1.0 / (own as f64).sqrt();
        let (queries, row, adds) = into.queries;
        self.recorder.product(
            pattern(weights),
            over((from.keys, from.keys_row, false)),
            Matrix::new(queries, row).apart(rows * row, own),
            &Product { factor, adds, pairs, ..Product::new(rows, own, tokens) },
        );
        self.recorder.product(
            pattern(weights).transposed(),
            Matrix::new(from.queries, width).apart(rows * width, own),
            over(into.keys),
            &Product { pairs, factor, adds: into.keys.2, ..Product::new(tokens, own, rows) },
        );
        self.recorder.free(weights, size);
    }
}
