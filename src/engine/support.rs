//! What of a program this engine runs. The checker says so with a place; this is the same said of resolved values, so
//! that nothing else is ever trained in the place of what was asked for.

use super::error::{Error, Result};
use crate::program::model::{Norm, Positions, Site, Sublayer};
use crate::program::task::{Form, Op, Reference, Scope, Scored, Task};
use crate::program::training::{MeasureKind, Observation, Optimizer, Rate, Reader, Score, TermKind, Training};

/// `Ok` where every part of a cell is run.
///
/// # Errors
/// Names the first part that is not.
pub fn runs(training: &Training, observation: &Observation) -> Result<()> {
    model(training)?;
    training.tasks.iter().try_for_each(task)?;
    let constant = match &training.optimizer {
        Optimizer::Adam { lr, .. } | Optimizer::Adamw { lr, .. } | Optimizer::Sgd { lr, .. } => lr.constant().is_some(),
        Optimizer::None => false,
    };
    need(constant, "an optimizer whose learning rate changes")?;
    need(training.interventions.is_empty(), "interventions")?;
    for term in &training.loss {
        need(matches!(term.weight, Rate::Constant(_)), "a loss weight that changes")?;
        need(!matches!(term.kind, TermKind::Head { .. }), "a read-out loss with a head of its own")?;
    }
    for stage in &training.stages {
        let lengths: Vec<usize> = stage.train.iter().map(|(task, _)| training.tasks[*task].length).collect();
        need(lengths.windows(2).all(|pair| pair[0] == pair[1]), "a mixture of tasks of different lengths")?;
        need(stage.guard.is_none() && stage.loss.is_none(), "guards and losses of stages")?;
    }
    need(observation.decade.is_none(), "evaluations spaced by decades")?;
    for measure in &observation.measures {
        let known = match &measure.kind {
            MeasureKind::Score { score, only, under, .. } => {
                matches!(score, Score::Accuracy | Score::CrossEntropy) && only.is_none() && under.is_none()
            }
            MeasureKind::Probe { site, place, nodes, reader, .. } => {
                matches!(site, Site::Residual(_) | Site::Output)
                    && place.input()
                    && nodes.len() == 1
                    && matches!(reader, Reader::Linear { .. })
            }
            MeasureKind::Inside { .. } => false,
        };
        need(known, &format!("the measure `{}`", measure.name))?;
    }
    Ok(())
}

fn model(training: &Training) -> Result<()> {
    let model = &training.model;
    need(matches!(model.positions, Positions::Learned | Positions::None), "these positions")?;
    need(matches!(model.norm, Norm::Pre | Norm::None), "norm after sublayers")?;
    let plain = model.dropout == 0.0 && !model.tied && model.init.is_none();
    need(plain && model.tokenizer.is_none() && model.pretrained.is_none(), "this model")?;
    for block in &model.blocks {
        let plain = match block {
            Sublayer::Attention { linear, dropout, .. } => !linear && *dropout == 0.0,
            Sublayer::Mlp { dropout, .. } => *dropout == 0.0,
        };
        need(plain, "this sublayer")?;
    }
    Ok(())
}

fn task(task: &Task) -> Result<()> {
    let plain = task.form == Form::Pairs && !task.real && task.score == Scored::All;
    need(plain && !task.fresh && task.ramps.is_empty(), &format!("the task {}", task.title))?;
    need(matches!(task.nodes[task.input].op, Op::Embedding { .. }), "an input other than an embedding")?;
    for node in &task.nodes {
        let sampled = match &node.op {
            Op::Uniform { .. } | Op::Permutations { .. } | Op::Rows { .. } => node.scope != Scope::Run,
            Op::Constant(_) | Op::Attributes { .. } | Op::Embedding { .. } | Op::Gather { .. } => true,
            _ => false,
        };
        need(sampled, &format!("a draw or function of {}", task.title))?;
    }
    for reference in [&task.blind, &task.ideal].into_iter().flatten() {
        need(matches!(reference, Reference::Levels { .. } | Reference::Posterior), "this reference")?;
    }
    need(task.plateaus.is_empty(), "a staircase of plateaus")
}

fn need(holds: bool, what: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::NotRun(what.into())) }
}
