//! A pass forwards, as launches: what each operation of a program writes where.

use super::feed::Feed;
use super::fused::Uses;
use super::layout::Layout;
use super::record::{At, Besides, Matrix, Product, Recorder, by_columns, by_numbers, by_rows};
use super::shape::{ConstantAs, Shape};
use crate::engine::card::Kernel;
use crate::engine::program::{Held, Kind, Listing, Operation, ParameterId, Program, Rows, Slot, wave};
use crate::program::model::{Activation, Context};

/// What a plan is made of.
pub struct Planner<'a> {
    pub program: &'a Program,
    pub layout: &'a Layout,
    pub shape: &'a Shape,
    pub feed: &'a Feed,
    pub recorder: Recorder,
    /// Where the tokens of the batch lie, and the targets of each term.
    pub input: At,
    pub targets: Vec<At>,
}

/// What an operation leaves for the way back.
#[derive(Clone, Debug)]
pub enum Left {
    Nothing,
    /// Mean and inverse deviation of each row.
    Norm(At),
    /// Factors of a dropout.
    Factors(At),
    Attention(Box<super::attend::Left>),
}

/// The values of one context.
pub struct Walk<'a> {
    pub context: Context,
    pub listing: &'a Listing,
    pub needed: Vec<bool>,
    pub uses: Uses,
    /// By slot; nothing where it is computed together with what reads it.
    pub values: Vec<At>,
    /// By operation.
    pub left: Vec<Left>,
}

impl<'a> Planner<'a> {
    /// Rows of all sequences of a slot.
    pub fn rows(&self, walk: &Walk, slot: Slot) -> usize {
        self.shape.sequences * self.each(walk, slot)
    }

    /// Rows of a sequence of a slot.
    pub fn each(&self, walk: &Walk, slot: Slot) -> usize {
        self.shape.rows(walk.listing.rows[slot], walk.context)
    }

    /// Words of a slot.
    pub fn words(&self, walk: &Walk, slot: Slot) -> usize {
        self.rows(walk, slot) * walk.listing.widths[slot]
    }

    /// The tokens at which the rows of a slot stand, where these are not all.
    pub fn tokens(&self, walk: &Walk, slot: Slot) -> At {
        match walk.listing.rows[slot] {
            Rows::Kept => At::Feed(self.feed.kept[walk.context as usize]),
            _ => At::Nothing,
        }
    }

    pub fn parameter(&self, id: ParameterId) -> At {
        At::Seat(self.layout.start(id))
    }

    /// Columns of a matrix parameter.
    pub fn columns(&self, id: ParameterId) -> usize {
        self.program.parameters[id].shape.last().copied().unwrap_or(1)
    }

    /// What the operations compute on which the wanted slots depend.
    pub fn ahead(&mut self, context: Context, wanted: &[Slot]) -> Walk<'a> {
        let listing = self.program.listing(context);
        let count = listing.operations.len();
        let needed = listing.needed(wanted);
        let mut walk = Walk {
            context,
            listing,
            uses: Uses::new(listing, &needed, wanted),
            needed,
            values: vec![At::Nothing; count + 1],
            left: vec![Left::Nothing; count],
        };
        walk.values[0] = self.input;
        for place in 0..count {
            if walk.needed[place] {
                self.apply(&mut walk, place);
                self.outlived(&mut walk, place);
            }
        }
        walk
    }

    fn apply(&mut self, walk: &mut Walk, place: usize) {
        let operation: &Operation = &walk.listing.operations[place];
        let slot = operation.output;
        let rows = self.rows(walk, slot);
        let width = walk.listing.widths[slot];
        let input = |at: usize| operation.inputs[at];
        let value = |at: usize| walk.values[operation.inputs[at]];
        let of = |at: usize| walk.listing.widths[operation.inputs[at]];
        let mut left = Left::Nothing;
        let out = match operation.kind {
            Kind::ReadIn { weight, bias } if self.shape.labels => {
                let out = self.recorder.room(rows * width);
                let operands = [value(0), self.parameter(weight), self.parameter(bias), out];
                self.recorder.call(Kernel::Embed, by_numbers(rows * width), &operands, &[rows, width]);
                out
            }
            Kind::ReadIn { .. } | Kind::Linear { .. } | Kind::Tied { .. } => match self.follower(walk, operation) {
                // The sum is computed with it.
                Some(Operation { kind: Kind::Add, .. }) => return,
                Some(&Operation { kind: Kind::Activation(activation), output, .. }) => {
                    let (out, active) = (self.recorder.room(rows * width), self.recorder.room(rows * width));
                    walk.values[output] = active;
                    let besides = Besides::Activates(active, activation_number(activation));
                    self.linear(walk, operation, out, (At::Nothing, besides));
                    out
                }
                _ => {
                    let out = self.recorder.room(rows * width);
                    self.linear(walk, operation, out, (At::Nothing, Besides::Nothing));
                    out
                }
            },
            Kind::AddPositions { table } => self.table(value(0), self.parameter(table), walk, slot),
            Kind::AddWaves => {
                let waves = (0..self.shape.tokens).flat_map(|token| (0..width).map(move |at| wave(token, at, width)));
                let table = self.recorder.constant(waves);
                self.table(value(0), table, walk, slot)
            }
            Kind::LayerNorm { scale, shift } => {
                let (out, kept) = (self.recorder.room(rows * width), self.recorder.room(2 * rows));
                left = Left::Norm(kept);
                let operands = [value(0), self.parameter(scale), self.parameter(shift), out, kept];
                self.recorder.call(Kernel::Norm, by_rows(rows), &operands, &[rows, width]);
                out
            }
            Kind::Attention { heads, order, softmax } => {
                let attention = self.attention(walk, operation, heads, order, softmax);
                let (out, own) = self.attend(walk, attention);
                left = Left::Attention(Box::new(own));
                out
            }
            Kind::Values => {
                let out = self.recorder.room(rows * width);
                let from = Matrix::new(value(0).plus(width), 2 * width);
                self.recorder.copy(from, Matrix::new(out, width), (rows, width), false);
                out
            }
            Kind::Project { weight, head, heads } => {
                let out = self.recorder.room(rows * width);
                let (own, columns) = (of(0) / heads, self.columns(weight));
                let right = Matrix::new(self.parameter(weight).plus(head * own * columns), columns);
                let from = Matrix::new(value(0).plus(head * own), of(0));
                self.recorder.product(from, right, Matrix::new(out, width), &Product::new(rows, width, own));
                out
            }
            Kind::Activation(_) if walk.values[slot] != At::Nothing => walk.values[slot],
            Kind::Activation(activation) => {
                let out = self.recorder.room(rows * width);
                let numbers = [rows * width, activation_number(activation)];
                self.recorder.call(Kernel::Activate, by_numbers(rows * width), &[value(0), out], &numbers);
                out
            }
            Kind::Dropout { share, place } => {
                match self.feed.noise.iter().find(|(known, _)| self.shape.noise && *known == place) {
                    Some(&(_, keys)) => {
                        let (factors, out) = (self.recorder.room(rows * width), self.recorder.room(rows * width));
                        let each = self.each(walk, slot) * width;
                        let blocks = by_columns(self.shape.sequences * each.div_ceil(8));
                        let numbers = [self.shape.sequences, each];
                        let operands = [At::Feed(keys), factors];
                        self.recorder.parted(Kernel::Noise, (blocks, 1), &operands, &numbers, share.value());
                        let operands = [value(0), factors, out];
                        self.recorder.call(Kernel::Multiply, by_numbers(rows * width), &operands, &[rows * width, 0]);
                        left = Left::Factors(factors);
                        out
                    }
                    None => value(0),
                }
            }
            Kind::Prune => self.pick(walk, (input(0), slot), At::Feed(self.feed.kept[walk.context as usize]), false),
            Kind::Gather { output } => {
                let read = self.shape.reads.iter().position(|read| read.output == output).unwrap_or_default();
                let each = self.shape.reads[read].each;
                self.pick(walk, (input(0), slot), At::Feed(self.feed.places[read]), each)
            }
            Kind::Add if value(1) == At::Nothing => {
                let out = self.recorder.room(rows * width);
                let update = &walk.listing.operations[input(1) - 1];
                self.linear(walk, update, out, (value(0), Besides::Nothing));
                out
            }
            Kind::Add => {
                let out = self.recorder.room(rows * width);
                let operands = [value(0), value(1), out];
                self.recorder.call(Kernel::Add, by_numbers(rows * width), &operands, &[rows * width]);
                out
            }
        };
        walk.left[place] = left;
        walk.values[slot] = self.fixed(walk, slot, out);
    }

    /// The product of a linear operation, with what is done to it besides.
    fn linear(&mut self, walk: &Walk, operation: &Operation, out: At, (summands, besides): (At, Besides)) {
        let (rows, width) = (self.rows(walk, operation.output), walk.listing.widths[operation.output]);
        let (from, inner) = (walk.values[operation.inputs[0]], walk.listing.widths[operation.inputs[0]]);
        let (right, bias) = match operation.kind {
            Kind::Linear { weight, bias, ref columns } => {
                let right = Matrix::new(self.parameter(weight).plus(columns.start), self.columns(weight));
                (right, self.parameter(bias).plus(columns.start))
            }
            Kind::Tied { weight, bias } => {
                (Matrix::new(self.parameter(weight), inner).transposed(), self.parameter(bias))
            }
            Kind::ReadIn { weight, bias } => {
                (Matrix::new(self.parameter(weight), self.columns(weight)), self.parameter(bias))
            }
            _ => return,
        };
        let product = Product { bias, summands, besides, ..Product::new(rows, width, inner) };
        self.recorder.product(Matrix::new(from, inner), right, Matrix::new(out, width), &product);
    }

    /// A value with a row of a table added to every token.
    fn table(&mut self, from: At, table: At, walk: &Walk, slot: Slot) -> At {
        let words = self.words(walk, slot);
        let out = self.recorder.room(words);
        let each = self.each(walk, slot) * walk.listing.widths[slot];
        self.recorder.call(Kernel::AddTable, by_numbers(words), &[from, table, out], &[words, each]);
        out
    }

    /// Some rows of every sequence.
    fn pick(&mut self, walk: &Walk, (from, to): (Slot, Slot), places: At, each: bool) -> At {
        let words = self.words(walk, to);
        let out = self.recorder.room(words);
        let numbers = self.picked(walk, (from, to), each);
        self.recorder.call(Kernel::Pick, by_numbers(words), &[walk.values[from], places, out], &numbers);
        out
    }

    /// The numbers of `pick` and its way back.
    pub fn picked(&self, walk: &Walk, (from, to): (Slot, Slot), each: bool) -> [usize; 5] {
        let positions = self.each(walk, to);
        let own = if each { positions } else { 0 };
        [self.shape.sequences, self.each(walk, from), positions, walk.listing.widths[to], own]
    }

    /// The constants that take the place of numbers of a slot: where they lie in the feed, if they are not 0, for which
    /// columns.
    pub fn constants(&self, walk: &Walk, slot: Slot) -> Vec<(At, bool, std::ops::Range<usize>)> {
        let all = self.shape.fixed.iter().zip(&self.feed.fixed);
        all.filter_map(|(&(site, kind), &(at, _))| match walk.listing.held(site) {
            Some(Held::Value(of, columns)) if of == slot => {
                let at = if kind == ConstantAs::Zero { At::Nothing } else { At::Feed(at) };
                Some((at, kind == ConstantAs::Each, columns))
            }
            _ => None,
        })
        .collect()
    }

    /// A value with constants in the place of some of its numbers. It is copied first: others may read it as it was.
    fn fixed(&mut self, walk: &Walk, slot: Slot, value: At) -> At {
        let constants = self.constants(walk, slot);
        if constants.is_empty() {
            return value;
        }
        let width = walk.listing.widths[slot];
        let rows = self.rows(walk, slot);
        let out = self.recorder.room(rows * width);
        self.recorder.copy(Matrix::new(value, width), Matrix::new(out, width), (rows, width), false);
        for (constant, own, columns) in constants {
            self.replace(walk, slot, (out, width, &columns), constant, own);
        }
        out
    }

    /// Puts a constant, or 0, in the place of some columns of every row of a slot, or of its gradient.
    pub fn replace(
        &mut self,
        walk: &Walk,
        slot: Slot,
        (at, width, columns): (At, usize, &std::ops::Range<usize>),
        constant: At,
        own: bool,
    ) {
        let each = self.each(walk, slot);
        let count = self.shape.sequences * each * columns.len();
        let apart = if own { self.shape.tokens * columns.len() } else { 0 };
        let numbers = [self.shape.sequences, each, columns.len(), each * width, width, apart, 0];
        let operands = [at.plus(columns.start), constant, self.tokens(walk, slot)];
        self.recorder.call(Kernel::Replace, by_numbers(count), &operands, &numbers);
    }
}

/// An activation as the kernels count them.
pub fn activation_number(activation: Activation) -> usize {
    match activation {
        Activation::Gelu => 0,
        Activation::GeluErf => 1,
        Activation::Relu => 2,
    }
}
