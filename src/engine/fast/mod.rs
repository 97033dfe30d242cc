//! The fast engine: fused operations over a few sequences at a time, forwards and at once backwards, so that what they
//! compute stays in the cache.
//!
//! `layout` puts all parameters into one flat buffer, `plan` and `unwind` make a pass a list of `steps` with a place in an
//! arena (`space`) for every value, `ahead` and `behind` run it, `losses` stands between them. Sequences are cut into
//! slabs and slabs dealt to lanes; each lane sums its gradients in order, and lanes are summed in order, so that no bit
//! depends on how many threads there are.

mod ahead;
mod behind;
mod buffer;
mod layout;
mod losses;
mod plan;
pub mod rooms;
mod space;
mod steps;
mod unwind;
mod update;
mod wants;

use super::adam::Update;
use super::backend::{Backend, Numbers};
use super::batch::{Batch, Loss, Term};
use super::crew::Crew;
use super::dropout::Noise;
use super::error::{Error, Result};
use super::kernels::product::transpose;
use super::network::Reading;
use super::program::{Program, Source};
use crate::program::model::Context;
use ahead::Pass;
use buffer::Buffer;
use layout::Layout;
use losses::Losses;
use space::Space;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use steps::Plan;
use wants::{Reads, Wanted, Wants};

/// Rows of a slab, about: more keep products busy, fewer stay in the cache.
const ROWS: usize = 336;
/// The most threads that share a step; each sums gradients of its own.
const LANES: usize = 4;

/// A model in training.
#[derive(Debug)]
pub struct Fast {
    program: Arc<Program>,
    layout: Layout,
    parameters: Buffer,
    /// Moments; empty before the first step, when they are zeros.
    first: Buffer,
    second: Buffer,
    steps: u64,
    /// Transposes of the weights, made anew after every change: before the first step those that a forward pass reads.
    across: Buffer,
    crew: Arc<Crew>,
    plans: Mutex<Vec<(Wants, Arc<Plan>)>>,
    /// Room of threads that ran passes before, and gradients that they summed.
    spaces: Mutex<Vec<Space>>,
    lanes: Mutex<Vec<Buffer>>,
}

/// The sequences of a batch, cut into slabs.
#[derive(Clone, Copy)]
struct Slabs {
    sequences: usize,
    each: usize,
}

impl Slabs {
    fn new(sequences: usize, tokens: usize) -> Self {
        let most = (ROWS / tokens.max(1)).max(1);
        // As many for every lane, where there are as many sequences.
        let count = sequences.div_ceil(most).next_multiple_of(LANES);
        let each = sequences.div_ceil(count).max(1);
        Self { sequences, each }
    }

    fn count(self) -> usize {
        self.sequences.div_ceil(self.each)
    }

    fn range(self, slab: usize) -> Range<usize> {
        slab * self.each..((slab + 1) * self.each).min(self.sequences)
    }

    fn lanes(self) -> usize {
        (self.count() / 2).clamp(1, LANES)
    }
}

impl Fast {
    /// A program with these parameters, in rows and in the program's order, and empty moments.
    #[must_use]
    pub fn new(program: Arc<Program>, parameters: &[Vec<f32>], crew: Arc<Crew>) -> Self {
        let layout = Layout::new(&program);
        let mut fast = Self {
            parameters: Buffer::new(layout.len),
            first: Buffer::new(0),
            second: Buffer::new(0),
            steps: 0,
            across: Buffer::new(layout.ahead.1),
            layout,
            program,
            crew,
            plans: Mutex::default(),
            spaces: Mutex::default(),
            lanes: Mutex::default(),
        };
        for (id, values) in parameters.iter().enumerate() {
            fast.layout.put(id, values, &mut fast.parameters);
        }
        fast.turn();
        fast
    }

    /// Makes the transposes anew that there is room for.
    fn turn(&mut self) {
        let mut across = std::mem::replace(&mut self.across, Buffer::new(0));
        self.turned(&mut across);
        self.across = across;
    }

    /// Writes the transposes of all weights, or of those that a forward pass reads where there is no room for more.
    fn turned(&self, to: &mut Buffer) {
        let count = if to.len() < self.layout.across_len { self.layout.ahead.0 } else { self.layout.across.len() };
        for across in &self.layout.across[..count] {
            let (of, parameters) = (across.of, &self.parameters);
            transpose(&parameters[of.range()], of.rows, of.columns, across.used, &mut to[across.range()]);
        }
    }

    /// Makes room for what only training needs: a model that is measured and not trained takes no more than its weights.
    fn ready(&mut self) {
        if self.first.len() < self.layout.len {
            (self.first, self.second) = (Buffer::new(self.layout.len), Buffer::new(self.layout.len));
        }
        if self.across.len() < self.layout.across_len {
            self.across = Buffer::new(self.layout.across_len);
            self.turn();
        }
    }

    /// The plan for what is wanted, made once.
    fn plan(&self, wants: Wants) -> Arc<Plan> {
        /// Plans that are kept; a study has a few, one that grows has one at a time.
        const KEPT: usize = 8;
        let mut plans = lock(&self.plans);
        if let Some((_, plan)) = plans.iter().find(|(known, _)| *known == wants) {
            return plan.clone();
        }
        let plan = Arc::new(Plan::new(&self.program, &self.layout, &wants));
        if plans.len() == KEPT {
            plans.remove(0);
        }
        plans.push((wants, plan.clone()));
        plan
    }

    /// Runs with room for a plan.
    fn in_space<T>(&self, plan: &Plan, run: impl FnOnce(&mut Space) -> T) -> T {
        let mut space = lock(&self.spaces).pop().unwrap_or_default();
        space.fit(plan);
        let result = run(&mut space);
        lock(&self.spaces).push(space);
        result
    }

    fn pass<'a>(&'a self, across: &'a Buffer, batch: &'a Batch, first: usize, noise: Option<Noise>) -> Pass<'a> {
        Pass { parameters: &self.parameters, across, batch, input: self.program.interface.input, first, noise }
    }

    /// The loss, and a gradient for each lane, by the transposes of all weights.
    fn differentiate(
        &self,
        across: &Buffer,
        batch: &Batch,
        terms: &[Term],
        noise: Option<Noise>,
    ) -> Result<(Loss, Vec<Buffer>)> {
        let slabs = Slabs::new(batch.sequences, batch.tokens);
        let plan = self.plan(Self::training(&self.program, batch, terms, slabs.each)?);
        let losses = Losses::new(batch, terms);
        let lanes: Vec<Mutex<Buffer>> = (0..slabs.lanes())
            .map(|_| lock(&self.lanes).pop().unwrap_or_else(|| Buffer::new(self.layout.len)))
            .map(Mutex::new)
            .collect();
        self.crew.each(lanes.len(), &|lane| {
            let gradients = &mut *lock(&lanes[lane]);
            plan.zeroed.iter().for_each(|range| gradients[range.clone()].fill(0.0));
            self.in_space(&plan, |space| {
                for slab in (lane..slabs.count()).step_by(lanes.len()).map(|slab| slabs.range(slab)) {
                    let pass = self.pass(across, batch, slab.start, noise);
                    let (mut values, scratch) = space.values(slab.len());
                    pass.forward(&plan.forward, &mut values, scratch);
                    losses.of(&plan.outputs, &mut values, slab.start);
                    let first = slab.start < lanes.len() * slabs.each;
                    pass.backward(&plan.backward, &mut values, scratch, gradients, first);
                }
            });
        });
        let lanes = lanes.into_iter().map(|lane| lane.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok((losses.total(), lanes.collect()))
    }

    /// What a training pass computes: the outputs that some term reads.
    fn training(program: &Program, batch: &Batch, terms: &[Term], sequences: usize) -> Result<Wants> {
        let mut lists = Vec::new();
        for context in Context::ALL {
            let listing = program.listing(context);
            let mut outputs: Vec<usize> = terms.iter().map(|term| term.output).collect();
            outputs.sort_unstable();
            outputs.dedup();
            outputs.retain(|&output| match output {
                0 => context == Context::Full,
                head => listing.outputs[head].is_some(),
            });
            let read = |output: usize| Ok((output, Reads::of(batch.read(output)?)));
            let outputs: Vec<(usize, Reads)> = outputs.into_iter().map(read).collect::<Result<_>>()?;
            if !outputs.is_empty() {
                lists.push(Wanted { context, outputs, sources: Vec::new() });
            }
        }
        Ok(Self::wants(batch, sequences, true, lists))
    }

    fn wants(batch: &Batch, sequences: usize, training: bool, lists: Vec<Wanted>) -> Wants {
        let fixed = batch.changes.fixed.iter().map(|fixed| fixed.site).collect();
        Wants { tokens: batch.tokens, sequences, training, lists, fixed, scaled: !batch.changes.scaled.is_empty() }
    }

    /// Runs forward passes over a batch and hands the values of each slab on.
    fn look(&self, batch: &Batch, wanted: Wanted, take: &(dyn Fn(usize, &Plan, &mut space::Values<'_>) + Sync)) {
        let slabs = Slabs::new(batch.sequences, batch.tokens);
        let plan = self.plan(Self::wants(batch, slabs.each, false, vec![wanted]));
        self.crew.each(slabs.count(), &|slab| {
            let range = slabs.range(slab);
            self.in_space(&plan, |space| {
                let (mut values, scratch) = space.values(range.len());
                self.pass(&self.across, batch, range.start, None).forward(&plan.forward, &mut values, scratch);
                take(range.start, &plan, &mut values);
            });
        });
    }
}

/// Copies rows of a region to where those of sequences from `first` on stand in `to`: of each row as many numbers as
/// `seen` says, all of them if it says nothing.
fn copy_rows(
    values: &space::Values<'_>,
    region: steps::Region,
    (rows, seen): (&[usize], Option<&[usize]>),
    first: usize,
    to: &Mutex<Vec<f32>>,
) {
    let width = region.width;
    let mut to = lock(to);
    let to = to[first * rows.len() * width..].chunks_exact_mut(rows.len() * width);
    for (sequence, to) in values.get(region).chunks_exact(region.rows * region.apart).zip(to) {
        for (place, (&row, to)) in rows.iter().zip(to.chunks_exact_mut(width)).enumerate() {
            let count = seen.map_or(width, |seen| seen[place]);
            to[..count].copy_from_slice(&sequence[row * region.apart..][..count]);
        }
    }
}

impl Backend for Fast {
    fn step(&mut self, batch: &Batch, terms: &[Term], update: &Update, noise: Option<Noise>) -> Result<Loss> {
        self.ready();
        let (loss, mut lanes) = self.differentiate(&self.across, batch, terms, noise)?;
        if loss.total.is_finite() {
            self.change(update, &mut lanes);
        }
        lock(&self.lanes).append(&mut lanes);
        if loss.total.is_finite() { Ok(loss) } else { Err(Error::NotFinite { what: "the loss".into() }) }
    }

    fn gradients(&self, batch: &Batch, terms: &[Term], noise: Option<Noise>) -> Result<(Loss, Vec<Vec<f64>>)> {
        let mut across = Buffer::new(0);
        if self.across.len() < self.layout.across_len {
            across = Buffer::new(self.layout.across_len);
            self.turned(&mut across);
        }
        let across = if across.is_empty() { &self.across } else { &across };
        let (loss, mut lanes) = self.differentiate(across, batch, terms, noise)?;
        let (sum, others) = lanes.split_at_mut(1);
        others.iter().for_each(|other| ahead::add(&mut sum[0], other));
        let get = |id: usize| self.layout.get(id, &sum[0]).into_iter().map(f64::from).collect();
        let gradients = (0..self.program.parameters.len()).map(get).collect();
        lock(&self.lanes).append(&mut lanes);
        Ok((loss, gradients))
    }

    fn outputs(&self, batch: &Batch) -> Result<Vec<f32>> {
        let read = batch.read(0)?;
        let all: Vec<usize> = (0..read.positions()).collect();
        let out = Mutex::new(vec![0.0; batch.sequences * all.len() * self.program.interface.outputs]);
        let wanted = Wanted { context: Context::Full, outputs: vec![(0, Reads::of(read))], sources: Vec::new() };
        self.look(batch, wanted, &|first, plan, values| {
            copy_rows(values, plan.outputs[0].value, (&all, None), first, &out);
        });
        Ok(out.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self, batch: &Batch, context: Context, readings: &[Reading<'_>]) -> Result<Vec<Vec<f32>>> {
        let listing = self.program.listing(context);
        let source = |reading: &Reading<'_>| {
            let source =
                listing.source(reading.site).ok_or_else(|| Error::NoSuchSite(format!("{:?}", reading.site)))?;
            Ok((source, reading.positions.to_vec()))
        };
        let sources: Vec<(Source, Vec<usize>)> = readings.iter().map(source).collect::<Result<_>>()?;
        let count =
            |(source, read): &(Source, Vec<usize>)| batch.sequences * read.len() * listing.width(*source, batch.tokens);
        let out: Vec<Mutex<Vec<f32>>> = sources.iter().map(|source| Mutex::new(vec![0.0; count(source)])).collect();
        // Of a pattern's row what its token does not see was not computed.
        let seen = |(source, read): &(Source, Vec<usize>)| match source {
            Source::Value(_) => None,
            Source::Pattern(..) => Some(read.iter().map(|position| position + 1).collect()),
        };
        let seen: Vec<Option<Vec<usize>>> = sources.iter().map(seen).collect();
        let wanted = Wanted { context, outputs: Vec::new(), sources };
        self.look(batch, wanted, &|first, plan, values| {
            for (((region, rows), seen), out) in plan.taken.iter().zip(&seen).zip(&out) {
                copy_rows(values, *region, (rows, seen.as_deref()), first, out);
            }
        });
        Ok(out.into_iter().map(|out| out.into_inner().unwrap_or_else(PoisonError::into_inner)).collect())
    }

    fn numbers(&self) -> Result<Numbers> {
        let all = |of: &[f32]| -> Vec<Vec<f64>> {
            let zeros = |id: usize| vec![0.0; self.program.parameters[id].count()];
            let get = |id: usize| self.layout.get(id, of).into_iter().map(f64::from).collect();
            let all = 0..self.program.parameters.len();
            if of.len() < self.layout.len { all.map(zeros).collect() } else { all.map(get).collect() }
        };
        Ok(Numbers {
            parameters: all(&self.parameters),
            first: all(&self.first),
            second: all(&self.second),
            steps: self.steps,
        })
    }

    fn take(&mut self, numbers: &Numbers) -> Result<()> {
        self.ready();
        let put = |from: &[Vec<f64>], to: &mut Buffer| {
            for (id, values) in from.iter().enumerate() {
                let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
                self.layout.put(id, &values, to);
            }
        };
        put(&numbers.parameters, &mut self.parameters);
        put(&numbers.first, &mut self.first);
        put(&numbers.second, &mut self.second);
        self.steps = numbers.steps;
        self.turn();
        Ok(())
    }

    fn forget(&mut self) -> Result<()> {
        self.first.fill(0.0);
        self.second.fill(0.0);
        self.steps = 0;
        Ok(())
    }

    fn steps(&self) -> u64 {
        self.steps
    }
}

/// What a lock guards, whatever became of who held it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
