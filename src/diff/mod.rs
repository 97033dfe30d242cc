//! Two checked programs to what changed in meaning, what that invalidates and what it costs.
//!
//! Experiments, points of sweeps and arms are paired ([`pair`]); each pair of arms is told as facts in the words of the
//! language ([`training`], [`stages`], [`observation`], [`tasks`]), and facts that differ are changes ([`facts`]), gathered
//! over the arms and points that have them alike ([`gather`]). Names are met only to be shown: what is the same under another name is a rename.

mod arms;
pub mod cells;
mod change;
pub mod comparable;
pub mod cost;
mod expression;
mod facts;
mod gather;
mod known;
mod observation;
mod pair;
pub mod results;
mod stages;
mod study;
mod sweep;
mod tasks;
mod training;
mod twofold;
mod words;

use crate::plan::{Plan, Selection};
use crate::program::{Experiment, Program};
pub use cells::Cells;
pub use change::{Change, Class, Detail, Kind, Place, Rename, Warning};
pub use cost::Costs;
pub use known::Known;
use std::collections::BTreeMap;

/// One side: a program, and what its reports ask for in the order written, phrase by phrase, by experiment.
#[derive(Clone, Debug, Default)]
pub struct Side {
    pub program: Program,
    pub reports: BTreeMap<String, Vec<String>>,
}

/// What became of a file.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    pub studies: Vec<Study>,
}

/// What became of one experiment.
#[derive(Clone, Debug, Default)]
pub struct Study {
    /// Its name before and now; one of them is `None` where it came or went.
    pub old: Option<String>,
    pub new: Option<String>,
    pub changes: Vec<Change>,
    /// What goes by another name and is the same.
    pub renames: Vec<Rename>,
    pub warnings: Vec<Warning>,
    pub cells: Cells,
    pub before: Costs,
    pub after: Costs,
    /// What remains to be run of it, where everything before had been run.
    pub to_run: Costs,
}

impl Study {
    /// The highest class of its changes.
    #[must_use]
    pub fn class(&self) -> Class {
        self.changes.iter().map(|change| change.class).max().unwrap_or(Class::Cosmetic)
    }

    /// How it is called now, or was.
    #[must_use]
    pub fn name(&self) -> &str {
        self.new.as_deref().or(self.old.as_deref()).unwrap_or_default()
    }
}

impl Difference {
    /// The highest class of all changes.
    #[must_use]
    pub fn class(&self) -> Class {
        self.studies.iter().map(Study::class).max().unwrap_or(Class::Cosmetic)
    }

    /// The cells of all experiments.
    #[must_use]
    pub fn cells(&self) -> Cells {
        self.studies.iter().fold(Cells::default(), |sum, study| sum.plus(&study.cells))
    }

    /// Costs before, after, and of what remains to be run.
    #[must_use]
    pub fn costs(&self) -> (Costs, Costs, Costs) {
        let sum =
            |pick: fn(&Study) -> &Costs| self.studies.iter().fold(Costs::default(), |sum, study| sum.plus(pick(study)));
        (sum(|study| &study.before), sum(|study| &study.after), sum(|study| &study.to_run))
    }
}

/// What is known before and wanted now of everything that is compared: what moves to another file is still the same.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    pub before: Known,
    pub now: Known,
}

impl Side {
    /// The plan of each experiment.
    fn plans(&self) -> Vec<Plan> {
        let plan = |experiment: &Experiment| Plan::new(experiment.clone(), &Selection::default());
        self.program.experiments.iter().map(plan).collect()
    }
}

impl Keys {
    /// Adds what a file computes on both sides.
    pub fn add(&mut self, old: &Side, new: &Side) {
        self.before.extend(&Known::of(&old.plans()));
        self.now.extend(&Known::of(&new.plans()));
    }
}

/// Compares two experiments, whatever they are called; what their reports ask for is left out.
#[must_use]
pub fn between(old: &Plan, new: &Plan) -> Study {
    let (known, kept) = (Known::of(std::slice::from_ref(old)), Known::of(std::slice::from_ref(new)));
    let side = Side::default();
    study::compared((old, &side), (new, &side), (&known, &kept))
}

/// Compares two programs. `elsewhere` has what other programs compute that are compared beside them.
#[must_use]
pub fn difference(old: &Side, new: &Side, elsewhere: &Keys) -> Difference {
    let (olds, news) = (old.plans(), new.plans());
    let (mut known, mut kept) = (Known::of(&olds), Known::of(&news));
    known.extend(&elsewhere.before);
    kept.extend(&elsewhere.now);
    let pairs = pair::experiments(&olds, &news);
    let mut studies = Vec::new();
    for (at, after) in news.iter().enumerate() {
        let before = pairs.iter().find(|(_, new)| *new == at).map(|(old, _)| &olds[*old]);
        studies.push(match before {
            Some(before) => study::compared((before, old), (after, new), (&known, &kept)),
            None => study::added(after, &known),
        });
    }
    for (at, before) in olds.iter().enumerate() {
        if pairs.iter().all(|(old, _)| *old != at) {
            studies.push(study::dropped(before, &kept));
        }
    }
    Difference { studies }
}
