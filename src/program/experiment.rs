//! Experiments: arms compared over paired seeds, and what is concluded.

use super::figure::{Figure, Shown};
use super::training::{Observation, Training};

/// All that a file states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// The text at the top of the file.
    pub doc: Option<String>,
    pub experiments: Vec<Experiment>,
}

/// One experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    pub name: String,
    /// Arms of the first point of the sweep, then of the next; the first of each point is its baseline.
    pub arms: Vec<Arm>,
    /// What the sweep binds, as written, point by point; one point that binds nothing where there is no sweep.
    pub points: Vec<Vec<(String, String)>>,
    /// The same as numbers, where they are: durations in the unit they are written in.
    pub numbers: Vec<Vec<Option<f64>>>,
    /// The swept name along which models that exist stand, each an evaluation of one run.
    pub along: Option<String>,
    pub seeds: Vec<u64>,
    pub plateau: Option<PlateauRule>,
    pub claims: Vec<Claim>,
    pub tables: Vec<Table>,
    pub figures: Vec<Figure>,
    /// Which checkpoints stay; `None` is all of them.
    pub keep: Option<usize>,
    /// What `#allow` lines keep silent in the file, with their reasons.
    pub silenced: Vec<(String, String)>,
}

/// An experiment with some settings replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    pub name: String,
    pub doc: Option<String>,
    /// Its place in [`Experiment::points`].
    pub point: usize,
    pub training: Training,
    pub observation: Observation,
}

/// How the end of a plateau is read off a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct PlateauRule {
    /// The measure's place in the `measure` block.
    pub measure: usize,
    /// Which of its sites, where it has many.
    pub site: Option<usize>,
    /// The progress that counts as out.
    pub exit: f64,
    /// Evaluations that progress must stay there.
    pub held: usize,
    /// Levels given in place of the task's.
    pub from: Option<f64>,
    pub to: Option<f64>,
    /// The stage whose entry is time 0.
    pub stage: Option<String>,
    /// Whether a run ends once its exit is confirmed.
    pub stop: bool,
    /// Steps between the finer evaluations that place an exit.
    pub refine: Option<u64>,
}

/// `expect a < b at 5%`, with arms by place.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// As written.
    pub text: String,
    pub statistic: Statistic,
    pub smaller: usize,
    pub larger: usize,
    pub level: f64,
}

/// What a claim compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// Mean exit time restricted to the smallest planned horizon.
    RestrictedMean,
}

/// A table of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Plateau,
    /// The last values of every measure.
    Final,
    /// `onset of A before B`.
    Onset {
        first: Shown,
        second: Shown,
    },
}
