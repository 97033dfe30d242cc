//! A pass over some sequences as a list of steps with a place in one arena for every value.
//!
//! The lists of a program say what is computed; a plan says where: which values are overwritten in place, which additions
//! are part of a product, what the backward pass needs again, and when room can be used anew.

use super::layout::Layout;
use super::steps::{Attending, Output, Plan, Region, Step, Turning};
use super::unwind::Note;
use super::wants::{Reads, Wanted, Wants};
use crate::engine::kernels::attention::turns;
use crate::engine::kernels::product::padded;
use crate::engine::program::{Held, Kind, Listing, Operation, Order, Program, Rows, Slot, Source, slope, wave};
use crate::program::model::{Rotary, Site};
use std::sync::Arc;

/// Room in the arena.
#[derive(Default)]
struct Room {
    size: usize,
    free: Vec<(usize, usize)>,
}

impl Room {
    fn take(&mut self, count: usize) -> usize {
        let fits = |(_, (_, size)): &(usize, &(usize, usize))| *size >= count;
        let best = self.free.iter().enumerate().filter(fits).min_by_key(|(_, (_, size))| *size);
        if let Some((place, &(offset, size))) = best {
            self.free.swap_remove(place);
            if size > count {
                self.free.push((offset + count, size - count));
            }
            return offset;
        }
        self.size += count;
        self.size - count
    }

    fn give(&mut self, offset: usize, count: usize) {
        self.free.push((offset, count));
    }
}

/// A plan in the making.
pub(super) struct Builder<'a> {
    pub layout: &'a Layout,
    pub plan: Plan,
    tokens: usize,
    sequences: usize,
    training: bool,
    fixed: &'a [Site],
    scaled: bool,
    room: Room,
}

/// What one list needs besides while it is planned.
pub(super) struct Pending<'a> {
    pub listing: &'a Listing,
    /// What the backward pass must know, in the order of the operations.
    pub notes: Vec<Note>,
    pub values: Vec<Option<Region>>,
    pub wanted: Vec<bool>,
    /// The patterns of attentions, by the slot that they write, where they are kept.
    patterns: Vec<Option<Region>>,
    needed: Vec<bool>,
    /// How many needed operations read each slot and are not planned yet.
    users: Vec<usize>,
    kept: Arc<[usize]>,
    reads: &'a [(usize, Reads)],
    /// What constants take the place of, each with its place among them.
    held: Vec<(Held, usize)>,
}

impl Plan {
    /// A plan for what is wanted of a program.
    #[must_use]
    pub fn new(program: &Program, layout: &Layout, wants: &Wants) -> Self {
        let plan = Self {
            forward: Vec::new(),
            backward: Vec::new(),
            outputs: Vec::new(),
            taken: Vec::new(),
            zeroed: Vec::new(),
            size: 0,
            scratch: 0,
        };
        let (tokens, sequences, training) = (wants.tokens, wants.sequences, wants.training);
        let (fixed, scaled) = (wants.fixed.as_slice(), wants.scaled);
        let mut builder = Builder { layout, tokens, sequences, training, fixed, scaled, room: Room::default(), plan };
        let lists: Vec<Pending<'_>> =
            wants.lists.iter().map(|wanted| builder.forward(program.listing(wanted.context), wanted)).collect();
        if training {
            // Losses write all gradients of outputs before anything goes back, so none may share the room of a pass.
            for at in 0..builder.plan.outputs.len() {
                let value = builder.plan.outputs[at].value;
                builder.plan.outputs[at].grad = Some(builder.region(value.rows, value.width));
            }
            for list in lists.into_iter().rev() {
                builder.backward(&list);
            }
        }
        builder.plan.size = builder.room.size;
        builder.plan.freshen(layout);
        builder.plan
    }
}

impl Builder<'_> {
    pub(super) fn region(&mut self, rows: usize, width: usize) -> Region {
        // Rows an odd number of cache lines apart fall into different sets of the cache.
        let apart = if padded(width).is_multiple_of(32) { padded(width) + 16 } else { padded(width) };
        self.region_of(rows, width, apart)
    }

    fn region_of(&mut self, rows: usize, width: usize, apart: usize) -> Region {
        Region { offset: self.room.take(rows * self.sequences * apart), rows, width, apart }
    }

    pub(super) fn free(&mut self, region: Region) {
        self.room.give(region.offset, padded(region.rows * self.sequences * region.apart));
    }

    fn forward<'l>(&mut self, listing: &'l Listing, wanted: &'l Wanted) -> Pending<'l> {
        let outputs: Vec<Slot> = wanted.outputs.iter().filter_map(|(output, _)| listing.outputs[*output]).collect();
        let sources = wanted.sources.iter().map(|(source, _)| source.slot());
        let slots: Vec<Slot> = outputs.iter().copied().chain(sources).collect();
        let needed = listing.needed(&slots);
        let mut users = vec![0; listing.widths.len()];
        let each = listing.operations.iter().zip(&needed).filter(|(_, needed)| **needed);
        each.for_each(|(operation, _)| operation.inputs.iter().for_each(|&input| users[input] += 1));
        let mut kept: Vec<usize> = Vec::new();
        for operation in &listing.operations {
            if let Kind::Gather { output } = operation.kind
                && listing.rows[operation.inputs[0]] == Rows::Kept
                && let Some((_, read)) = wanted.outputs.iter().find(|(wanted, _)| *wanted == output)
            {
                match read {
                    Reads::Shared(tokens) => kept.extend(tokens),
                    // Any token may be read of some sequence.
                    Reads::Each(_) => kept.extend(0..self.tokens),
                }
            }
        }
        for (source, read) in &wanted.sources {
            if listing.rows[source.slot()] == Rows::Kept {
                kept.extend(read);
            }
        }
        kept.sort_unstable();
        kept.dedup();
        let mut is_wanted = vec![false; listing.widths.len()];
        slots.iter().for_each(|&slot| is_wanted[slot] = true);
        let held = self.fixed.iter().enumerate();
        let held: Vec<(Held, usize)> =
            held.filter_map(|(place, &site)| listing.held(site).map(|held| (held, place))).collect();
        for (held, _) in &held {
            // What is fixed is a value of its own: nothing is added to it on the way, and nothing overwrites it.
            if let Held::Value(slot, _) = held {
                is_wanted[*slot] = true;
            }
        }
        let mut list = Pending {
            listing,
            needed,
            users,
            wanted: is_wanted,
            patterns: vec![None; listing.widths.len()],
            kept: kept.into(),
            reads: &wanted.outputs,
            held,
            values: vec![None; listing.widths.len()],
            notes: Vec::new(),
        };
        let mut place = 0;
        while place < listing.operations.len() {
            let fused = list.needed[place] && self.operation(&mut list, place);
            if list.needed[place] {
                self.fix(&mut list, listing.operations[place + usize::from(fused)].output);
            }
            place += 1 + usize::from(fused);
        }
        for (source, read) in &wanted.sources {
            let slot = source.slot();
            let rows = list.rows_among(list.listing.rows[slot], read, self.tokens);
            self.plan.taken.push(match *source {
                Source::Value(slot) => (list.value(slot), rows),
                Source::Pattern(slot, head) => {
                    let pattern = list.patterns[slot].expect("a pattern that is wanted is kept");
                    // A head's rows stand together, behind those of the heads before it.
                    let before = head * list.value(slot).rows;
                    (pattern, rows.iter().map(|row| before + row).collect())
                }
            });
        }
        for (number, slot) in wanted.outputs.iter().filter_map(|(at, _)| listing.outputs[*at].map(|slot| (*at, slot))) {
            let value = list.value(slot);
            self.plan.outputs.push(Output { number, value, grad: None });
        }
        list
    }

    /// Plans an operation; whether the one behind it was planned with it.
    fn operation(&mut self, list: &mut Pending<'_>, place: usize) -> bool {
        let Operation { kind, inputs, output } = &list.listing.operations[place];
        let (from, out) = (inputs[0], *output);
        let width = list.listing.widths[out];
        let mut fused = false;
        match kind {
            Kind::ReadIn { weight, bias } => {
                let (weight, bias) = (self.layout.parameters[*weight][0], self.layout.parameters[*bias][0]);
                let region = self.region(self.tokens, width);
                self.plan.forward.push(Step::ReadIn { weight, bias, out: region });
                list.values[out] = Some(region);
                list.notes.push(Note::ReadIn { weight, bias, out });
            }
            Kind::Linear { weight, bias, columns } => {
                let (weight, bias) = (self.layout.part(*weight, columns), self.layout.part(*bias, columns));
                let x = list.value(from);
                let sum = list.sum_behind(place);
                fused = sum.is_some();
                let to = sum.map_or(out, |(_, to)| to);
                let region = self.region(x.rows, width);
                let added = sum.map(|(stream, _)| list.value(stream));
                self.plan.forward.push(Step::Linear { x, weight, bias, sum: added, out: region });
                list.values[to] = Some(region);
                list.notes.push(Note::Linear { x: from, weight, bias, sum: sum.map(|(stream, _)| stream), out: to });
                if let Some((stream, _)) = sum {
                    self.used(list, stream);
                }
                self.used(list, from);
            }
            Kind::Tied { weight, bias } => {
                let (weight, bias) = (self.layout.parameters[*weight][0], self.layout.parameters[*bias][0]);
                let (x, across) = (list.value(from), self.layout.across(weight, bias.columns));
                let region = self.region(x.rows, width);
                self.plan.forward.push(Step::Tied { x, across, bias, out: region });
                list.values[out] = Some(region);
                list.notes.push(Note::Tied { x: from, weight, bias, out });
                self.used(list, from);
            }
            Kind::AddPositions { table } => {
                let (table, to) = (*table, self.own(list, from));
                let table = self.layout.parameters[table][0];
                self.plan.forward.push(Step::Positions { table, to });
                list.values[out] = Some(to);
                list.notes.push(Note::Positions { table, from, to: out });
            }
            Kind::AddWaves => {
                let to = self.own(list, from);
                let rows = (0..self.tokens).flat_map(|token| (0..width).map(move |at| wave(token, at, width)));
                self.plan.forward.push(Step::Waves { table: rows.collect(), to });
                list.values[out] = Some(to);
                list.notes.push(Note::Same { from, to: out });
            }
            Kind::LayerNorm { scale, shift } => {
                let (scale, shift) = (self.layout.parameters[*scale][0], self.layout.parameters[*shift][0]);
                let x = list.value(from);
                let (region, stats) = (self.region(x.rows, width), self.stats(x.rows));
                self.plan.forward.push(Step::Norm { x, scale, shift, out: region, stats });
                list.values[out] = Some(region);
                list.notes.push(Note::Norm { x: from, stats, scale, shift, out });
                if !self.training {
                    self.free(stats);
                }
                self.used(list, from);
            }
            Kind::Attention { heads, order, softmax } => {
                self.attention(list, (*heads, *order, *softmax), (from, inputs[1]), out);
            }
            Kind::Values => {
                let value = list.value(from);
                let region = self.region(value.rows, width);
                self.plan.forward.push(Step::Values { from: value, out: region });
                list.values[out] = Some(region);
                list.notes.push(Note::Values { from, to: out });
                self.used(list, from);
            }
            Kind::Project { weight, head, heads } => {
                let weight = self.layout.parameters[*weight][0];
                let x = list.value(from);
                let (alone, region) = (self.region(x.rows, x.width), self.region(x.rows, width));
                let columns = head * (x.width / heads)..(head + 1) * (x.width / heads);
                self.plan.forward.push(Step::Project { x, columns, alone, weight, out: region });
                list.values[out] = Some(region);
                self.free(alone);
                self.used(list, from);
            }
            Kind::Activation(activation) => {
                let (activation, of) = (*activation, self.own(list, from));
                let slopes = self.training.then(|| self.region(of.rows, width));
                self.plan.forward.push(Step::Activate { activation, of, slopes });
                list.values[out] = Some(of);
                if let Some(factors) = slopes {
                    list.notes.push(Note::Times { factors, from, to: out });
                }
            }
            Kind::Dropout { share, place } => {
                if self.training {
                    let (share, place, of) = (share.value(), *place, self.own(list, from));
                    let factors = self.region(of.rows, width);
                    self.plan.forward.push(Step::Drop { share, place, of, factors });
                    list.values[out] = Some(of);
                    list.notes.push(Note::Times { factors, from, to: out });
                } else {
                    self.pass(list, from, out);
                }
            }
            Kind::Prune => {
                let kept = list.kept.clone();
                self.gather(list, from, out, &kept);
            }
            Kind::Gather { output } => match list.reads.iter().find(|(read, _)| read == output).map(|(_, read)| read) {
                Some(Reads::Each(positions)) => {
                    let (output, rows) = (*output, *positions);
                    let value = list.value(from);
                    let region = self.region(rows, value.width);
                    self.plan.forward.push(Step::GatherEach { from: value, output, out: region });
                    list.values[out] = Some(region);
                    list.notes.push(Note::GatherEach { output, from, to: out });
                    self.used(list, from);
                }
                read => {
                    let tokens = if let Some(Reads::Shared(tokens)) = read { tokens.as_slice() } else { &[] };
                    let rows = list.rows_among(list.listing.rows[from], tokens, self.tokens);
                    self.gather(list, from, out, &rows);
                }
            },
            Kind::Add => {
                let other = inputs[1];
                let (first, second) = (list.value(from), list.value(other));
                let to = self.region(first.rows, width);
                self.plan.forward.push(Step::Copy { from: first, to });
                self.plan.forward.push(Step::Add { to, other: second });
                list.values[out] = Some(to);
                list.notes.push(Note::Add { a: from, b: other, out });
                self.used(list, from);
                self.used(list, other);
            }
        }
        fused
    }

    /// Puts constants in the place of what was computed of a slot.
    fn fix(&mut self, list: &mut Pending<'_>, slot: Slot) {
        let held = list.held.iter().filter_map(|(held, place)| match held {
            Held::Value(of, columns) if *of == slot => Some((columns.clone(), *place)),
            _ => None,
        });
        for (columns, place) in held.collect::<Vec<_>>() {
            let tokens =
                if list.listing.rows[slot] == Rows::Kept { list.kept.clone() } else { (0..self.tokens).collect() };
            self.plan.forward.push(Step::Fix { place, of: list.value(slot), columns: columns.clone(), tokens });
            list.notes.push(Note::Fix { slot, columns });
        }
    }

    fn attention(
        &mut self,
        list: &mut Pending<'_>,
        (heads, order, softmax): (usize, Order, bool),
        (queries, keys): (Slot, Slot),
        out: Slot,
    ) {
        let (asking, seen) = (list.value(queries), list.value(keys));
        let head = asking.width / heads;
        let all: Arc<[usize]> = (0..self.tokens).collect();
        let positions = if list.listing.rows[queries] == Rows::Kept { list.kept.clone() } else { all.clone() };
        let slopes = if order == Order::Alibi { (0..heads).map(|at| slope(at, heads)).collect() } else { [].into() };
        let turning = |positions: &[usize], rotary: Rotary| Turning {
            turns: turns(positions, rotary).into(),
            head,
            turned: rotary.turned,
            width: asking.width,
        };
        let turns = match order {
            Order::Rotary(rotary) if rotary.turned > 0 => Some((turning(&positions, rotary), turning(&all, rotary))),
            _ => None,
        };
        if let Some((for_queries, for_keys)) = &turns {
            self.plan.forward.push(Step::Turn { turning: for_queries.clone(), of: asking });
            self.plan.forward.push(Step::Turn { turning: for_keys.clone(), of: seen });
        }
        let fixed = list.held.iter().filter_map(|(held, place)| match held {
            Held::Pattern(of, head) if *of == out => Some((*head, *place)),
            _ => None,
        });
        let fixed = fixed.collect();
        // A row for each query and head.
        let rows = heads * positions.len();
        let pattern = self.region_of(rows, self.tokens, padded(self.tokens));
        let scaled = self.scaled.then(|| self.region_of(rows, self.tokens, padded(self.tokens)));
        let attending = Attending { heads, head, tokens: self.tokens, positions, softmax, slopes, fixed, scaled };
        let sizes = attending.sizes();
        self.plan.scratch = self.plan.scratch.max(sizes.scratch());
        let region = self.region(asking.rows, asking.width);
        self.plan.forward.push(Step::Attention {
            attending: attending.clone(),
            queries: asking,
            keys: seen,
            out: region,
            pattern,
        });
        list.values[out] = Some(region);
        list.notes.push(Note::Attention { attending, turns, queries, keys, pattern, out });
        if list.wanted[out] {
            list.patterns[out] = Some(scaled.unwrap_or(pattern));
        } else if !self.training {
            [Some(pattern), scaled].into_iter().flatten().for_each(|region| self.free(region));
        }
        self.used(list, queries);
        self.used(list, keys);
    }

    /// Keeps some rows of a value; all of them in their order are the value itself.
    fn gather(&mut self, list: &mut Pending<'_>, from: Slot, out: Slot, rows: &Arc<[usize]>) {
        let value = list.value(from);
        if rows.len() == value.rows && rows.iter().enumerate().all(|(place, &row)| place == row) {
            self.pass(list, from, out);
            return;
        }
        let region = self.region(rows.len(), value.width);
        self.plan.forward.push(Step::Gather { from: value, rows: rows.clone(), out: region });
        list.values[out] = Some(region);
        list.notes.push(Note::Gather { rows: rows.clone(), from, to: out });
        self.used(list, from);
    }

    /// The value of `from` is that of `out`.
    fn pass(&mut self, list: &mut Pending<'_>, from: Slot, out: Slot) {
        list.values[out] = list.values[from];
        // Whoever reads one reads the other; neither may be overwritten or freed for a reader of the other.
        if list.users[from] > 1 || list.wanted[from] {
            list.wanted[out] = true;
        }
        list.notes.push(Note::Same { from, to: out });
    }

    /// Where the value of `slot` may be overwritten: its own place if nothing else reads it, else a copy.
    fn own(&mut self, list: &mut Pending<'_>, slot: Slot) -> Region {
        let value = list.value(slot);
        if list.users[slot] == 1 && !list.wanted[slot] {
            return value;
        }
        let to = self.region(value.rows, value.width);
        self.plan.forward.push(Step::Copy { from: value, to });
        self.used(list, slot);
        to
    }

    /// A reader of `slot` is done with it.
    fn used(&mut self, list: &mut Pending<'_>, slot: Slot) {
        list.users[slot] -= 1;
        if list.users[slot] == 0
            && !list.wanted[slot]
            && !self.training
            && let Some(value) = list.values[slot]
        {
            self.free(value);
        }
    }

    /// Two numbers a row.
    fn stats(&mut self, rows: usize) -> Region {
        Region { offset: self.room.take(padded(2 * rows * self.sequences)), rows, width: 2, apart: 2 }
    }
}

impl Pending<'_> {
    pub(super) fn value(&self, slot: Slot) -> Region {
        self.values[slot].expect("operations stand behind those that they read")
    }

    /// The stream that the operation behind `place` adds to its result, and the slot of the sum, where nothing else
    /// reads the result.
    fn sum_behind(&self, place: usize) -> Option<(Slot, Slot)> {
        let (this, next) = (&self.listing.operations[place], self.listing.operations.get(place + 1)?);
        let alone = self.users[this.output] == 1 && !self.wanted[this.output];
        let adds = next.kind == Kind::Add && next.inputs[1] == this.output && next.inputs[0] != this.output;
        (alone && adds && self.needed[place + 1]).then_some((next.inputs[0], next.output))
    }

    /// Which rows of a value are those of some tokens.
    fn rows_among(&self, rows: Rows, tokens: &[usize], all: usize) -> Arc<[usize]> {
        match rows {
            Rows::Kept => {
                tokens.iter().map(|token| self.kept.binary_search(token).expect("what is read is kept")).collect()
            }
            Rows::All | Rows::Read(_) => tokens.iter().map(|&token| token.min(all)).collect(),
        }
    }
}
