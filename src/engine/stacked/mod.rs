//! The stacked engine: models of one program side by side on a card, each step of all of them one row of launches.
//!
//! Every model has a thread that draws its batches and looks at its results, as on any other engine. Where such a thread
//! asks for a step, it waits until the others of its stack have asked too; whoever asks last has the card compute all of it
//! at once. A model's numbers do not depend on who else has asked: launches have no size that follows from how many
//! models there are, and sums are made in an order that follows from the program and the batch. So models come and go as
//! their studies do, and one that is resumed meets others than before.
//!
//! What is measured of a model may be measured of a copy of it, in a stack of copies on a stream of its own, so that the
//! steps of the stack go on meanwhile.
//!
//! [`shape`](self::shape) is what the launches for a batch follow from, [`feed`](self::feed) what the batch brings,
//! [`plan`](self::plan) the launches (`ahead`, `attend`, `behind`, `fused`), `machine` the memory, [`deck`](self::deck) the cards.

mod ahead;
mod attend;
mod behind;
pub mod deck;
pub mod feed;
pub mod flash;
pub mod footprint;
mod fused;
mod layout;
mod machine;
mod meeting;
pub mod plan;
pub mod recipe;
pub mod record;
pub mod shape;

pub use deck::Deck;
pub use layout::Layout;

use super::adam::Update;
use super::backend::{Backend, Numbers, Stepping};
use super::batch::{Batch, Loss, Term};
use super::card::Card;
use super::dropout::Noise;
use super::error::{Error, Result};
use super::network::Reading;
use super::program::Program;
use crate::program::model::Context;
use crate::program::training::Products;
use feed::{Ask, Feed, moving, staying};
use machine::{Lane, Machine};
use meeting::{Guest, Meeting};
use plan::AFTER;
use recipe::{Drawn, Part, Tables};
use shape::{Asked, Shape, Shaped};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// All models of one program on one card.
#[derive(Debug)]
pub struct Stack {
    program: Arc<Program>,
    products: Products,
    card: Arc<dyn Card>,
    tables: Tables,
    machine: Mutex<Machine>,
    meeting: Meeting,
    /// Where copies of its models are, once there was one.
    copies: Mutex<Option<Arc<Stack>>>,
    /// The stack whose models are copied here.
    home: Weak<Stack>,
    /// Whether the card was once too small for models and copies, so that no more copies are made.
    crowded: AtomicBool,
}

impl Stack {
    /// A stack without a model, which has a stream of a card for itself.
    ///
    /// # Errors
    /// If the card has no memory.
    pub fn new(program: Arc<Program>, products: Products, card: Arc<dyn Card>) -> Result<Arc<Self>> {
        Self::of((program, products), card, Tables::default(), Weak::new())
    }

    /// One that shares embeddings with others of the card.
    fn of(
        (program, products): (Arc<Program>, Products),
        card: Arc<dyn Card>,
        tables: Tables,
        home: Weak<Self>,
    ) -> Result<Arc<Self>> {
        let machine = Mutex::new(Machine::new(program.clone(), products, card.clone(), tables.clone())?);
        let (meeting, copies, crowded) = (Meeting::default(), Mutex::default(), AtomicBool::new(false));
        Ok(Arc::new(Self { program, products, card, tables, machine, meeting, copies, home, crowded }))
    }

    /// The program of its models.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Whether it computes such models so.
    fn computes(&self, program: &Program, products: Products) -> bool {
        self.products == products && *self.program == *program
    }

    /// How many models it has.
    #[must_use]
    pub fn models(&self) -> usize {
        self.meeting.guests()
    }

    /// How often the card was asked for something, and for how many models altogether.
    #[must_use]
    pub fn asked(&self) -> (u64, u64) {
        self.meeting.rounds()
    }

    /// Bytes that it takes on its card, but for copies of its models.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.machine().bytes()
    }

    /// A model with the given first values, in the order of the program's parameters.
    ///
    /// # Errors
    /// If the card has no memory for it.
    pub fn join(self: &Arc<Self>, parameters: &[Vec<f32>]) -> Result<Member> {
        let wide: Vec<Vec<f64>> =
            parameters.iter().map(|values| values.iter().map(|&value| f64::from(value)).collect()).collect();
        let mut machine = self.roomy(&Machine::vacate)?;
        let seat = machine.sit()?;
        machine.take(seat, [&wide, &[], &[]])?;
        drop(machine);
        Ok(Member { stack: self.clone(), seat, guest: self.meeting.enter(), steps: 0 })
    }

    /// The stack of copies of its models.
    fn copies(self: &Arc<Self>) -> Result<Arc<Self>> {
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        match &*copies {
            Some(known) => Ok(known.clone()),
            None => {
                let of = (self.program.clone(), self.products);
                let own = Self::of(of, self.card.beside()?, self.tables.clone(), Arc::downgrade(self))?;
                Ok(copies.insert(own).clone())
            }
        }
    }

    /// Its machine, with the memory that is needed. Where the card has none left, the stack of copies and that of their
    /// models give each other what they compute in, and no more copies are made: what one of them alone finds room for is
    /// computed.
    fn roomy(&self, need: &dyn Fn(&mut Machine) -> Result<()>) -> Result<MutexGuard<'_, Machine>> {
        let mut own = self.machine();
        let Err(short) = need(&mut own) else { return Ok(own) };
        drop(own);
        // Where two machines are held, that of the copies is held first.
        if let Some(home) = self.home.upgrade() {
            home.crowded.store(true, Ordering::Relaxed);
            let mut own = self.machine();
            let mut other = home.machine();
            other.give_back()?;
            need(&mut own)?;
            return Ok(own);
        }
        let copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(copies) = copies else { return Err(short) };
        self.crowded.store(true, Ordering::Relaxed);
        let mut other = copies.machine();
        let mut own = self.machine();
        other.give_back()?;
        need(&mut own)?;
        Ok(own)
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A model of a stack.
#[derive(Debug)]
pub struct Member {
    stack: Arc<Stack>,
    seat: usize,
    guest: Guest,
    steps: u64,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.stack.meeting.leave(self.guest);
        self.stack.machine().leave(self.seat);
    }
}

impl Member {
    /// A copy of the model as it is, in the stack of copies.
    fn copied(&self) -> Result<Self> {
        let stack = self.stack.copies()?;
        // Where two machines are held, that of the copies is held first: steps are not to wait for what is measured.
        let mut machine = stack.machine();
        let seat = machine.sit()?;
        let adopted = machine.adopt(seat, &self.stack.machine(), self.seat);
        if adopted.is_err() {
            machine.leave(seat);
        }
        drop(machine);
        adopted?;
        let guest = stack.meeting.enter();
        Ok(Self { stack, seat, guest, steps: self.steps })
    }

    /// Has something computed, together with what others ask.
    fn ask(&self, shaped: Shaped, batch: &Batch, ask: &Ask) -> Result<Vec<u32>> {
        self.ask_while(shaped, batch, ask, &mut || {})
    }

    /// The same, with something to do while others are waited for.
    fn ask_while(&self, shaped: Shaped, batch: &Batch, ask: &Ask, meanwhile: &mut dyn FnMut()) -> Result<Vec<u32>> {
        let feed = Feed::of(&self.stack.program, &shaped.shape);
        let steps = vec![moving(&feed, batch.sequences, ask)];
        let staying = staying(&self.stack.program, &shaped, &feed, batch, ask)?;
        self.ask_steps(shaped, (staying, steps), meanwhile)
    }

    fn ask_steps(
        &self,
        shaped: Shaped,
        (batch, steps): (Vec<u32>, Vec<Vec<u32>>),
        meanwhile: &mut dyn FnMut(),
    ) -> Result<Vec<u32>> {
        let run = |shape: &Shape, lanes: &[Lane]| {
            self.stack.roomy(&|machine| machine.prepare(shape, lanes.len()))?.run(shape, lanes)
        };
        let lane = Lane { seat: self.seat, batch, steps };
        self.stack.meeting.ask(self.guest, (shaped.shape, lane), &run, meanwhile)
    }

    /// Steps one after the other on what is drawn for one batch. Their losses end before the first that is not finite.
    fn stepped(&mut self, steps: &[(Stepping, Vec<Drawn>)], meanwhile: &mut dyn FnMut()) -> Result<Vec<Loss>> {
        let Some((Stepping { batch, terms, update, noise }, drawn)) = steps.first() else { return Ok(Vec::new()) };
        let asked = Asked::Step { clips: update.clip.is_some() };
        let mut shaped = Shape::of(&self.stack.program, batch, asked, terms, noise.is_some())?;
        let part = |drawn: &Drawn| Part { recipe: drawn.recipe.clone(), sequences: drawn.sequences.len() };
        shaped.shape.drawn = drawn.iter().map(part).collect();
        let feed = Feed::of(&self.stack.program, &shaped.shape);
        let ask = Ask { terms, drawn, ..Ask::default() };
        let staying = staying(&self.stack.program, &shaped, &feed, batch, &ask)?;
        let brought = steps.iter().enumerate().map(|(place, (step, drawn))| {
            let Stepping { terms, update, noise, .. } = *step;
            let update = Some((update, self.steps + 1 + place as u64, place == 0));
            moving(&feed, batch.sequences, &Ask { terms, update, noise, readings: &[], drawn })
        });
        let brought = (staying, brought.collect());
        let each = 2 * (terms.len() + 1) + AFTER;
        let terms = terms.len();
        let words = self.ask_steps(shaped, brought, meanwhile)?;
        let mut losses = Vec::with_capacity(steps.len());
        for words in words.chunks(each) {
            if words[each - AFTER] != 0 && !steps[0].1.is_empty() {
                return Err(Error::Draw("a line of the task cannot be computed".into()));
            }
            let loss = Self::told(words, terms);
            if !loss.total.is_finite() {
                break;
            }
            losses.push(loss);
        }
        self.steps += losses.len() as u64;
        Ok(losses)
    }

    fn told(words: &[u32], terms: usize) -> Loss {
        let number = |at: usize| f64::from_bits(u64::from(words[2 * at]) | u64::from(words[2 * at + 1]) << 32);
        Loss { total: number(terms), terms: (0..terms).map(number).collect() }
    }
}

impl Backend for Member {
    fn step(&mut self, batch: &Batch, terms: &[Term], update: &Update, noise: Option<Noise>) -> Result<Loss> {
        self.step_while(&Stepping { batch, terms, update, noise }, &mut || {})
    }

    fn step_while(&mut self, step: &Stepping, meanwhile: &mut dyn FnMut()) -> Result<Loss> {
        let mut losses = self.stepped(&[(*step, Vec::new())], meanwhile)?;
        losses.pop().ok_or_else(|| Error::NotFinite { what: "the loss".into() })
    }

    fn draws(&self) -> bool {
        true
    }

    fn steps_drawn(&mut self, steps: &[(Stepping, Vec<Drawn>)]) -> Result<Vec<Loss>> {
        self.stepped(steps, &mut || {})
    }

    fn gradients(&self, batch: &Batch, terms: &[Term], noise: Option<Noise>) -> Result<(Loss, Vec<Vec<f64>>)> {
        let shaped = Shape::of(&self.stack.program, batch, Asked::Gradients, terms, noise.is_some())?;
        let words = self.ask(shaped, batch, &Ask { terms, noise, ..Ask::default() })?;
        let gradients = self.stack.machine().gradients(&words[2 * (terms.len() + 1)..]);
        Ok((Self::told(&words, terms.len()), gradients))
    }

    fn outputs(&self, batch: &Batch) -> Result<Vec<f32>> {
        let shaped = Shape::of(&self.stack.program, batch, Asked::Outputs, &[], false)?;
        let words = self.ask(shaped, batch, &Ask::default())?;
        Ok(words.into_iter().map(f32::from_bits).collect())
    }

    fn read(&self, batch: &Batch, context: Context, readings: &[Reading]) -> Result<Vec<Vec<f32>>> {
        let program = &self.stack.program;
        let shaped = Shape::read(program, batch, context, readings)?;
        let listing = program.listing(context);
        let words = self.ask(shaped, batch, &Ask { readings, ..Ask::default() })?;
        let mut rest = words.into_iter().map(f32::from_bits);
        let each = readings.iter().map(|reading| {
            let width = listing.source(reading.site).map_or(0, |source| listing.width(source, batch.tokens));
            rest.by_ref().take(batch.sequences * reading.positions.len() * width).collect()
        });
        Ok(each.collect())
    }

    fn snapshot(&self) -> Option<Box<dyn Backend>> {
        if self.stack.crowded.load(Ordering::Relaxed) {
            return None;
        }
        // A card that is lost tells so where it is asked for more than a copy.
        let copy = self.copied().ok()?;
        Some(Box::new(copy))
    }

    fn numbers(&self) -> Result<Numbers> {
        let [parameters, first, second] = self.stack.machine().numbers(self.seat)?;
        Ok(Numbers { parameters, first, second, steps: self.steps })
    }

    fn take(&mut self, numbers: &Numbers) -> Result<()> {
        self.stack.machine().take(self.seat, [&numbers.parameters, &numbers.first, &numbers.second])?;
        self.steps = numbers.steps;
        Ok(())
    }

    fn forget(&mut self) -> Result<()> {
        self.stack.machine().forget(self.seat)?;
        self.steps = 0;
        Ok(())
    }

    fn steps(&self) -> u64 {
        self.steps
    }
}
