//! Program to cells: every arm with every seed, with its identity and its cost.

mod absent;
pub mod budget;
pub mod cost;
pub mod identity;
pub mod sharing;

use crate::program::experiment::Table;
use crate::program::training::{Observation, Training};
use crate::program::{Arm, Experiment, Figure};
pub use budget::Budget;
pub use cost::Cost;
pub use identity::Key;
use serde::Serialize;
pub use sharing::Sharing;
use std::sync::Arc;

/// One training run of a study.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Place of the arm in [`Plan::arms`].
    pub arm: usize,
    pub name: String,
    pub seed: u64,
    pub training: Arc<Training>,
    pub observation: Arc<Observation>,
    /// Of everything that it reports.
    pub key: Key,
    /// Of its weights, stage by stage.
    pub segments: Vec<Key>,
    /// Of its measures, in the order of a curve's columns.
    pub measures: Vec<Key>,
    /// Of its loss by position, where that is asked for.
    pub by_position: Option<Key>,
    /// What ends it before its last step, where something does.
    pub stop: Option<Stop>,
    /// The exit that finer evaluations place, where that is asked for.
    pub refine: Option<Refine>,
}

/// An exit from the plateau that is placed by evaluations made again, finer, around it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refine {
    pub exit: Stop,
    /// Steps between the finer evaluations.
    pub every: u64,
}

/// A run ends once its exit from the plateau is confirmed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stop {
    /// The column of the measure; its key stands for it in an identity.
    #[serde(skip)]
    pub measure: usize,
    /// Which of its sites, where it has many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<usize>,
    pub exit: f64,
    pub held: usize,
    /// Levels given in place of the task's.
    pub from: Option<f64>,
    pub to: Option<f64>,
    /// The stage whose entry is time 0, by its place.
    pub stage: Option<usize>,
}

/// What is to be run of an experiment.
#[derive(Clone, Debug)]
pub struct Plan {
    pub experiment: Experiment,
    pub cells: Vec<Cell>,
    /// Every cell ends after so many steps, as a trial.
    pub limit: Option<u64>,
    /// Arms and seeds of the program that were not asked for.
    pub left_out: (Vec<String>, Vec<u64>),
    /// Folders of models that are left out since they are not there.
    pub not_here: Vec<String>,
}

/// What of an experiment is asked for.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Arms by name; none means all.
    pub arms: Vec<String>,
    /// Seeds; none means those of the program.
    pub seeds: Option<Vec<u64>>,
    /// A trial of so many steps.
    pub limit: Option<u64>,
}

/// The plans of every experiment that has something of what is asked for.
///
/// # Errors
/// Names an arm that no experiment has.
pub fn plans(experiments: Vec<Experiment>, selection: &Selection) -> Result<Vec<Plan>, String> {
    let has = |experiment: &Experiment, asked: &String| experiment.arms.iter().any(|arm| arm.name == *asked);
    for asked in &selection.arms {
        if !experiments.iter().any(|experiment| has(experiment, asked)) {
            let arms = experiments.iter().map(|experiment| {
                let mut names: Vec<&str> = experiment.arms.iter().map(|arm| arm.name.as_str()).collect();
                names.dedup();
                format!("`{}` has {}", experiment.name, names.join(", "))
            });
            return Err(format!("there is no arm `{asked}`; {}", arms.collect::<Vec<_>>().join("; ")));
        }
    }
    let mut plans = Vec::new();
    for experiment in experiments {
        let arms: Vec<String> = selection.arms.iter().filter(|asked| has(&experiment, asked)).cloned().collect();
        if arms.is_empty() == selection.arms.is_empty() {
            plans.push(Plan::new(experiment, &Selection { arms, ..selection.clone() }));
        }
    }
    Ok(plans)
}

impl Plan {
    /// What a cell costs.
    #[must_use]
    pub fn cost(&self, cell: &Cell) -> Cost {
        let mut cost = Cost::of(&cell.training, &cell.observation, self.experiment.keep);
        if let Some(Refine { exit, every }) = &cell.refine {
            cost = cost.refined(&cell.observation, exit.measure, *every, exit.held);
        }
        let Some(stop) = &cell.stop else { return cost };
        // The first evaluations may be beyond the exit, and hold; two more decide that no later one changes it.
        let evaluations = stop.held + 2;
        let soonest = cell.observation.steps(cost.steps).take(evaluations).last().unwrap_or(cost.steps);
        Cost { least_steps: cost.least_steps.min(soonest), ..cost }
    }

    /// What the sweep binds for a cell, as written.
    #[must_use]
    pub fn point(&self, cell: &Cell) -> &[(String, String)] {
        let point = self.experiment.arms.get(cell.arm).map_or(0, |arm| arm.point);
        self.experiment.points.get(point).map(Vec::as_slice).unwrap_or_default()
    }

    /// Multiplies an experiment into cells.
    #[must_use]
    pub fn new(mut experiment: Experiment, selection: &Selection) -> Self {
        let mut left_out: (Vec<String>, Vec<u64>) = Default::default();
        if let Some(seeds) = &selection.seeds {
            left_out.1.extend(experiment.seeds.iter().filter(|seed| !seeds.contains(seed)));
            experiment.seeds.clone_from(seeds);
        }
        if !selection.arms.is_empty() {
            left_out.0.extend(
                experiment.arms.iter().map(|arm| &arm.name).filter(|arm| !selection.arms.contains(arm)).cloned(),
            );
            left_out.0.dedup();
        }
        if let Some(limit) = selection.limit {
            for arm in &mut experiment.arms {
                arm.training = arm.training.limited(limit);
                let steps = arm.training.steps();
                arm.observation.also.retain(|step| *step < steps);
            }
        }
        let chosen = |arm: &Arm| selection.arms.is_empty() || selection.arms.contains(&arm.name);
        let shared: Vec<_> = (experiment.arms.iter())
            .map(|arm| (Arc::new(arm.training.clone()), Arc::new(arm.observation.clone()), exits(&experiment, arm)))
            .collect();
        // Seeds go outermost, so that a study that is stopped early has something of every arm.
        let cells = experiment.seeds.iter().flat_map(|&seed| {
            let arms = experiment.arms.iter().enumerate().zip(&shared).filter(|((_, arm), _)| chosen(arm));
            arms.map(move |((place, arm), (training, observation, exits))| {
                Cell::new((place, &arm.name), seed, training, observation, exits.clone())
            })
        });
        let cells = cells.collect();
        Self { experiment, cells, limit: selection.limit, left_out, not_here: Vec::new() }
    }
}

/// What ends the runs of an arm early, nothing where something asked for needs the rest of them; and what places their exits
/// more finely.
fn exits(experiment: &Experiment, arm: &Arm) -> (Option<Stop>, Option<Refine>) {
    let Some(rule) = &experiment.plateau else { return (None, None) };
    let rest = experiment.figures.iter().any(Figure::needs_the_rest);
    let last = experiment.tables.iter().any(|table| *table != Table::Plateau);
    let stage = rule.stage.as_ref().and_then(|name| arm.training.stages.iter().position(|stage| stage.name == *name));
    let measure = arm.observation.written[rule.measure];
    // Behind the exit from a plateau others may follow, each with an exit of its own.
    let task = arm.observation.measures[measure].kind.task();
    let stairs = task.is_some_and(|task| !arm.training.tasks[task].plateaus.is_empty());
    let site = rule.site;
    let exit = Stop { measure, site, exit: rule.exit, held: rule.held, from: rule.from, to: rule.to, stage };
    let refine = rule.refine.map(|every| Refine { exit: exit.clone(), every });
    ((rule.stop && !rest && !last && !stairs).then_some(exit), refine)
}

impl Cell {
    /// A cell with its keys.
    #[must_use]
    pub fn new(
        (arm, name): (usize, &str),
        seed: u64,
        training: &Arc<Training>,
        observation: &Arc<Observation>,
        (stop, refine): (Option<Stop>, Option<Refine>),
    ) -> Self {
        let mut segments: Vec<Key> = Vec::with_capacity(training.stages.len());
        for place in 0..training.stages.len() {
            let key = Key::of(&identity::segment(seed, training, observation, place, segments.last()));
            segments.push(key);
        }
        let measures = identity::measures(seed, training, observation);
        let by_position = (observation.by_position.as_ref())
            .map(|asked| identity::by_position(seed, training, observation.sequences, asked));
        let key = Key::of(&identity::Reported {
            model: segments.is_empty().then_some(&training.model),
            segments: &segments,
            // How the last stage ends is in no key of a segment.
            end: training.stages.last().map(|_| identity::left(seed, training, observation, training.stages.len() - 1)),
            every: observation.every,
            decade: observation.decade,
            also: &observation.also,
            measures: &measures,
            by_position: by_position.as_ref(),
            stop: stop.as_ref().map(|stop| (&measures[stop.measure], stop)),
            refine: refine.as_ref().map(|refine| (&measures[refine.exit.measure], refine)),
        });
        Self {
            arm,
            name: name.into(),
            seed,
            training: Arc::clone(training),
            observation: Arc::clone(observation),
            key,
            segments,
            measures,
            by_position,
            stop,
            refine,
        }
    }
}
