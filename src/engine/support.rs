//! What of a program this engine runs. The checker says so with a place; this is the same said of resolved values, so
//! that nothing else is ever trained in the place of what was asked for.

use super::error::{Error, Result};
use crate::program::model::{Place, Site};
use crate::program::task::{Form, Task};
use crate::program::training::{MeasureKind, Observation, Optimizer, TermKind, Training};

/// `Ok` where every part of a cell is run.
///
/// # Errors
/// Names the first part that is not.
pub fn runs(training: &Training, observation: &Observation) -> Result<()> {
    training.tasks.iter().try_for_each(task)?;
    need(training.steps() == 0 || !matches!(training.optimizer, Optimizer::None), "training without an optimizer")?;
    for kind in training.readers() {
        if let TermKind::Head { site, place, .. } = kind {
            let known = matches!(site, Site::Residual(_) | Site::AttentionOut(_) | Site::MlpOut(_) | Site::Output);
            need(known && !matches!(place, Place::Field(_)), "a read-out loss at this site")?;
        }
    }
    for stage in &training.stages {
        let mut kinds = stage.train.iter().map(|(task, _)| training.tasks[*task].real);
        let first = kinds.next();
        need(kinds.all(|kind| Some(kind) == first), "a mixture of tasks with labels and with real targets")?;
    }
    for measure in &observation.measures {
        let known = match &measure.kind {
            MeasureKind::Score { .. } | MeasureKind::Distance { .. } => true,
            MeasureKind::Probe { place, .. } => !matches!(place, Place::Field(_)),
            MeasureKind::Inside { .. } => true,
        };
        need(known, &format!("the measure `{}`", measure.name))?;
    }
    Ok(())
}

/// Whether a task has a form that is sampled; the sampler says which line is not.
fn task(task: &Task) -> Result<()> {
    let text = matches!(task.form, Form::Text { .. });
    need(!text || !task.vocabulary.is_empty(), &format!("the texts of {}", task.title))
}

fn need(holds: bool, what: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::NotRun(what.into())) }
}
