//! What was computed for a program, where all of it was run: cells, and segments with what was measured along them.

use crate::plan::{Cell, Plan, Stop};
use std::collections::{HashMap, HashSet};

/// Results by their keys.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub cells: HashSet<String>,
    segments: HashMap<String, Vec<Had>>,
}

/// How far a cell went along a segment, and what it measured there.
#[derive(Clone, Debug)]
struct Had {
    until: u64,
    every: u64,
    decade: Option<u64>,
    also: Vec<u64>,
    measures: HashSet<String>,
    stop: Option<Stop>,
    /// Whether weights were kept at every evaluation.
    kept: bool,
}

/// What a cell needs beyond what is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lack {
    /// Steps to train that nobody has trained.
    pub steps: u64,
    /// Steps to train in all.
    pub of: u64,
    /// Whether something is to be measured along what was trained.
    pub measures: bool,
    /// Whether that is its exit alone, which finer evaluations are to place.
    pub finer: bool,
    /// Of each segment the steps that are to be trained, those again whose weights were not kept among them, and the steps
    /// that are to be evaluated alone.
    pub segments: Vec<(u64, u64)>,
}

impl Lack {
    /// Whether nothing is lacking.
    pub const fn nothing(&self) -> bool {
        self.steps == 0 && !self.measures
    }

    /// Whether the weights were all there.
    pub const fn only_measures(&self) -> bool {
        self.steps == 0 && self.measures
    }

    /// Whether it goes on from what was trained.
    pub const fn goes_on(&self) -> bool {
        self.steps > 0 && self.steps < self.of && !self.measures
    }
}

impl Known {
    /// What running plans computes.
    #[must_use]
    pub fn of(plans: &[Plan]) -> Self {
        let mut known = Self::default();
        for (plan, cell) in plans.iter().flat_map(|plan| plan.cells.iter().map(move |cell| (plan, cell))) {
            known.cells.insert(cell.key.to_string());
            for (key, stage) in cell.segments.iter().zip(&cell.training.stages) {
                known.segments.entry(key.to_string()).or_default().push(Had {
                    until: stage.until,
                    every: cell.observation.every,
                    decade: cell.observation.decade,
                    also: cell.observation.also.clone(),
                    measures: measures(cell),
                    stop: cell.stop.clone(),
                    kept: plan.experiment.keep.is_none(),
                });
            }
        }
        known
    }

    /// Both together.
    pub fn extend(&mut self, other: &Self) {
        self.cells.extend(other.cells.iter().cloned());
        for (key, had) in &other.segments {
            self.segments.entry(key.clone()).or_default().extend(had.iter().cloned());
        }
    }

    /// What a cell lacks.
    #[must_use]
    pub fn lack(&self, cell: &Cell) -> Lack {
        let of = cell.training.steps();
        if self.cells.contains(cell.key.as_str()) {
            return Lack { of, ..Lack::default() };
        }
        let mut lack = Lack { of, ..Lack::default() };
        let wanted = measures(cell);
        // A model that exists has no segments, only measures.
        lack.measures = cell.segments.is_empty();
        for (key, stage) in cell.segments.iter().zip(&cell.training.stages) {
            // A run that ended at its exit went so far for one that ends there too.
            let along = self.segments.get(key.as_str()).into_iter().flatten();
            let along: Vec<&Had> = along.filter(|had| had.stop.is_none() || had.stop == cell.stop).collect();
            let reached = along.iter().map(|had| had.until).max().unwrap_or(stage.from).clamp(stage.from, stage.until);
            let (missing, there) = (stage.until - reached, reached - stage.from);
            lack.steps += missing;
            let measured = along.iter().any(|had| had.until >= reached && had.measured(cell, reached, &wanted));
            lack.measures |= there > 0 && !measured;
            lack.segments.push(match (there > 0 && !measured, along.iter().any(|had| had.kept)) {
                (false, _) => (missing, 0),
                (true, true) => (missing, there),
                (true, false) => (missing + there, 0),
            });
        }
        // An exit is placed by evaluations that nothing else asks for.
        lack.finer = cell.refine.is_some() && lack.segments.iter().all(|needed| *needed == (0, 0));
        lack.measures |= lack.finer;
        lack
    }
}

impl Had {
    /// Whether it holds what a cell measures up to a step.
    fn measured(&self, cell: &Cell, reached: u64, wanted: &HashSet<String>) -> bool {
        let (every, decade) = (cell.observation.every, cell.observation.decade);
        let often = match (self.decade, decade) {
            (None, None) => every.is_multiple_of(self.every),
            (a, b) => a == b,
        };
        let looked = |step: &u64| self.also.contains(step) || self.decade.is_none() && step.is_multiple_of(self.every);
        let also = cell.observation.also.iter().filter(|step| **step <= reached).all(looked);
        // The last step is evaluated whatever the cadence.
        let last = reached < cell.training.steps() || reached == self.until || reached.is_multiple_of(self.every);
        often && also && last && wanted.is_subset(&self.measures)
    }
}

fn measures(cell: &Cell) -> HashSet<String> {
    cell.measures.iter().chain(&cell.by_position).map(ToString::to_string).collect()
}
