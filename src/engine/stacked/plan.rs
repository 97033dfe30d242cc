//! What is launched for a shape, from what a batch brings to what is read back.

use super::ahead::{Left, Planner, Walk};
use super::behind::{Flow, Gradients};
use super::feed::{Feed, input_words};
use super::layout::Layout;
use super::recipe::{Held, Placed, cleared};
use super::record::{At, Bases, Call, Matrix, Recorder, by_numbers, by_rows};
use super::shape::{Asked, Shape};
use crate::engine::card::{Kernel, Launch, SQUARES};
use crate::engine::program::{Program, Source};
use crate::program::training::Products;

/// The launches for a shape, with the room that each model takes.
#[derive(Debug)]
pub struct Plan {
    pub calls: Vec<Call>,
    /// Words that a step brings, and those that a batch brings once.
    pub feed: usize,
    pub batch: usize,
    /// Words of what is computed.
    pub arena: usize,
    /// Words that are read back.
    pub result: usize,
    /// Words of the largest array of one model.
    pub largest: usize,
    /// Words that are the same for every model.
    pub constants: Vec<u32>,
    /// What the card draws, before anything else.
    pub drawn: Vec<Placed>,
}

/// Words that are read back behind the losses of a step: what could not be drawn, and whether the loss of a step before
/// was not finite.
pub const AFTER: usize = 4;

impl Plan {
    #[must_use]
    pub fn new(program: &Program, layout: &Layout, shape: &Shape, products: Products) -> Self {
        let feed = Feed::of(program, shape);
        let recorder = Recorder::new(products);
        let (input, targets) = (At::Feed(feed.input), feed.targets.iter().map(|&(at, _)| At::Feed(at)).collect());
        let mut planner = Planner { program, layout, shape, feed: &feed, recorder, input, targets };
        let drawn = planner.drawn();
        let wanted = shape.wanted(program);
        let walks: Vec<Walk> = wanted.iter().map(|(context, slots)| planner.ahead(*context, slots)).collect();
        let result = match shape.asked {
            Asked::Step { .. } | Asked::Gradients => planner.trained(&walks),
            Asked::Outputs => planner.read_out(&walks),
            Asked::Values(_) => planner.looked_at(&walks),
        };
        let Recorder { calls, words, largest, constants, .. } = planner.recorder;
        let largest = largest.max(result).max(feed.len).max(layout.len);
        let (moving, staying) = (feed.moving, feed.len - feed.moving);
        Self { calls, feed: moving, batch: staying, arena: words.max(4), result, largest, constants, drawn }
    }

    /// The launches, where memories lie so.
    #[must_use]
    pub fn launches(&self, bases: &Bases, held: &[Held]) -> Vec<Launch> {
        let mut launches = Vec::new();
        if let Some(placed) = self.drawn.first() {
            let fault = bases.operand(At::Result(placed.fault));
            launches.push(cleared(fault, bases.seats, 2));
        }
        launches.extend(self.drawn.iter().zip(held).flat_map(|(placed, held)| held.launches(placed, bases)));
        launches.extend(self.calls.iter().map(|call| call.launch(bases)));
        launches
    }
}

impl Planner<'_> {
    /// Room for what the card draws of the batch.
    fn drawn(&mut self) -> Vec<Placed> {
        let (shape, feed) = (self.shape, self.feed);
        if shape.drawn.is_empty() {
            return Vec::new();
        }
        let words = |at: At| if let At::Arena(words) = at { words } else { 0 };
        self.input = self.recorder.room(shape.sequences * shape.tokens * input_words(self.program, shape));
        let written = shape.drawn[0].recipe.targets().iter();
        let targets: Vec<At> = written.map(|items| self.recorder.room(shape.sequences * items.each())).collect();
        self.targets = shape.terms.iter().map(|term| targets[term.targets]).collect();
        let tokens = words(self.input);
        let fault = 2 * (shape.terms.len() + 1);
        let mut first = 0;
        let placed = shape.drawn.iter().zip(&feed.drawn).map(|(part, &(own, sequences))| {
            let targets = targets.iter().map(|&at| words(at)).collect();
            let room = words(self.recorder.room(Placed::words(part)));
            let placed = Placed { part: part.clone(), first, own, sequences, room, tokens, targets, fault };
            first += part.sequences;
            placed
        });
        placed.collect()
    }

    /// Losses, gradients and, for a step, what the optimizer does: each term's loss and their sum are read back, f64 each,
    /// and behind them gradients where they are asked for.
    fn trained(&mut self, walks: &[Walk]) -> usize {
        let (shape, feed) = (self.shape, self.feed);
        let told = 2 * (shape.terms.len() + 1);
        let rows = |term: usize| shape.sequences * self.read_at(shape.terms[term].output);
        let starts: Vec<usize> = (0..shape.terms.len()).map(|term| (0..term).map(rows).sum()).collect();
        let lost = self.recorder.room((0..shape.terms.len()).map(rows).sum());
        let grads = self.recorder.room(self.layout.len);
        let mut into = Gradients::new(self.program, self.layout, grads);
        let mut flows = Vec::new();
        for walk in walks {
            let mut flow = Flow::new(walk.values.len());
            for read in shape.reads.iter().filter(|read| self.program.context(read.output) == walk.context) {
                let Some(slot) = walk.listing.outputs[read.output] else { continue };
                let (words, width) = (self.words(walk, slot), walk.listing.widths[slot]);
                let at = self.recorder.room(words);
                self.recorder.clear(at, words);
                for (place, term) in shape.terms.iter().enumerate().filter(|(_, term)| term.output == read.output) {
                    let (targets, (_, weights)) = (self.targets[place], feed.targets[place]);
                    let kernel = if term.labels { Kernel::CrossEntropy } else { Kernel::SquaredError };
                    let operands = [
                        walk.values[slot],
                        at,
                        targets,
                        At::Feed(weights),
                        lost.plus(starts[place]),
                        At::Feed(feed.weights + 2 * place),
                    ];
                    let rows = shape.sequences * read.positions;
                    self.recorder.call(kernel, by_rows(rows), &operands, &[rows, width, term.first, term.columns]);
                }
                flow.begin(slot, at);
            }
            flows.push(flow);
        }
        let steps = matches!(shape.asked, Asked::Step { .. });
        let over = if steps { At::Result(told + 2) } else { At::Nothing };
        let operands = [lost, At::Feed(feed.weights), At::Feed(feed.counts), At::Result(0), over, At::Feed(feed.rule)];
        self.recorder.call(Kernel::SumLosses, 1, &operands, &[shape.terms.len()]);
        let before = self.recorder.calls.len();
        for (walk, flow) in walks.iter().zip(&mut flows) {
            self.behind(walk, flow, &mut into);
        }
        // What nobody writes is 0, before anybody adds to it.
        let behind = self.recorder.calls.split_off(before);
        for (at, words) in into.cleared() {
            self.recorder.clear(at, words);
        }
        self.recorder.calls.extend(behind);
        match shape.asked {
            Asked::Step { clips } => {
                self.updated(grads, told, clips);
                told + AFTER
            }
            _ => {
                let words = self.layout.len;
                let to = Matrix::new(At::Result(told), words);
                self.recorder.copy(Matrix::new(grads, words), to, (1, words), false);
                told + words
            }
        }
    }

    /// Tokens of a sequence at which an output is read.
    fn read_at(&self, output: usize) -> usize {
        self.shape.reads.iter().find(|read| read.output == output).map_or(0, |read| read.positions)
    }

    /// The optimizer's step.
    fn updated(&mut self, grads: At, told: usize, clips: bool) {
        let len = self.layout.len;
        let parts = if clips { len.div_ceil(SQUARES) } else { 0 };
        let squares = self.recorder.room(2 * parts.max(1));
        if clips {
            self.recorder.call(Kernel::Squares, parts, &[grads, squares], &[len]);
        }
        let operands = [
            At::Seat(0),
            At::Seat(len),
            At::Seat(2 * len),
            grads,
            At::Feed(self.feed.rule),
            At::Result(told - 2),
            squares,
        ];
        self.recorder.call(Kernel::Step, by_numbers(len), &operands, &[len, parts]);
    }

    /// The read-out.
    fn read_out(&mut self, walks: &[Walk]) -> usize {
        let mut words = 0;
        for walk in walks {
            let Some(slot) = walk.listing.outputs[0] else { continue };
            words = self.words(walk, slot);
            let (from, to) = (Matrix::new(walk.values[slot], words), Matrix::new(At::Result(0), words));
            self.recorder.copy(from, to, (1, words), false);
        }
        words
    }

    /// What is read at sites, one behind the other.
    fn looked_at(&mut self, walks: &[Walk]) -> usize {
        let (shape, feed) = (self.shape, self.feed);
        let mut words = 0;
        for walk in walks {
            for (&(site, positions), &places) in shape.readings.iter().zip(&feed.readings) {
                let Some(source) = walk.listing.source(site) else { continue };
                let width = walk.listing.width(source, shape.tokens);
                let (from, rows) = match source {
                    Source::Value(slot) => (walk.values[slot], self.each(walk, slot)),
                    Source::Pattern(slot, head) => match &walk.left[slot - 1] {
                        Left::Attention(left) => match left.pattern(head) {
                            Some(pattern) => pattern,
                            None => continue,
                        },
                        _ => continue,
                    },
                };
                let count = shape.sequences * positions * width;
                let numbers = [shape.sequences, rows, positions, width, 0];
                let operands = [from, At::Feed(places), At::Result(words)];
                self.recorder.call(Kernel::Pick, by_numbers(count), &operands, &numbers);
                words += count;
            }
        }
        words
    }
}
