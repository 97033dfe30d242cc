//! A study of models that exist, seen along the axis on which they stand: each model is a cell of its own with one evaluation;
//! laid out by the axis they are the curve of one run, of which plateaus, tables and figures are made as of any other.

use super::study::CellCurve;
use crate::engine::measure::Point;
use crate::program::figure::{Axis, Figure, Quantity};
use crate::program::{Arm, Experiment};

/// Where an arm of a point stands: which of the arms without the axis it belongs to, and its value on it.
#[derive(Clone, Copy)]
struct Stand {
    arm: usize,
    value: u64,
}

/// The experiment and its curves along the axis; none where it has no such axis.
#[must_use]
pub fn gathered(experiment: &Experiment, cells: &[CellCurve]) -> Option<(Experiment, Vec<CellCurve>)> {
    let axis = experiment.along.as_deref()?;
    let mut whole = Experiment { arms: Vec::new(), points: Vec::new(), numbers: Vec::new(), ..experiment.clone() };
    let mut stands: Vec<Option<Stand>> = Vec::with_capacity(experiment.arms.len());
    for arm in &experiment.arms {
        let (bound, numbers) = (&experiment.points[arm.point], &experiment.numbers[arm.point]);
        let place = bound.iter().position(|(name, _)| name == axis)?;
        let value = numbers[place]? as u64;
        let without = |at: usize| at != place;
        let rest: Vec<(String, String)> =
            bound.iter().enumerate().filter(|(at, _)| without(*at)).map(|(_, bound)| bound.clone()).collect();
        let point = whole.points.iter().position(|known| *known == rest).unwrap_or_else(|| {
            whole.points.push(rest);
            whole.numbers.push((0..numbers.len()).filter(|&at| without(at)).map(|at| numbers[at]).collect());
            whole.points.len() - 1
        });
        let known = whole.arms.iter().position(|known| known.point == point && known.name == arm.name);
        let known = known.unwrap_or_else(|| {
            whole.arms.push(Arm { point, ..arm.clone() });
            whole.arms.len() - 1
        });
        if let Some(stage) = whole.arms[known].training.stages.last_mut() {
            stage.until = stage.until.max(value);
        }
        stands.push(Some(Stand { arm: known, value }));
    }
    let mut curves: Vec<CellCurve> = Vec::new();
    for cell in cells {
        let Some(Stand { arm, value }) = stands[cell.arm] else { continue };
        let last = cell.points.last().map(|point| Point { step: value, ..point.clone() });
        match curves.iter_mut().find(|known| known.arm == arm && known.seed == cell.seed) {
            Some(known) => {
                known.points.extend(last);
                known.finished &= cell.finished;
                if known.levels.is_empty() {
                    known.levels.clone_from(&cell.levels);
                }
            }
            None => {
                curves.push(CellCurve { arm, points: last.into_iter().collect(), fine: Vec::new(), ..cell.clone() });
            }
        }
    }
    for curve in &mut curves {
        curve.points.sort_by_key(|point| point.step);
    }
    for figure in &mut whole.figures {
        if let Figure::Against { quantities, knob, each } = figure
            && knob == axis
        {
            let shown = quantities.iter().filter_map(|quantity| match quantity {
                Quantity::Value { shown, .. } => Some(*shown),
                Quantity::Exit => None,
            });
            *figure = Figure::Curves { shown: shown.collect(), by: Axis::Arm, each: each.clone() };
        }
    }
    Some((whole, curves))
}
