//! Where the threads of a stack's models meet: what they ask is computed together.

use super::machine::Lane;
use super::shape::Shape;
use crate::engine::error::{Error, Result};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A model at a meeting.
pub type Guest = u64;

/// What computes the rows of some models of one shape.
pub type Run<'r> = dyn Fn(&Shape, &[Lane]) -> Result<Vec<Vec<u32>>> + 'r;

/// How long those that have asked wait for one that has not. Who keeps them waiting longer, as one that draws held-out
/// sequences or writes a checkpoint, is not waited for again until it asks.
const PATIENCE: Duration = Duration::from_millis(100);

/// The threads that ask, and what they are told.
#[derive(Debug, Default)]
pub struct Meeting {
    table: Mutex<Table>,
}

/// What one thread waits for. Each has a bell of its own, so that nobody is woken whom nothing is told.
#[derive(Debug, Default)]
struct Seat {
    told: Mutex<Told>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    answer: Option<Answer>,
    /// Whether there may be reason to have the card compute.
    rung: bool,
}

type Answer = std::result::Result<Vec<u32>, String>;

impl Seat {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        self.told().rung = true;
        self.bell.notify_one();
    }

    fn tell(&self, answer: Answer) {
        self.told().answer = Some(answer);
        self.bell.notify_one();
    }

    /// Waits so long for an answer, or a reason to look around.
    fn wait(&self, time: Duration) -> Option<Answer> {
        let waiting = self.bell.wait_timeout_while(self.told(), time, |told| told.answer.is_none() && !told.rung);
        let mut told = waiting.unwrap_or_else(PoisonError::into_inner).0;
        told.rung = false;
        told.answer.take()
    }
}

#[derive(Debug, Default)]
struct Table {
    next: Guest,
    /// Everyone, with whether they are waited for; who has asked is.
    guests: BTreeMap<Guest, bool>,
    /// How many are waited for.
    expected: usize,
    asked: Vec<Question>,
    /// Whether somebody has the card compute.
    busy: bool,
    rounds: u64,
    served: u64,
}

#[derive(Debug)]
struct Question {
    guest: Guest,
    seat: Arc<Seat>,
    shape: Shape,
    lane: Lane,
}

impl Meeting {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more, who is waited for.
    pub fn enter(&self) -> Guest {
        let mut table = self.table();
        let guest = table.next;
        table.next += 1;
        table.expect(guest);
        guest
    }

    /// One less.
    pub fn leave(&self, guest: Guest) {
        let mut table = self.table();
        if table.guests.remove(&guest) == Some(true) {
            table.expected -= 1;
        }
        // Those who wait may have waited for it alone.
        table.ring();
    }

    /// How many there are.
    pub fn guests(&self) -> usize {
        self.table().guests.len()
    }

    /// How often something was computed, and for how many altogether.
    pub fn rounds(&self) -> (u64, u64) {
        let table = self.table();
        (table.rounds, table.served)
    }

    /// Asks, and waits for the answer; `meanwhile` is done once where others are still waited for. One of those who ask has
    /// everything computed that was asked by then.
    pub fn ask(
        &self,
        guest: Guest,
        (shape, lane): (Shape, Lane),
        run: &Run<'_>,
        meanwhile: &mut dyn FnMut(),
    ) -> Result<Vec<u32>> {
        let mut idle = Some(meanwhile);
        let seat = Arc::new(Seat::default());
        let mut table = self.table();
        table.expect(guest);
        table.asked.push(Question { guest, seat: seat.clone(), shape, lane });
        let since = Instant::now();
        loop {
            let (waited, mut left) = (since.elapsed(), PATIENCE);
            let due = !table.busy && (table.complete() || waited >= PATIENCE);
            if due && table.asked.iter().any(|question| question.guest == guest) {
                table.busy = true;
                let asked = table.dismiss();
                drop(table);
                let seats: Vec<Arc<Seat>> = asked.iter().map(|question| question.seat.clone()).collect();
                let computed = catch_unwind(AssertUnwindSafe(|| computed(asked, run)));
                // Nobody waits for an answer that will not come.
                let failed = |seat| (seat, Err("the stacked engine failed".to_string()));
                let answers = computed.unwrap_or_else(|_| seats.into_iter().map(failed).collect());
                let mut now = self.table();
                now.busy = false;
                now.rounds += 1;
                now.served += answers.len() as u64;
                now.ring();
                drop(now);
                answers.into_iter().for_each(|(seat, answer)| seat.tell(answer));
            } else {
                // Whoever asks last finds everyone there, and has no time for anything else.
                let idle = idle.take_if(|_| !table.complete() || table.busy);
                // Who is at it rings when it is done.
                left = if table.busy { PATIENCE } else { PATIENCE.saturating_sub(waited) };
                drop(table);
                if let Some(meanwhile) = idle {
                    meanwhile();
                    table = self.table();
                    continue;
                }
            }
            if let Some(answer) = seat.wait(left.max(Duration::from_millis(1))) {
                return answer.map_err(Error::Card);
            }
            table = self.table();
        }
    }
}

impl Table {
    /// Waits for a guest.
    fn expect(&mut self, guest: Guest) {
        if self.guests.insert(guest, true) != Some(true) {
            self.expected += 1;
        }
    }

    /// Has whoever waits longest look around.
    fn ring(&self) {
        if let Some(question) = self.asked.first() {
            question.seat.ring();
        }
    }

    /// Whether everyone who is waited for has asked.
    fn complete(&self) -> bool {
        self.asked.len() >= self.expected
    }

    /// What was asked; whoever has not is not waited for any more.
    fn dismiss(&mut self) -> Vec<Question> {
        let asked = std::mem::take(&mut self.asked);
        self.guests.values_mut().for_each(|waited| *waited = false);
        self.expected = 0;
        for question in &asked {
            if let Some(waited) = self.guests.get_mut(&question.guest) {
                *waited = true;
                self.expected += 1;
            }
        }
        asked
    }
}

/// What everyone is told, shape by shape.
fn computed(mut asked: Vec<Question>, run: &Run<'_>) -> Vec<(Arc<Seat>, Answer)> {
    let mut answers = Vec::with_capacity(asked.len());
    while let Some(first) = asked.first() {
        let (shape, steps) = (first.shape.clone(), first.lane.steps.len());
        let (now, later): (Vec<Question>, Vec<Question>) =
            asked.into_iter().partition(|question| question.shape == shape && question.lane.steps.len() == steps);
        asked = later;
        let (seats, lanes): (Vec<Arc<Seat>>, Vec<Lane>) =
            now.into_iter().map(|question| (question.seat, question.lane)).unzip();
        match run(&shape, &lanes) {
            Ok(rows) => answers.extend(seats.into_iter().zip(rows.into_iter().map(Ok))),
            Err(error) => answers.extend(seats.into_iter().map(|seat| (seat, Err(error.to_string())))),
        }
    }
    answers
}
