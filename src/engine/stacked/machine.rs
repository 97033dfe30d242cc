//! The memory of a stack on its card, and what is computed there: the rows of some models of one shape go in, what is
//! read of each comes back.

use super::layout::Layout;
use super::plan::Plan;
use super::recipe::{Held, Tables};
use super::record::{Base, Bases};
use super::shape::Shape;
use crate::engine::card::{Card, Memory, Recorded};
use crate::engine::error::{Error, Result};
use crate::engine::program::Program;
use crate::program::training::Products;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A plan with what it takes on the card.
#[derive(Debug)]
struct Ready {
    shape: Shape,
    plan: Plan,
    constants: Memory,
    /// Of each part that the card draws.
    held: Vec<Held>,
    /// How many models memory was found for, where that was less than were asked for.
    most: usize,
    /// The launches, with where memories lay when they were made.
    recorded: Option<(Bases, Recorded)>,
}

/// All memory of a stack.
#[derive(Debug)]
pub struct Machine {
    program: Arc<Program>,
    products: Products,
    layout: Layout,
    card: Arc<dyn Card>,
    /// Parameters and moments of every seat.
    seats: Memory,
    capacity: usize,
    free: Vec<usize>,
    ready: Vec<Ready>,
    feed: Memory,
    batch: Memory,
    arena: Memory,
    result: Memory,
    /// Of several steps that are made without a word between them: the rows of all, and what is read of each.
    rows: Memory,
    read: Memory,
    /// The seats of the models of a launch.
    listed: Memory,
    /// Embeddings that tokens are of, as the card has them.
    tables: Tables,
}

/// Shapes that stay planned.
const PLANS: usize = 48;

/// What part of the memory that is free one stack takes for what it computes, so that others find some too.
const PART: u64 = 2;

/// One model of a launch: its seat, what each step brings, and what all of them have in common.
#[derive(Debug)]
pub struct Lane {
    pub seat: usize,
    pub batch: Vec<u32>,
    pub steps: Vec<Vec<u32>>,
}

impl Machine {
    /// A machine without a model.
    ///
    /// # Errors
    /// If the card has no memory.
    pub fn new(program: Arc<Program>, products: Products, card: Arc<dyn Card>, tables: Tables) -> Result<Self> {
        let layout = Layout::new(&program);
        let none = || card.allot(4);
        Ok(Self {
            seats: none()?,
            feed: none()?,
            batch: none()?,
            arena: none()?,
            result: none()?,
            rows: none()?,
            read: none()?,
            listed: none()?,
            program,
            products,
            layout,
            card,
            capacity: 0,
            free: Vec::new(),
            ready: Vec::new(),
            tables,
        })
    }

    /// Sees to it that a seat is free.
    ///
    /// # Errors
    /// If the card has no memory for one.
    pub fn vacate(&mut self) -> Result<()> {
        if self.free.is_empty() { self.widen() } else { Ok(()) }
    }

    /// A seat for one more model, all of whose numbers are 0.
    ///
    /// # Errors
    /// If the card has no memory for it.
    pub fn sit(&mut self) -> Result<usize> {
        self.vacate()?;
        let seat = self.free.pop().ok_or_else(|| Error::Card("no seat".into()))?;
        self.card.write(&self.seats, seat * self.layout.seat(), &vec![0; self.layout.seat()])?;
        Ok(seat)
    }

    /// Gives a seat back.
    pub fn leave(&mut self, seat: usize) {
        self.free.push(seat);
    }

    /// Twice as many seats.
    fn widen(&mut self) -> Result<()> {
        let capacity = (2 * self.capacity).max(4);
        let each = self.layout.seat();
        let wider = self.card.allot(capacity * each)?;
        self.card.copy((&self.seats, 0), (&wider, 0), self.capacity * each)?;
        // What is copied is given back next.
        self.card.finish()?;
        self.seats = wider;
        self.free.extend((self.capacity..capacity).rev());
        self.capacity = capacity;
        Ok(())
    }

    /// Takes on the parameters and moments of a seat of another machine, whose models have the same program.
    ///
    /// # Errors
    /// If the card does not answer.
    pub fn adopt(&self, seat: usize, other: &Self, of: usize) -> Result<()> {
        let each = self.layout.seat();
        // What either stream still writes to its seats comes before the copy, and the copy before whatever either does
        // next: a step of the other would change what is copied. Both machines are held meanwhile.
        self.card.finish()?;
        other.card.copy((&other.seats, of * each), (&self.seats, seat * each), each)?;
        other.card.finish()
    }

    /// Parameters and both moments of a seat.
    ///
    /// # Errors
    /// If the card does not answer.
    pub fn numbers(&self, seat: usize) -> Result<[Vec<Vec<f64>>; 3]> {
        let mut words = vec![0; self.layout.seat()];
        self.card.read(&self.seats, seat * self.layout.seat(), &mut words)?;
        let third = |at: usize| self.layout.read(&words[at * self.layout.len..][..self.layout.len]);
        Ok([third(0), third(1), third(2)])
    }

    /// Sets them.
    ///
    /// # Errors
    /// If the card does not answer.
    pub fn take(&self, seat: usize, numbers: [&[Vec<f64>]; 3]) -> Result<()> {
        let mut words = vec![0; self.layout.seat()];
        for (third, numbers) in words.chunks_mut(self.layout.len.max(1)).zip(numbers) {
            self.layout.write(numbers, third);
        }
        self.card.write(&self.seats, seat * self.layout.seat(), &words)
    }

    /// Makes both moments of a seat 0.
    ///
    /// # Errors
    /// If the card does not answer.
    pub fn forget(&self, seat: usize) -> Result<()> {
        let at = seat * self.layout.seat() + self.layout.len;
        self.card.write(&self.seats, at, &vec![0; 2 * self.layout.len])
    }

    /// Gradients, of words that were read back.
    #[must_use]
    pub fn gradients(&self, words: &[u32]) -> Vec<Vec<f64>> {
        self.layout.read(words)
    }

    /// Sees to it that there is memory to compute what a shape says, for some of so many models at least. Nothing is computed.
    ///
    /// # Errors
    /// If the card does not answer, or has no memory for a single model.
    pub fn prepare(&mut self, shape: &Shape, models: usize) -> Result<()> {
        let place = self.planned(shape)?;
        self.roomy(place, models).map(|_| ())
    }

    /// Gives back the memory in which it computes; what is computed next takes some anew.
    ///
    /// # Errors
    /// If the card does not answer.
    pub fn give_back(&mut self) -> Result<()> {
        self.card.finish()?;
        for memory in
            [&mut self.arena, &mut self.feed, &mut self.batch, &mut self.result, &mut self.rows, &mut self.read]
        {
            *memory = self.card.allot(4)?;
        }
        Ok(())
    }

    /// Computes what a shape says for some models, as many at once as memory holds, step after step. What comes back has the
    /// order of the lanes, of each the words of all steps. All lanes have as many.
    ///
    /// # Errors
    /// If the card does not answer, or has no memory for a single model.
    pub fn run(&mut self, shape: &Shape, lanes: &[Lane]) -> Result<Vec<Vec<u32>>> {
        let place = self.planned(shape)?;
        let mut read = Vec::with_capacity(lanes.len());
        let mut rest = lanes;
        while !rest.is_empty() {
            let most = self.roomy(place, rest.len())?;
            let (now, later) = rest.split_at(most);
            read.extend(self.launch(place, now)?);
            rest = later;
        }
        Ok(read)
    }

    /// The place of a plan for a shape.
    fn planned(&mut self, shape: &Shape) -> Result<usize> {
        if let Some(place) = self.ready.iter().position(|ready| ready.shape == *shape) {
            return Ok(place);
        }
        if self.ready.len() >= PLANS {
            self.card.finish()?;
            self.ready.remove(0);
        }
        let plan = Plan::new(&self.program, &self.layout, shape, self.products);
        ensure_counted(plan.largest)?;
        let constants = self.card.allot(plan.constants.len().max(1))?;
        self.card.write(&constants, 0, &plan.constants)?;
        let mut held = Vec::with_capacity(shape.drawn.len());
        for part in &shape.drawn {
            held.push(Held::new(&part.recipe, &*self.card, &self.tables)?);
        }
        self.ready.push(Ready { shape: shape.clone(), plan, constants, held, most: usize::MAX, recorded: None });
        Ok(self.ready.len() - 1)
    }

    /// How many of so many models fit at once; memory grows to hold them.
    fn roomy(&mut self, place: usize, models: usize) -> Result<usize> {
        let plan = &self.ready[place].plan;
        let (feed, batch, arena, result) = (plan.feed, plan.batch, plan.arena, plan.result.next_multiple_of(2));
        let mut wanted = models.min(self.ready[place].most).max(1);
        let fits = |wanted: usize| {
            self.feed.words >= wanted * feed
                && self.batch.words >= wanted * batch
                && self.arena.words >= wanted * arena
                && self.result.words >= wanted * result
        };
        if fits(wanted) {
            self.list(wanted)?;
            return Ok(wanted);
        }
        let held = 4 * (self.feed.words + self.batch.words + self.arena.words + self.result.words) as u64;
        let each = 4 * (feed + batch + arena + result).max(1) as u64;
        let room = self.card.room()?.free / PART + held;
        wanted = wanted.min((room / each) as usize).max(1);
        loop {
            match self.grow([feed, batch, arena, result].map(|words| wanted * words)) {
                Ok(()) => break,
                Err(Error::Card(_)) if wanted > 1 => wanted /= 2,
                Err(other) => return Err(other),
            }
        }
        if wanted < models {
            // Groups of one size, so that launches are recorded once.
            self.ready[place].most = wanted;
        }
        self.list(wanted)?;
        Ok(wanted)
    }

    fn grow(&mut self, [feed, batch, arena, result]: [usize; 4]) -> Result<()> {
        fit(&*self.card, &mut self.arena, arena)?;
        fit(&*self.card, &mut self.batch, batch)?;
        fit(&*self.card, &mut self.feed, feed)?;
        fit(&*self.card, &mut self.result, result)
    }

    fn list(&mut self, models: usize) -> Result<()> {
        if self.listed.words < models {
            self.card.finish()?;
            self.listed = self.card.allot(models.next_power_of_two())?;
        }
        Ok(())
    }

    /// Computes all lanes at once.
    fn launch(&mut self, place: usize, lanes: &[Lane]) -> Result<Vec<Vec<u32>>> {
        let ready = &mut self.ready[place];
        let plan = &ready.plan;
        let stride = plan.result.next_multiple_of(2);
        let bases = Bases {
            feed: Base { at: self.feed.at, stride: plan.feed },
            batch: Base { at: self.batch.at, stride: plan.batch },
            arena: Base { at: self.arena.at, stride: plan.arena },
            seat: Base { at: self.seats.at, stride: self.layout.seat() },
            result: Base { at: self.result.at, stride },
            constant: ready.constants.at,
            seats: self.listed.at,
        };
        if ready.recorded.as_ref().is_none_or(|(known, _)| *known != bases) {
            static NUMBERS: AtomicU64 = AtomicU64::new(0);
            let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
            ready.recorded = Some((bases, Recorded { number, launches: plan.launches(&bases, &ready.held) }));
        }
        let seats: Vec<u32> = lanes.iter().map(|lane| lane.seat as u32).collect();
        self.card.write(&self.listed, 0, &seats)?;
        let Some((_, recorded)) = &ready.recorded else { return Ok(Vec::new()) };
        let steps = lanes.first().map_or(0, |lane| lane.steps.len());
        let (fed, read) = (lanes.len() * plan.feed, lanes.len() * stride);
        let rows = |steps: Range<usize>| -> Vec<u32> {
            steps.flat_map(|step| lanes.iter().flat_map(move |lane| lane.steps[step].iter().copied())).collect()
        };
        // What is brought stays where it is until something is read back.
        let staying: Vec<u32> = lanes.iter().flat_map(|lane| lane.batch.iter().copied()).collect();
        self.card.write(&self.batch, 0, &staying)?;
        let mut words = vec![0; steps * read];
        let card = &*self.card;
        let mut room = || fit(card, &mut self.rows, steps * fed).and_then(|()| fit(card, &mut self.read, steps * read));
        if steps > 1 && room().is_ok() {
            // Everything is brought at once, and the card goes from one step to the next by itself.
            let moving = rows(0..steps);
            card.write(&self.rows, 0, &moving)?;
            for step in 0..steps {
                card.copy((&self.rows, step * fed), (&self.feed, 0), fed)?;
                card.launch(recorded, lanes.len())?;
                card.copy((&self.result, 0), (&self.read, step * read), read)?;
            }
            card.read(&self.read, 0, &mut words)?;
        } else {
            for step in 0..steps {
                let moving = rows(step..step + 1);
                card.write(&self.feed, 0, &moving)?;
                card.launch(recorded, lanes.len())?;
                card.read(&self.result, 0, &mut words[step * read..][..read])?;
            }
        }
        let mut told = vec![Vec::new(); lanes.len()];
        for words in words.chunks(read.max(1)) {
            for (told, row) in told.iter_mut().zip(words.chunks(stride.max(1))) {
                told.extend_from_slice(&row[..plan.result]);
            }
        }
        Ok(told)
    }

    /// Bytes of the memory that is allotted.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let own =
            [&self.seats, &self.feed, &self.batch, &self.arena, &self.result, &self.rows, &self.read, &self.listed];
        4 * own.iter().map(|memory| memory.words as u64).sum::<u64>()
    }
}

/// Whether kernels count so far, with what a block of threads goes beyond the end.
fn ensure_counted(words: usize) -> Result<()> {
    const MOST: usize = i32::MAX as usize - 4096;
    if words <= MOST {
        return Ok(());
    }
    let numbers = words as f64 / 1e9;
    Err(Error::Card(format!(
        "a batch has an array of {numbers:.1} thousand million numbers, and kernels count to 2.1: take smaller batches, or \
         compute on the processor"
    )))
}

/// Sees to it that a memory has so many words. What is too small is given back first, so that it makes room.
fn fit(card: &dyn Card, memory: &mut Memory, words: usize) -> Result<()> {
    if memory.words < words {
        card.finish()?;
        *memory = card.allot(4)?;
        *memory = card.allot(words)?;
    }
    Ok(())
}
