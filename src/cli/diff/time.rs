//! How long the work of a difference takes on this machine, by the pace of the cells' own shapes.

use crate::cli::estimate::Estimate;
use crate::diff::{Costs, Difference, Side};
use crate::plan::{Plan, Selection};

/// Times the experiments of both sides, about a second each, and gives every cost its seconds.
pub fn take(difference: &mut Difference, old: &Side, new: &Side) {
    for study in &mut difference.studies {
        let [before, after] = [(old, &study.old), (new, &study.new)].map(|(side, name)| rate(side, name.as_deref()));
        timed(&mut study.before, before);
        timed(&mut study.after, after);
        timed(&mut study.to_run, after);
    }
}

/// Operations a second of an experiment on all cores, where it is there and can be timed.
fn rate(side: &Side, name: Option<&str>) -> Option<f64> {
    let experiment = side.program.experiments.iter().find(|experiment| Some(experiment.name.as_str()) == name)?;
    let estimate = Estimate::of(&Plan::new(experiment.clone(), &Selection::default()), None, true);
    let time = estimate.time?;
    Some(estimate.sharing.together.1 / time.most.max(f64::MIN_POSITIVE))
}

fn timed(costs: &mut Costs, rate: Option<f64>) {
    costs.seconds = rate.map(|rate| costs.flops / rate);
}
