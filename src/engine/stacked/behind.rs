//! A pass backwards, as launches: the gradients of values, slot by slot, and those of parameters.

use super::ahead::{Left, Planner, Walk, activation_number};
use super::layout::Layout;
use super::record::{At, Besides, Matrix, Product, by_columns, by_numbers, by_rows};
use crate::engine::card::Kernel;
use crate::engine::program::{Kind, Operation, Parameter, ParameterId, Program, Slot};
use std::ops::Range;

/// Rows that one chain sums where a sum goes over all rows of a batch.
const CHAIN: usize = 512;

/// The gradients of parameters: where they lie, and what of them is written so far.
#[derive(Debug)]
pub struct Gradients {
    pub at: At,
    starts: Vec<usize>,
    counts: Vec<usize>,
    /// By parameter, what was written: rows and columns.
    written: Vec<Vec<(Range<usize>, Range<usize>)>>,
    /// Parameters of which some numbers may be written by nobody.
    bare: Vec<bool>,
}

impl Gradients {
    #[must_use]
    pub fn new(program: &Program, layout: &Layout, at: At) -> Self {
        let count = program.parameters.len();
        Self {
            at,
            starts: (0..count).map(|id| layout.start(id)).collect(),
            counts: program.parameters.iter().map(Parameter::count).collect(),
            written: vec![Vec::new(); count],
            bare: vec![false; count],
        }
    }

    /// Where a parameter's gradient lies, and whether a part of it must be added to.
    fn part(&mut self, id: ParameterId, rows: Range<usize>, columns: Range<usize>) -> (At, bool) {
        let at = self.at.plus(self.starts[id]);
        let part = (rows, columns);
        let meets = |other: &(Range<usize>, Range<usize>)| {
            let crosses = |a: &Range<usize>, b: &Range<usize>| a.start < b.end && b.start < a.end;
            crosses(&part.0, &other.0) && crosses(&part.1, &other.1)
        };
        let adds = self.written[id].iter().any(meets);
        if adds && !self.written[id].contains(&part) {
            self.bare[id] = true;
        }
        if !self.written[id].contains(&part) {
            self.written[id].push(part);
        }
        (at, adds)
    }

    /// What must be 0 before anything is written: places and words.
    #[must_use]
    pub fn cleared(&self) -> Vec<(At, usize)> {
        let each = self.written.iter().zip(&self.counts).enumerate();
        each.filter_map(|(id, (written, &count))| {
            let covered: usize = written.iter().map(|(rows, columns)| rows.len() * columns.len()).sum();
            (self.bare[id] || covered < count).then(|| (self.at.plus(self.starts[id]), count))
        })
        .collect()
    }
}

/// The gradients of the values of one context.
pub struct Flow {
    /// By slot.
    grads: Vec<Option<At>>,
    /// The slot whose gradient lies where another's does, which needs it longer.
    borrows: Option<Slot>,
}

impl Flow {
    #[must_use]
    pub fn new(slots: usize) -> Self {
        Self { grads: vec![None; slots], borrows: None }
    }

    /// Sets the gradient of a slot.
    pub fn begin(&mut self, slot: Slot, at: At) {
        self.grads[slot] = Some(at);
    }
}

impl Planner<'_> {
    /// The place of a slot's gradient, and whether something stands there already.
    fn into(&mut self, walk: &Walk, flow: &mut Flow, slot: Slot) -> (At, bool) {
        if let Some(at) = flow.grads[slot] {
            return (at, true);
        }
        let words = self.words(walk, slot);
        let at = self.recorder.room(words);
        flow.grads[slot] = Some(at);
        (at, false)
    }

    /// Makes a gradient that of another slot of the same size, without moving it where nothing stands there yet.
    fn pass(&mut self, walk: &Walk, flow: &mut Flow, from: At, to: Slot) {
        let words = self.words(walk, to);
        if let Some(at) = flow.grads[to] {
            self.recorder.copy(Matrix::new(from, words), Matrix::new(at, words), (1, words), true);
            self.recorder.free(from, words);
        } else {
            flow.grads[to] = Some(from);
        }
    }

    /// Goes back through all operations that a loss depends on.
    pub fn behind(&mut self, walk: &Walk, flow: &mut Flow, into: &mut Gradients) {
        for place in (0..walk.listing.operations.len()).rev() {
            let operation = &walk.listing.operations[place];
            let Some(grads) = flow.grads[operation.output].filter(|_| walk.needed[place]) else { continue };
            let width = walk.listing.widths[operation.output];
            // What a constant took the place of has no gradient.
            for (_, _, columns) in self.constants(walk, operation.output) {
                self.replace(walk, operation.output, (grads, width, &columns), At::Nothing, false);
            }
            flow.grads[operation.output] = None;
            let borrowed = flow.borrows.take_if(|slot| *slot == operation.output).is_some();
            if !self.unwind(walk, operation, &walk.left[place], (grads, flow), into) && !borrowed {
                let words = self.words(walk, operation.output);
                self.recorder.free(grads, words);
            }
        }
    }

    /// One operation backwards; whether its output's gradient went on to be another's.
    fn unwind(
        &mut self,
        walk: &Walk,
        operation: &Operation,
        left: &Left,
        (grads, flow): (At, &mut Flow),
        into: &mut Gradients,
    ) -> bool {
        let slot = operation.output;
        let (rows, width) = (self.rows(walk, slot), walk.listing.widths[slot]);
        let input = |at: usize| operation.inputs[at];
        let value = |at: usize| walk.values[operation.inputs[at]];
        let of = |at: usize| walk.listing.widths[operation.inputs[at]];
        match operation.kind {
            Kind::ReadIn { weight, bias } => {
                if self.shape.labels {
                    let labels = self.program.parameters[weight].shape[0];
                    let (at, adds) = into.part(weight, 0..labels, 0..width);
                    let numbers = [rows, width, usize::from(adds)];
                    self.recorder.call(Kernel::EmbedBack, labels, &[value(0), grads, at], &numbers);
                    self.biases((grads, rows, width), bias, into);
                } else {
                    self.weights((value(0), of(0)), (grads, rows, width), (weight, bias), &(0..width), into);
                }
            }
            Kind::Linear { weight, bias, ref columns } => {
                self.weights((value(0), of(0)), (grads, rows, width), (weight, bias), columns, into);
                if input(0) != 0 {
                    let right = Matrix::new(self.parameter(weight).plus(columns.start), self.columns(weight));
                    self.inputs(walk, flow, operation, grads, right.transposed());
                }
            }
            Kind::Tied { weight, bias } => {
                let inner = of(0);
                let (at, adds) = into.part(weight, 0..width, 0..inner);
                let product = Product { adds, ..Product::new(width, inner, rows) };
                self.parted((grads, value(0)), Matrix::new(at, inner), product);
                self.biases((grads, rows, width), bias, into);
                self.inputs(walk, flow, operation, grads, Matrix::new(self.parameter(weight), inner));
            }
            Kind::AddPositions { table } => {
                let each = self.each(walk, slot) * width;
                let (at, adds) = into.part(table, 0..self.each(walk, slot), 0..width);
                let numbers = [self.shape.sequences, each, usize::from(adds)];
                self.recorder.call(Kernel::AddTableBack, by_numbers(each), &[grads, at], &numbers);
                self.pass(walk, flow, grads, input(0));
                return true;
            }
            Kind::AddWaves => {
                self.pass(walk, flow, grads, input(0));
                return true;
            }
            Kind::LayerNorm { scale, shift } => {
                let Left::Norm(kept) = *left else { return false };
                let parts = rows.div_ceil(CHAIN);
                let sums = self.recorder.room(2 * parts * width);
                let numbers = [rows, width, CHAIN, parts];
                let operands = [value(0), kept, grads, sums];
                self.recorder.parted(Kernel::NormSums, (by_columns(width), parts), &operands, &numbers, 0.0);
                for (parameter, from) in [(scale, sums), (shift, sums.plus(parts * width))] {
                    let (at, adds) = into.part(parameter, 0..1, 0..width);
                    self.recorder.sum(from, parts, width, (1, width), Matrix::new(at, width), adds);
                }
                self.recorder.free(sums, 2 * parts * width);
                let (to, adds) = self.into(walk, flow, input(0));
                let operands = [value(0), self.parameter(scale), kept, grads, to];
                self.recorder.call(Kernel::NormBack, by_rows(rows), &operands, &[rows, width, usize::from(adds)]);
            }
            Kind::Attention { .. } => {
                let Left::Attention(left) = left else { return false };
                self.attend_back(walk, left, grads, &mut |planner, slot| planner.into(walk, flow, slot));
            }
            Kind::Values => {
                let (to, adds) = self.into(walk, flow, input(0));
                if !adds {
                    self.recorder.clear(to, 2 * rows * width);
                }
                let to = Matrix::new(to.plus(width), 2 * width);
                self.recorder.copy(Matrix::new(grads, width), to, (rows, width), true);
            }
            // It is read, and no gradient flows back through it.
            Kind::Project { .. } => {}
            Kind::Activation(activation) => {
                let (to, adds) = self.into(walk, flow, input(0));
                let numbers = [rows * width, activation_number(activation), usize::from(adds)];
                let operands = [value(0), grads, to];
                self.recorder.call(Kernel::ActivateBack, by_numbers(rows * width), &operands, &numbers);
            }
            Kind::Dropout { .. } => {
                let Left::Factors(factors) = *left else {
                    self.pass(walk, flow, grads, input(0));
                    return true;
                };
                let (to, adds) = self.into(walk, flow, input(0));
                let numbers = [rows * width, usize::from(adds)];
                self.recorder.call(Kernel::Multiply, by_numbers(rows * width), &[grads, factors, to], &numbers);
            }
            Kind::Prune => {
                let places = At::Feed(self.feed.kept[walk.context as usize]);
                self.put_back(walk, flow, (input(0), slot), (grads, places, false));
            }
            Kind::Gather { output } => {
                let read = self.shape.reads.iter().position(|read| read.output == output).unwrap_or_default();
                let (places, each) = (At::Feed(self.feed.places[read]), self.shape.reads[read].each);
                self.put_back(walk, flow, (input(0), slot), (grads, places, each));
            }
            Kind::Add => {
                let lends = self.lends(walk, operation) && input(0) != 0;
                if lends && flow.grads[input(0)].is_none() && flow.grads[input(1)].is_none() {
                    (flow.grads[input(1)], flow.borrows) = (Some(grads), Some(input(1)));
                } else {
                    // The second first: the first may take the gradient over.
                    let (to, adds) = self.into(walk, flow, input(1));
                    let words = rows * width;
                    self.recorder.copy(Matrix::new(grads, words), Matrix::new(to, words), (1, words), adds);
                }
                self.pass(walk, flow, grads, input(0));
                return true;
            }
        }
        false
    }

    /// Gradients of picked rows, back to where they were picked.
    fn put_back(
        &mut self,
        walk: &Walk,
        flow: &mut Flow,
        (from, to): (Slot, Slot),
        (grads, places, each): (At, At, bool),
    ) {
        let (at, adds) = self.into(walk, flow, from);
        let [a, b, c, d, e] = self.picked(walk, (from, to), each);
        let numbers = [a, b, c, d, e, usize::from(adds)];
        let words = self.words(walk, from);
        self.recorder.call(Kernel::PickBack, by_numbers(words), &[grads, places, at], &numbers);
    }

    /// The gradient of what a linear operation reads, of which `right` is the matrix the other way round; where that is an
    /// activation that nothing else reads, the gradient of what it is of.
    fn inputs(&mut self, walk: &Walk, flow: &mut Flow, operation: &Operation, grads: At, right: Matrix) {
        let (rows, width) = (self.rows(walk, operation.output), walk.listing.widths[operation.output]);
        let inner = walk.listing.widths[operation.inputs[0]];
        let before = self.activated(walk, operation);
        let slopes = before.and_then(|before| match before.kind {
            Kind::Activation(activation) => Some((before.inputs[0], activation_number(activation))),
            _ => None,
        });
        let (slot, besides) = match slopes {
            Some((slot, kind)) => (slot, Besides::Slopes(walk.values[slot], kind)),
            None => (operation.inputs[0], Besides::Nothing),
        };
        let (to, adds) = self.into(walk, flow, slot);
        let product = Product { besides, adds, ..Product::new(rows, inner, width) };
        self.recorder.product(Matrix::new(grads, width), right, Matrix::new(to, inner), &product);
    }

    /// The gradients of some columns of a matrix and of its bias, of its input and its output's gradient.
    fn weights(
        &mut self,
        (input, inner): (At, usize),
        (grads, rows, width): (At, usize, usize),
        (weight, bias): (ParameterId, ParameterId),
        columns: &Range<usize>,
        into: &mut Gradients,
    ) {
        let out = self.columns(weight);
        let (at, adds) = into.part(weight, 0..inner, columns.clone());
        let (bias, bias_adds) = into.part(bias, 0..1, columns.clone());
        let sums = (bias.plus(columns.start), bias_adds);
        let product = Product { sums, adds, ..Product::new(inner, width, rows) };
        self.parted((input, grads), Matrix::new(at.plus(columns.start), out), product);
    }

    /// `left^T right` over all rows, in chains of some rows each, and the sums of columns where they are asked for.
    fn parted(&mut self, (left, right): (At, At), out: Matrix, of: Product) {
        let Product { rows: high, columns: wide, inner: rows, adds, sums: (bias, bias_adds), .. } = of;
        let (left, right) = (Matrix::new(left, high).transposed(), Matrix::new(right, wide));
        let parts = rows.div_ceil(CHAIN);
        if parts == 1 {
            self.recorder.product(left, right, out, &Product { chain: CHAIN, ..of });
            return;
        }
        let (each, own) = (high * wide, if bias == At::Nothing { 0 } else { wide });
        let room = self.recorder.room_of_parts(parts * (each + own));
        let sums = if own > 0 { room.plus(parts * each) } else { At::Nothing };
        let product = Product { chain: CHAIN, adds: false, sums: (sums, false), ..of };
        self.recorder.product(left, right, Matrix::new(room, wide), &product);
        self.recorder.sum(room, parts, each, (high, wide), out, adds);
        if own > 0 {
            self.recorder.sum(sums, parts, wide, (1, wide), Matrix::new(bias, wide), bias_adds);
        }
        self.recorder.free(room, parts * (each + own));
    }

    /// The gradient of a bias alone.
    fn biases(&mut self, (grads, rows, width): (At, usize, usize), bias: ParameterId, into: &mut Gradients) {
        let (at, adds) = into.part(bias, 0..1, 0..width);
        let parts = rows.div_ceil(CHAIN);
        let blocks = (by_columns(width), parts);
        if parts == 1 {
            let numbers = [rows, width, width, CHAIN, usize::from(adds)];
            self.recorder.parted(Kernel::SumColumns, blocks, &[grads, at], &numbers, 0.0);
            return;
        }
        let sums = self.recorder.room(parts * width);
        self.recorder.parted(Kernel::SumColumns, blocks, &[grads, sums], &[rows, width, width, CHAIN, 0], 0.0);
        self.recorder.sum(sums, parts, width, (1, width), Matrix::new(at, width), adds);
        self.recorder.free(sums, parts * width);
    }
}
