//! What observes an arm: which measures, when, and on how many sequences. It changes no weight, but for a guard.

use super::condition::Condition;
use super::model::{Context, Place, Site};
use super::task::{NodeId, Reference};
use super::training::Intervention;
use serde::{Deserialize, Serialize};

/// What is measured along the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Steps between two evaluations; 1 where they are spaced by decades.
    pub every: u64,
    /// Evaluations in a decade of steps, where they are spaced so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decade: Option<u64>,
    /// Further steps at which a figure looks, in order. Nothing else does: neither guards nor plateaus.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<u64>,
    /// Held-out sequences in an evaluation.
    pub sequences: usize,
    /// In an order of meaning, which is that of a curve's columns.
    pub measures: Vec<Measure>,
    /// The column of each measure in the order written; changes no result.
    #[serde(skip)]
    pub written: Vec<usize>,
    /// What the last evaluation tells position by position, where a figure asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_position: Option<ByPosition>,
}

/// The task's own loss at every scored position: of the model, and of predictors beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ByPosition {
    pub task: usize,
    pub references: Vec<Compared>,
}

/// A reference beside the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// As written; no part of an identity.
    #[serde(skip)]
    pub name: String,
    pub reference: Reference,
}

impl Observation {
    /// Whether an evaluation is made after a step of a run that ends after `total`: at its start, at each step that is
    /// due, and at its end.
    #[must_use]
    pub fn due(&self, step: u64, total: u64) -> bool {
        step == 0 || step <= total && self.next(step - 1, total) == step
    }

    /// The first step after another at which an evaluation is due, `total` at the latest.
    #[must_use]
    pub fn next(&self, after: u64, total: u64) -> u64 {
        let due = match self.decade {
            None => (after / self.every + 1) * self.every,
            Some(each) => spaced(after, each),
        };
        let also = self.also.iter().copied().find(|&step| step > after);
        also.map_or(due, |also| due.min(also)).min(total)
    }

    /// Whether a step is evaluated for a figure alone, and no part of the curve that guards and plateaus look at. The end
    /// of a run never is.
    #[must_use]
    pub fn aside(&self, step: u64) -> bool {
        let regular = match self.decade {
            None => step.is_multiple_of(self.every),
            Some(each) => step == 0 || spaced(step - 1, each) == step,
        };
        !regular && self.also.binary_search(&step).is_ok()
    }

    /// Adds an evaluation after a step of a run that has `total`.
    pub fn look_at(&mut self, step: u64, total: u64) {
        if step <= total && !self.due(step, total) {
            let place = self.also.partition_point(|known| *known < step);
            self.also.insert(place, step);
        }
    }

    /// The steps after which evaluations are made, in order.
    pub fn steps(&self, total: u64) -> impl Iterator<Item = u64> + '_ {
        std::iter::successors(Some(0), move |&step| (step < total).then(|| self.next(step, total)))
    }

    /// The measure that stands at a place of the `measure` block.
    #[must_use]
    pub fn measure(&self, place: usize) -> &Measure {
        &self.measures[self.written[place]]
    }
}

/// What the name of a distance to a reference starts with.
pub const DISTANCE: &str = "distance to ";

/// One number, or one a target, at every evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What the author calls it; no part of an identity.
    #[serde(skip)]
    pub name: String,
    pub kind: MeasureKind,
}

/// The kinds of measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureKind {
    Score {
        task: usize,
        score: Score,
        at: Position,
        /// Which sequences count, where not all do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        only: Option<Condition>,
        /// What is changed in the model meanwhile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        under: Option<Intervention>,
        /// Whether it is taken on training sequences.
        #[serde(default, skip_serializing_if = "no")]
        training: bool,
    },
    Probe {
        task: usize,
        site: Site,
        #[serde(default, skip_serializing_if = "Place::input")]
        place: Place,
        context: Context,
        /// What is told; the score is the mean over them.
        nodes: Vec<NodeId>,
        reader: Reader,
    },
    /// How far the predictions lie from those of a reference, at every scored position.
    Distance { task: usize, reference: Reference },
    /// A measure of the registry of the inside of the model, with its numbers and the task it needs.
    Inside { measure: String, numbers: Vec<usize>, task: Option<usize> },
}

impl MeasureKind {
    /// The place of its task among those of the arm.
    #[must_use]
    pub fn task(&self) -> Option<usize> {
        match self {
            Self::Score { task, .. } | Self::Probe { task, .. } | Self::Distance { task, .. } => Some(*task),
            Self::Inside { task, .. } => *task,
        }
    }

    /// The place of its task, to be changed.
    pub fn task_mut(&mut self) -> Option<&mut usize> {
        match self {
            Self::Score { task, .. } | Self::Probe { task, .. } | Self::Distance { task, .. } => Some(task),
            Self::Inside { task, .. } => task.as_mut(),
        }
    }
}

fn no(value: &bool) -> bool {
    !value
}

/// How a probe is fitted on frozen features.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// One linear layer trained by Adam.
    Linear { epochs: usize, lr: f64 },
    /// Ridge regression in closed form.
    Ridge { lambda: f64 },
    /// Logistic regression to its optimum.
    Logistic { lambda: f64 },
    /// The nearest class mean.
    Centroid,
}

/// How predictions are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    Accuracy,
    /// In nats.
    CrossEntropy,
    SquaredError,
    /// The share of the way of the loss from blind to ideal.
    Progress,
}

/// Which predictions are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    All,
    Last,
    /// From 0.
    Index(usize),
}

/// The first step after another that is one of `each` a decade: 10 to a multiple of 1 / each, to the nearest step.
fn spaced(after: u64, each: u64) -> u64 {
    let mut place = (libm::log10(after.max(1) as f64) * each as f64).floor();
    loop {
        let step = libm::pow(10.0, place / each as f64).round() as u64;
        if step > after {
            return step;
        }
        place += 1.0;
    }
}
