//! How far a cell is along its chain, and what it still needs of the segment that it is in. Everything is read off the
//! records of segments, so that a run that goes on decides as the one that was killed would have.

use crate::plan::{Cell, Key, Stop};
use crate::program::training::{Guard, Training};
use crate::stats;
use crate::store::{Curve, Evaluated};
use std::sync::Arc;

/// How a cell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The step after its last.
    pub step: u64,
    pub diverged: bool,
    /// Whether that was before its last planned step, its exit being confirmed.
    pub stopped: bool,
}

/// A cell on its way.
#[derive(Clone)]
pub struct Course<'a> {
    pub cell: &'a Cell,
    /// With the stages so far as they ended.
    pub training: Arc<Training>,
    /// The stage that it is in.
    pub stage: usize,
    /// The segments behind it, each with the step after its last.
    pub behind: Vec<(Key, u64)>,
    pub end: Option<End>,
    /// The last evaluation that was looked at in this stage.
    looked: Option<u64>,
    /// The step after the last of this stage, once that is decided.
    left: Option<u64>,
    guarded: Vec<f64>,
    exit: Option<ToExit>,
}

/// The measure whose exit ends a run early, or is placed more finely, so far.
#[derive(Clone)]
struct ToExit {
    of: Stop,
    /// Whether the run ends once the exit is confirmed.
    ends: bool,
    /// Steps between the finer evaluations that place it.
    finer: Option<u64>,
    curve: stats::Curve,
    /// From which step to which they are made, once no later evaluation can change that; nothing is where `from` is beyond.
    window: Option<(u64, u64)>,
}

/// What a cell needs next.
#[derive(Clone, Debug, PartialEq)]
pub enum Need {
    /// Values after a step: of the measures with these keys, and its loss by position.
    Values { step: u64, keys: Vec<Key>, by_position: bool },
    /// That the stage is at its end, with a checkpoint there.
    Left { step: u64 },
}

impl Need {
    /// The step that it is about.
    pub fn step(&self) -> u64 {
        match self {
            Self::Values { step, .. } | Self::Left { step } => *step,
        }
    }
}

/// The blind and the ideal level of a measure, by its key.
pub type LevelsOf<'l> = &'l dyn Fn(&Key) -> (Option<f64>, Option<f64>);

/// Evaluations behind an exit, and before it, whose checkpoints may be gone back to while it is not settled.
const BEHIND: usize = 6;

impl<'a> Course<'a> {
    pub fn new(cell: &'a Cell) -> Self {
        let (ends, refine) = (cell.stop.is_some(), cell.refine.as_ref());
        let of = cell.stop.as_ref().or(refine.map(|refine| &refine.exit)).cloned();
        let finer = refine.map(|refine| refine.every);
        let exit = of.map(|of| ToExit { of, ends, finer, curve: stats::Curve::default(), window: None });
        let training = Arc::clone(&cell.training);
        let end = training.stages.is_empty().then_some(End { step: 0, diverged: false, stopped: false });
        Self { cell, training, stage: 0, behind: Vec::new(), end, looked: None, left: None, guarded: Vec::new(), exit }
    }

    /// The step at which its stage begins, and the step after its last at the latest.
    pub fn span(&self) -> (u64, u64) {
        let stage = &self.training.stages[self.stage];
        (stage.from, stage.until)
    }

    /// The guard of its stage, with the key of what it looks at.
    pub fn guard(&self) -> Option<(&Guard, Key)> {
        let guard = self.training.stages[self.stage].guard.as_ref()?;
        let (seed, observation) = (self.cell.seed, &self.cell.observation);
        Some((guard, crate::plan::identity::looked_at(seed, &self.cell.training, observation, guard)))
    }

    /// Whether no stage comes behind this one, as far as is known.
    fn last(&self) -> bool {
        self.training.stages[self.stage + 1..].iter().all(|stage| stage.from == stage.until)
    }

    /// Whether the run ends with this stage, once it is known when that does.
    pub fn ends(&self) -> bool {
        self.end.is_some() || self.last()
    }

    /// What it needs next of its segment; none where its stage is behind it.
    pub fn need(&mut self, curve: &Curve, levels: LevelsOf<'_>) -> Option<Need> {
        let (from, until) = self.span();
        let guard = self.guard().map(|(guard, key)| (guard.clone(), key));
        while self.left.is_none() {
            let total = self.training.steps();
            let next = match self.looked {
                None if from == 0 => 0,
                looked => self.cell.observation.next(looked.unwrap_or(from), total.max(until)),
            };
            let last = self.last() && guard.is_none();
            // The end of a run is looked at, whether or not it is due.
            let due = next < until || next == until && (last || self.cell.observation.due(until, u64::MAX));
            let ahead = if due { next } else { until };
            if let Some(step) = curve.diverged.filter(|step| *step <= ahead) {
                self.end = Some(End { step, diverged: true, stopped: false });
                self.left = Some(step);
                break;
            }
            if !due {
                self.left = Some(until);
                break;
            }
            let point = curve.points.get(&next);
            if let Some(need) = self.values(next, point, guard.as_ref().map(|(_, key)| key), false) {
                return Some(need);
            }
            self.looked = Some(next);
            let Some(point) = point else { continue };
            let aside = !(next == until && self.last()) && self.cell.observation.aside(next);
            // What was measured at the entry was not trained by this stage.
            if let Some((guard, key)) = guard.as_ref().filter(|_| next > from && !aside) {
                self.guarded.push(value(point, key, None));
                if guard.holds(&self.guarded) {
                    self.left = Some(next);
                }
            }
            if !aside && self.exits(next, point, levels) {
                self.end = Some(End { step: next, diverged: false, stopped: next < total });
                self.left = Some(next);
            }
            if next == until {
                self.left = Some(until);
            }
        }
        let left = self.left?;
        if self.end.is_none() {
            if self.training.stages[self.stage].until != left {
                self.training = Arc::new(self.training.ended(self.stage, left));
            }
            if self.last() {
                // Of a run that a guard ended the last evaluation is made there.
                let point = curve.points.get(&left);
                if let Some(need) = self.values(left, point, None, true) {
                    return Some(need);
                }
                if let Some(point) = point {
                    self.exits(left, point, levels);
                }
            }
        }
        // The weights of a model that is not trained lie where they came from.
        let kept = self.cell.training.steps() > 0 && !self.end.is_some_and(|end| end.diverged);
        kept.then_some(Need::Left { step: left })
    }

    /// The values that are missing after a step.
    fn values(&self, step: u64, point: Option<&Evaluated>, guard: Option<&Key>, end: bool) -> Option<Need> {
        let known = |key: &&Key| point.is_some_and(|point| point.values.contains_key(key.as_str()));
        let keys: Vec<Key> = self.cell.measures.iter().chain(guard).filter(|key| !known(key)).cloned().collect();
        let asked = self.cell.by_position.as_ref().filter(|_| end);
        let by_position =
            asked.is_some_and(|key| !point.is_some_and(|point| point.by_position.contains_key(key.as_str())));
        (!keys.is_empty() || by_position).then_some(Need::Values { step, keys, by_position })
    }

    /// Adds a value to the curve whose exit is looked for, and says whether that is confirmed and ends the run.
    fn exits(&mut self, step: u64, point: &Evaluated, levels: LevelsOf<'_>) -> bool {
        let rule = self.rule(levels);
        let Some(exit) = &mut self.exit else { return false };
        // The last evaluation of a run that a guard ended may have been looked at before.
        if exit.curve.steps.last().is_none_or(|last| *last < step as f64) {
            exit.curve.steps.push(step as f64);
            exit.curve.values.push(value(point, &self.cell.measures[exit.of.measure], exit.of.site));
        }
        let Some(rule) = rule.filter(|_| exit.ends || exit.window.is_none()) else { return false };
        let settled = stats::settled(&exit.curve, &rule).unwrap_or(false);
        if let (true, Some(finer)) = (settled && exit.window.is_none(), exit.finer) {
            let window = stats::window(&exit.curve, &rule, finer).ok().flatten();
            exit.window = Some(window.map_or((u64::MAX, 0), |window| (window.low, window.high)));
        }
        settled && exit.ends
    }

    /// The rule of the exit that is looked for; none before the stage that its time counts from.
    fn rule(&self, levels: LevelsOf<'_>) -> Option<stats::Rule> {
        let of = &self.exit.as_ref()?.of;
        let known = levels(&self.cell.measures[of.measure]);
        let blind = of.from.or(known.0).unwrap_or(f64::NAN);
        let ideal = of.to.or(known.1).unwrap_or(f64::NAN);
        let from = of.stage.map_or(Some(0), |at| (at <= self.stage).then(|| self.training.stages[at].from))?;
        Some(stats::Rule { blind, ideal, exit: of.exit, held: of.held, from: from as f64 })
    }

    /// Whether its stage is behind it and no other follows, so that all of its curve is there.
    pub fn over(&self) -> bool {
        self.left.is_some() && self.ends()
    }

    /// The finer evaluations that place its exit, once it is over: their steps in order, and the key of the measure. None
    /// where there is no exit to place.
    pub fn finer(&self, levels: LevelsOf<'_>) -> Option<(Vec<u64>, Key)> {
        let exit = self.exit.as_ref()?;
        let window = stats::window(&exit.curve, &self.rule(levels)?, exit.finer?).ok().flatten()?;
        Some((window.steps().collect(), self.cell.measures[exit.of.measure].clone()))
    }

    /// The stages that it went through, each with the step at which it began and the step after its last.
    pub fn spans(&self) -> Vec<(u64, u64)> {
        let ends: Vec<u64> = self.behind.iter().map(|(_, left)| *left).chain(self.left).collect();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts.zip(ends.iter().copied()).collect()
    }

    /// Whether what it needs next may depend on what an evaluation gives: where a guard may end its stage, or an exit is
    /// looked for. Else evaluations can be made while it goes on.
    pub fn decides(&self) -> bool {
        self.exit.is_some() || self.guard().is_some()
    }

    /// Whether an exit may come that is to be placed more finely, so that every evaluation keeps a checkpoint to go back to.
    pub fn awaits(&self) -> bool {
        self.exit.as_ref().is_some_and(|exit| exit.finer.is_some() && exit.window.is_none())
    }

    /// From which step on, and up to which, checkpoints are needed to place its exit, the last before that step among them.
    pub fn protected(&self) -> Option<(u64, u64)> {
        let exit = self.exit.as_ref()?;
        let finer = exit.finer?;
        let steps = &exit.curve.steps;
        let back = steps.len().saturating_sub(exit.of.held + BEHIND);
        let open = || (steps.get(back).map_or(0, |step| *step as u64).saturating_sub(2 * finer), u64::MAX);
        Some(exit.window.unwrap_or_else(open)).filter(|(low, high)| low <= high)
    }

    /// Goes on to the next stage, or ends, once nothing more is needed of this one.
    pub fn leave(&mut self) {
        let Some(left) = self.left.take() else { return };
        self.behind.push((self.cell.segments[self.stage].clone(), left));
        if self.end.is_some() {
            return;
        }
        if self.last() {
            self.end = Some(End { step: left, diverged: false, stopped: false });
            return;
        }
        self.stage += 1;
        self.guarded.clear();
        // The evaluation at the entry belongs to the stage before.
        self.looked = None;
    }
}

/// A value of a point, at a site where it has many; what is not finite is NaN.
fn value(point: &Evaluated, key: &Key, site: Option<usize>) -> f64 {
    point.values.get(key.as_str()).and_then(|value| value.at(site)).unwrap_or(f64::NAN)
}
