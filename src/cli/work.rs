//! What a study was planned to cost beside what it cost.

use crate::plan::{Plan, Sharing};
use crate::report::number::{count, duration, flops};
use crate::store::{Store, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;

/// The work of a study, over all attempts and whoever made them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Work {
    /// Steps of all cells, and of their segments each counted once.
    pub planned_steps: u64,
    pub planned_steps_shared: u64,
    pub planned_flops: f64,
    /// Steps that belong to the cells as they ended, each segment once.
    pub needed_steps: u64,
    /// Steps that were made, those made again after a kill or for a measure that was added among them.
    pub trained_steps: u64,
    /// Time of training, of one thread each.
    pub thread_seconds: f64,
}

impl Work {
    /// Reads it off the segments of a plan's finished cells.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of(plan: &Plan, store: &Store) -> Result<Self, StoreError> {
        let sharing = Sharing::of(plan);
        // By segment, the step at which it begins and the last that a cell needs.
        let mut spans: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for cell in &plan.cells {
            let mut from = 0;
            for (key, left) in store.finished(cell.key.as_str())?.into_iter().flat_map(|finished| finished.segments) {
                let span = spans.entry(key).or_insert((from, left));
                span.1 = span.1.max(left);
                from = left;
            }
        }
        let mut work = Self {
            planned_steps: sharing.apart.0,
            planned_steps_shared: sharing.together.0,
            planned_flops: sharing.together.1,
            needed_steps: spans.values().map(|(from, left)| left - from).sum(),
            trained_steps: 0,
            thread_seconds: 0.0,
        };
        for key in spans.keys() {
            let (steps, seconds) = store.segment(key).curve()?.worked;
            work.trained_steps += steps;
            work.thread_seconds += seconds;
        }
        Ok(work)
    }

    /// In a sentence.
    #[must_use]
    pub fn said(&self) -> String {
        // A study of models that exist trains nothing.
        if self.planned_steps == 0 && self.trained_steps == 0 {
            return String::new();
        }
        let shared = self.planned_steps - self.planned_steps_shared;
        let mut planned = format!("planned {} steps", count(self.planned_steps));
        if shared > 0 {
            planned += &format!(", {} of them shared", count(shared));
        }
        let early = self.planned_steps_shared.saturating_sub(self.needed_steps);
        if early > 0 {
            planned += &format!(", {} not needed in the end", count(early));
        }
        let rate = self.planned_flops * self.needed_steps as f64 / self.planned_steps_shared.max(1) as f64;
        // Steps made again after a kill or for a measure, or that a longer run shares.
        let more = self.trained_steps > self.needed_steps;
        let again = if more { format!(" where {} are needed", count(self.needed_steps)) } else { String::new() };
        format!(
            "{planned}: {}; trained {} steps{again} in {} of one thread\n",
            flops(rate),
            count(self.trained_steps),
            duration(self.thread_seconds)
        )
    }
}
