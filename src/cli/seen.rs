//! A plan with the curves that it has, as reports see them.

use crate::plan::Plan;
use crate::program::Experiment;
use crate::report::along;
use crate::report::study::{CellCurve, Study};
use std::borrow::Cow;

/// The experiment of a plan with its curves; models that exist are laid along the axis on which they stand.
pub struct Seen<'a> {
    pub experiment: Cow<'a, Experiment>,
    cells: Cow<'a, [CellCurve]>,
    /// Arms that were asked for, by place, ascending.
    arms: Vec<usize>,
    limit: Option<u64>,
    /// What of the program was not asked for, or is not there.
    pub left_out: Vec<String>,
}

impl<'a> Seen<'a> {
    pub fn of(plan: &'a Plan, cells: &'a [CellCurve]) -> Self {
        let (experiment, cells, mut arms): (_, _, Vec<usize>) = match along::gathered(&plan.experiment, cells) {
            None => {
                let arms = plan.cells.iter().map(|cell| cell.arm).collect();
                (Cow::Borrowed(&plan.experiment), Cow::Borrowed(cells), arms)
            }
            Some((experiment, curves)) => {
                let arms = curves.iter().map(|curve| curve.arm).collect();
                (Cow::Owned(experiment), Cow::Owned(curves), arms)
            }
        };
        arms.sort_unstable();
        arms.dedup();
        Self { experiment, cells, arms, limit: plan.limit, left_out: left_out(plan) }
    }

    /// The experiment at each point of its sweep.
    pub fn studies(&self) -> Vec<Study<'_>> {
        let mut studies: Vec<Study<'_>> = Vec::new();
        for &arm in &self.arms {
            let point = self.experiment.arms[arm].point;
            match studies.last_mut().filter(|study| study.point == point) {
                Some(study) => study.arms.push(arm),
                None => studies.push(Study {
                    experiment: &self.experiment,
                    point,
                    arms: vec![arm],
                    cells: &self.cells,
                    limit: self.limit,
                    left_out: &self.left_out,
                }),
            }
        }
        studies
    }
}

/// What of the program was not asked for, or is not there, in words.
fn left_out(plan: &Plan) -> Vec<String> {
    let (arms, seeds) = &plan.left_out;
    let mut told = Vec::new();
    if !arms.is_empty() {
        told.push(format!("Not asked for: arm {}.", arms.join(", ")));
    }
    if !seeds.is_empty() {
        let seeds: Vec<String> = seeds.iter().map(ToString::to_string).collect();
        told.push(format!("Not asked for: seed {} of the program.", seeds.join(", ")));
    }
    match plan.not_here.as_slice() {
        [] => {}
        [one] => told.push(format!("Not here: the model in {one}.")),
        [first, .., last] => told.push(format!("Not here: {} models, {first} to {last}.", plan.not_here.len())),
    }
    told
}
