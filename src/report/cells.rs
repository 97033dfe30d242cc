//! What figures read off the cells of an experiment: values of runs, levels, and what they are called.

use super::figure::{Level, Mark};
use super::study::CellCurve;
use crate::engine::measure::{Levels, Point};
use crate::program::figure::{Moment, Shown};
use crate::program::training::{MeasureKind, Score};
use crate::program::{Experiment, PlateauRule};
use crate::stats;

/// The curves of an experiment, with the arms that are looked at.
#[derive(Clone, Copy)]
pub struct Cells<'a> {
    pub experiment: &'a Experiment,
    pub all: &'a [CellCurve],
    /// Arms by their places.
    pub arms: &'a [usize],
    /// Set where every cell was cut short on purpose.
    pub limit: Option<u64>,
}

impl<'a> Cells<'a> {
    /// The cells of an arm.
    pub fn of(self, arm: usize) -> impl Iterator<Item = &'a CellCurve> {
        self.all.iter().filter(move |cell| cell.arm == arm)
    }

    /// What curves run over: the steps of a training, or what models that exist stand along.
    pub fn time(self) -> String {
        let axis = self.experiment.along.as_ref();
        axis.map_or_else(|| "training steps".into(), |axis| axis.replace('_', " "))
    }

    /// What a measure is called.
    pub fn name(self, shown: Shown) -> String {
        let name = &self.experiment.arms[0].observation.measure(shown.measure).name;
        shown.site.map_or_else(|| name.clone(), |site| format!("{name}[{site}]"))
    }

    /// What a measure is a number of.
    pub fn quantity(self, measure: usize) -> String {
        let arm = &self.experiment.arms[0];
        let at = arm.observation.measure(measure);
        match &at.kind {
            MeasureKind::Score { score: Score::Accuracy, .. } => "accuracy".into(),
            MeasureKind::Score { score: Score::CrossEntropy, .. } => "cross-entropy, nats".into(),
            MeasureKind::Score { score: Score::SquaredError, .. } => "squared error".into(),
            MeasureKind::Score { score: Score::Progress, .. } => "progress".into(),
            MeasureKind::Probe { task, nodes, .. } => {
                let of = arm.training.tasks.get(*task);
                let labels = |node: &usize| of.is_none_or(|task| !task.nodes[*node].labels.is_empty());
                if nodes.iter().all(labels) { "accuracy".into() } else { "squared error".into() }
            }
            MeasureKind::Distance { task, .. } => match arm.training.tasks.get(*task) {
                Some(task) if task.real => "mean squared difference".into(),
                _ => "mean KL divergence, nats".into(),
            },
            MeasureKind::Inside { .. } => at.name.replace('_', " "),
        }
    }

    /// The levels that some arms share: of a measure, and for a probe what it was before training, by which it is told
    /// whether training took something away. A level that differs between the arms is none of the panel.
    pub fn levels(self, arms: &[usize], shown: Shown) -> Vec<Level> {
        let probe =
            matches!(self.experiment.arms[0].observation.measure(shown.measure).kind, MeasureKind::Probe { .. });
        let known: Vec<Vec<&Levels>> =
            arms.iter().map(|&arm| self.of(arm).filter_map(|cell| cell.levels.get(shown.measure)).collect()).collect();
        let shared = |of: &dyn Fn(&Levels) -> Option<f64>| -> Option<f64> {
            let each: Vec<f64> = known
                .iter()
                .filter_map(|levels| stats::median(&levels.iter().filter_map(|level| of(level)).collect::<Vec<_>>()))
                .collect();
            let (low, high) = (stats::quantile(&each, 0.0)?, stats::quantile(&each, 1.0)?);
            (high - low <= 0.02 * high.abs().max(low.abs())).then(|| stats::median(&each)).flatten()
        };
        let mut levels = Vec::new();
        let mut level = |label: String, value: Option<f64>| levels.extend(value.map(|value| Level { label, value }));
        level(if probe { "chance" } else { "blind" }.into(), shared(&|levels| levels.blind));
        level("ideal".into(), shared(&|levels| levels.ideal));
        let stairs = known.iter().flatten().map(|levels| levels.stairs.len()).max().unwrap_or(0);
        for place in 0..stairs {
            let label = if stairs > 1 { format!("plateau {}", place + 1) } else { "plateau".into() };
            level(label, shared(&|levels| levels.stairs.get(place).copied().flatten()));
        }
        if probe {
            let first: Vec<f64> = arms
                .iter()
                .flat_map(|&arm| self.of(arm))
                .filter_map(|cell| value(cell.points.first().filter(|point| point.step == 0)?, shown))
                .collect();
            level("step 0".into(), stats::median(&first));
        }
        levels
    }

    /// Where arms change their stage; `named` says whose stage it is, where several are looked at.
    pub fn marks(self, arms: &[usize]) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        for &place in arms {
            let arm = &self.experiment.arms[place];
            // Where a guard ends a stage, every run changes it at a step of its own.
            let fixed = arm.training.stages.iter().take_while(|stage| stage.guard.is_none()).count();
            for stage in arm.training.stages.iter().take(fixed + 1).skip(1) {
                let mark = Mark { label: format!("{}: {}", arm.name, stage.name), x: stage.from as f64 };
                if !marks.contains(&mark) {
                    marks.push(mark);
                }
            }
        }
        marks
    }

    /// The value of a run at a time: the evaluation there, or the last one.
    pub fn at(self, cell: &CellCurve, shown: Shown, at: Option<Moment>) -> Option<f64> {
        let point = match at {
            None if cell.finished => cell.points.last(),
            None => None,
            Some(moment) => {
                let step = moment.step(self.experiment.arms[cell.arm].training.epoch())?;
                cell.points.iter().find(|point| point.step == step)
            }
        };
        value(point?, shown)
    }

    /// When a run left its plateau, or was last seen on it, and whether it was cut off; none of one that is not finished.
    ///
    /// # Errors
    /// If the plateau has no two different levels.
    pub fn exit(self, cell: &CellCurve, rule: &PlateauRule) -> Result<Option<(f64, bool)>, stats::StatsError> {
        if !cell.finished {
            return Ok(None);
        }
        let run = super::study::run(self.experiment, cell, rule)?;
        let run = stats::Run::new(run.seed, &run.plateau, run.horizon);
        Ok(Some((run.time, !run.escaped)))
    }

    /// What is said of a study whose runs were cut short.
    pub fn trial(self) -> String {
        self.limit.map_or(String::new(), |limit| format!(" (a trial of {} steps)", super::number::count(limit)))
    }
}

/// A value of an evaluation that is finite.
pub fn value(point: &Point, shown: Shown) -> Option<f64> {
    let value = match shown.site {
        None => point.values.get(shown.measure).copied().flatten(),
        Some(site) => point.parts.get(shown.measure).and_then(|parts| parts.get(site)).copied(),
    };
    value.filter(|value| value.is_finite())
}

/// A time in words: `50 epochs`.
pub fn moment(at: Moment) -> String {
    let unit = if at.epochs { "epoch" } else { "step" };
    let many = if at.amount == 1.0 { "" } else { "s" };
    let amount = if at.amount.fract() == 0.0 { super::number::count(at.amount as u64) } else { at.amount.to_string() };
    format!("{amount} {unit}{many}")
}
