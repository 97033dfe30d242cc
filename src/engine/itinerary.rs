//! Which sequences each step trains on: epochs with their short last batch, mixtures with exact shares.
//!
//! It is a function of the program and the step alone; resuming replays the counting, which costs nothing.

use super::streams::{Role, meaning, stream};
use crate::program::task::Process;
use crate::program::training::{Budget, Training};

/// The sequences of one step, by task.
pub type Step = Vec<(usize, Vec<u64>)>;

/// Walks through a training step by step.
pub struct Itinerary<'a> {
    training: &'a Training,
    seed: u64,
    step: u64,
    /// Sequences of each task used so far.
    used: Vec<u64>,
    /// What each part of the current mixture is owed, in sequences.
    owed: Vec<f64>,
    /// What each task means, so that arms visit a task's sequences in one order whatever else they train on.
    meanings: Vec<u64>,
    /// The order of each task's current pass over its sequences.
    orders: Vec<Option<(u64, Vec<u32>)>>,
}

impl<'a> Itinerary<'a> {
    /// The walk from the first step.
    #[must_use]
    pub fn new(training: &'a Training, seed: u64) -> Self {
        let tasks = training.tasks.len();
        let meanings = training.tasks.iter().map(|task| meaning(&Process::of(task))).collect();
        Self { training, seed, step: 0, used: vec![0; tasks], owed: Vec::new(), meanings, orders: vec![None; tasks] }
    }

    /// The same walk as if `step` steps had been taken.
    pub fn seek(&mut self, step: u64) {
        while self.step < step && !self.counts().is_empty() {}
    }

    /// The sequences of the next step; none after the last.
    pub fn advance(&mut self) -> Step {
        let mut first = self.used.clone();
        let counts = self.counts();
        let part = |(task, count): (usize, u64)| {
            // Two parts of a mixture may be the same task; the second goes on where the first ends.
            let from = first[task];
            first[task] += count;
            (task, self.sequences(task, from, count))
        };
        counts.into_iter().map(part).collect()
    }

    /// How many sequences of each task the next step takes.
    fn counts(&mut self) -> Vec<(usize, u64)> {
        let Some(stage) = self.training.stage_at(self.step) else { return Vec::new() };
        if stage.from == self.step {
            self.owed = vec![0.0; stage.train.len()];
        }
        let size = self.size();
        for (owed, (_, share)) in self.owed.iter_mut().zip(&stage.train) {
            *owed += share * size as f64;
        }
        // One by one to the part that is owed most, the first of equals: rounding down first could give more than `size`.
        let mut counts = vec![0u64; self.owed.len()];
        for _ in 0..size {
            let rest = |part: usize| self.owed[part] - counts[part] as f64;
            let most = (1..counts.len()).fold(0, |best, part| if rest(part) > rest(best) { part } else { best });
            counts[most] += 1;
        }
        for (owed, count) in self.owed.iter_mut().zip(&counts) {
            *owed -= *count as f64;
        }
        let counts: Vec<(usize, u64)> =
            stage.train.iter().zip(counts).map(|((task, _), count)| (*task, count)).collect();
        for (task, count) in &counts {
            self.used[*task] += count;
        }
        self.step += 1;
        counts
    }

    /// Sequences in the next step: a full batch, or what an epoch leaves for its last.
    fn size(&self) -> u64 {
        let batch = self.training.batch as u64;
        match (self.training.epoch(), self.training.budget) {
            (Some(epoch), Budget::Sequences(n)) if self.step % epoch == epoch - 1 => n - batch * (epoch - 1),
            _ => batch,
        }
    }

    fn sequences(&mut self, task: usize, first: u64, count: u64) -> Vec<u64> {
        let Budget::Sequences(n) = self.training.budget else {
            return (first..first + count).collect();
        };
        (first..first + count)
            .map(|place| {
                let (pass, within) = (place / n, place % n);
                if self.orders[task].as_ref().is_none_or(|(known, _)| *known != pass) {
                    let path = [self.meanings[task], pass];
                    self.orders[task] = Some((pass, stream(self.seed, Role::Order, &path).permutation(n as usize)));
                }
                self.orders[task].as_ref().map_or(within, |(_, order)| u64::from(order[within as usize]))
            })
            .collect()
    }
}
