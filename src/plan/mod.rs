//! Program to cells: every arm with every seed, with its identity and its cost.

pub mod budget;
pub mod cost;
pub mod identity;

use crate::program::training::{Observation, Training};
use crate::program::{Arm, Experiment};
pub use budget::Budget;
pub use cost::Cost;
pub use identity::Key;

/// One training run of a study.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Place of the arm in [`Plan::arms`].
    pub arm: usize,
    pub name: String,
    pub seed: u64,
    pub training: Training,
    pub observation: Observation,
    pub key: Key,
}

/// What is to be run of an experiment.
#[derive(Clone, Debug)]
pub struct Plan {
    pub experiment: Experiment,
    pub cells: Vec<Cell>,
    /// Every cell ends after so many steps, as a trial.
    pub limit: Option<u64>,
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
                let names: Vec<&str> = experiment.arms.iter().map(|arm| arm.name.as_str()).collect();
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
        Cost::of(&cell.training, &cell.observation, self.experiment.keep)
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
        if let Some(seeds) = &selection.seeds {
            experiment.seeds.clone_from(seeds);
        }
        if let Some(limit) = selection.limit {
            for arm in &mut experiment.arms {
                arm.training = arm.training.limited(limit);
            }
        }
        let chosen = |arm: &Arm| selection.arms.is_empty() || selection.arms.contains(&arm.name);
        // Seeds go outermost, so that a study that is stopped early has something of every arm.
        let cells = experiment.seeds.iter().flat_map(|&seed| {
            experiment.arms.iter().enumerate().filter(|(_, arm)| chosen(arm)).map(move |(place, arm)| Cell {
                arm: place,
                name: arm.name.clone(),
                seed,
                key: Key::of(seed, &arm.training, &arm.observation),
                training: arm.training.clone(),
                observation: arm.observation.clone(),
            })
        });
        let cells = cells.collect();
        Self { experiment, cells, limit: selection.limit }
    }
}
