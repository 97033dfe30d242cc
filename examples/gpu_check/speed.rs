//! How long a step of all models of a case takes on a card, as a study takes it: every model has a thread, and its batch
//! goes to the card anew at every step.

use crate::cases::{BATCHES, Case};
use crate::cost;
use crate::place::Place;
use crate::report::{Roof, Speed};
use crate::watched::Watched;
use icl::engine::backend::Backend;
use icl::engine::batch::Batch;
use icl::engine::card::Card;
use icl::engine::error::Result;
use icl::engine::stacked::{Member, Stack};
use icl::program::training::Products;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Instant;

/// Steps whose losses the peers must have too.
pub const CHECKED: usize = 5;

/// Measures a case. What goes wrong is said in its row.
pub fn measure(case: &Case, place: &Place, roof: &Roof, quick: bool) -> Speed {
    let speed = Speed { case: case.name.into(), models: case.models, ..Speed::default() };
    match timed(case, place, quick, speed.clone()) {
        Ok(speed) => bounded(speed, roof),
        Err(error) => Speed { error: Some(error.to_string()), ..speed },
    }
}

/// Beside what the card could do at best.
fn bounded(speed: Speed, roof: &Roof) -> Speed {
    let product_ms = 1e3 * speed.operations / roof.product_operations_per_s;
    let copy_ms = 1e3 * speed.compulsory_bytes / roof.copy_bytes_per_s;
    let times_bound = speed.median_ms / product_ms.max(copy_ms);
    Speed { product_ms, copy_ms, times_bound, ..speed }
}

fn timed(case: &Case, place: &Place, quick: bool, speed: Speed) -> Result<Speed> {
    let program = Arc::new(case.program()?);
    let card = Arc::new(Watched::new(place.card.clone()));
    let before = card.room()?.free;
    let stack = Stack::new(program.clone(), Products::Whole, card.clone())?;
    let members = (0..case.models).map(|model| stack.join(&case.parameters(&program, model)?));
    let members = members.collect::<Result<Vec<_>>>()?;
    let batches: Vec<Vec<Batch>> = (0..case.models).map(|model| case.batches(model)).collect();
    let one = cost::of(&program, &batches[0][0], &case.terms())?;
    let (rounds, seconds) = match (place.real, quick) {
        (true, false) => (7, 1.0),
        (true, true) => (3, 0.3),
        (false, _) => (2, 0.0),
    };
    let crowd = Crowd::new(members.len());
    let errors = &Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for (model, (member, batches)) in members.into_iter().zip(&batches).enumerate() {
            let crowd = &crowd;
            scope.spawn(move || {
                if let Err(error) = crowd.follow(model, member, case, batches) {
                    errors.lock().expect("nobody panicked").push(error);
                }
            });
        }
        crowd.steps(CHECKED);
        let losses = crowd.losses(case.given());
        // Launches are recorded by now.
        crowd.steps(3);
        let ms = crowd.steps(3) / 3.0;
        let count = ((1e3 * seconds / ms) as usize).clamp(1, 5000);
        card.counts();
        let ms: Vec<f64> = (0..rounds).map(|_| crowd.steps(count) / count as f64).collect();
        let steps = (rounds * count) as f64;
        let counts = card.counts();
        card.time(true);
        crowd.steps(count);
        let card_ms = card.counts().ms / count as f64;
        let room_bytes = before.saturating_sub(card.room().map_or(before, |room| room.free));
        crowd.end();
        let models = case.models as f64;
        let median_ms = median(&ms);
        Ok(Speed {
            median_ms,
            card_ms,
            model_steps_per_s: 1e3 * models / median_ms,
            launches: counts.launches as f64 / steps,
            rows: counts.rows as f64 / steps,
            bus_bytes: counts.bytes as f64 / steps,
            operations: models * one.operations,
            compulsory_bytes: models * one.bytes,
            stack_bytes: stack.bytes(),
            room_bytes,
            losses,
            ms,
            ..speed
        })
    })
    .and_then(|speed| match errors.lock().expect("nobody panicked").pop() {
        Some(error) => Err(error),
        None => Ok(speed),
    })
}

/// The middle of some numbers; the mean of two.
pub fn median(of: &[f64]) -> f64 {
    let mut sorted = of.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}

/// The threads of all models, which step when they are told to.
struct Crowd {
    start: Barrier,
    end: Barrier,
    /// Steps of the next stretch; none where it is over.
    count: AtomicUsize,
    /// By model, the losses of the last stretch.
    losses: Vec<Mutex<Vec<f64>>>,
}

impl Crowd {
    fn new(models: usize) -> Self {
        let barrier = || Barrier::new(models + 1);
        let losses = (0..models).map(|_| Mutex::default()).collect();
        Self { start: barrier(), end: barrier(), count: AtomicUsize::new(0), losses }
    }

    /// So many steps of all models: the milliseconds.
    fn steps(&self, count: usize) -> f64 {
        self.count.store(count, Relaxed);
        self.start.wait();
        let start = Instant::now();
        self.end.wait();
        1e3 * start.elapsed().as_secs_f64()
    }

    fn end(&self) {
        self.count.store(0, Relaxed);
        self.start.wait();
    }

    /// By step, the losses of the first models in the last stretch.
    fn losses(&self, models: usize) -> Vec<Vec<f64>> {
        let of: Vec<Vec<f64>> =
            self.losses[..models].iter().map(|losses| losses.lock().expect("nobody panicked").clone()).collect();
        let steps = of.iter().map(Vec::len).min().unwrap_or(0);
        (0..steps).map(|step| of.iter().map(|losses| losses[step]).collect()).collect()
    }

    /// What a model's thread does. One whose card fails goes on coming, so that nobody waits for it in vain.
    fn follow(&self, model: usize, mut member: Member, case: &Case, batches: &[Batch]) -> Result<()> {
        let (terms, update) = (case.terms(), case.update());
        let mut ended = Ok(());
        loop {
            self.start.wait();
            let count = self.count.load(Relaxed);
            if count == 0 {
                return ended;
            }
            let mut losses = Vec::with_capacity(count);
            for _ in 0..count {
                if ended.is_err() {
                    break;
                }
                let batch = &batches[member.steps() as usize % BATCHES];
                match member.step(batch, &terms, &update, None) {
                    Ok(loss) => losses.push(loss.total),
                    Err(error) => ended = Err(error),
                }
            }
            *self.losses[model].lock().expect("nobody panicked") = losses;
            self.end.wait();
        }
    }
}
