//! Exact Bayes predictors of tasks whose latents can be listed: the posterior over finite latents, and the posterior
//! mean over a pool under normal noise.

mod affine;
mod elements;
mod hypotheses;
mod posterior_mean;

pub use posterior_mean::{posterior_mean, posterior_means, weighs_side_by_side};

use super::error::{Error, Result};
use super::predictors::{score_law, squared_error};
use super::sampler::{Sample, Sampler};
use crate::program::task::{Law, NodeId, Op, Task};
use hypotheses::{Hypotheses, latent};

/// Scores of a predictor at every position, averaged over sequences.
#[derive(Clone, Debug, PartialEq)]
pub struct ByPosition {
    /// Share of correct labels; a tie counts as the share that guessing among the tied gives. Empty for real targets.
    pub accuracy: Vec<f64>,
    /// Mean negative log likelihood, in nats, or mean squared error.
    pub loss: Vec<f64>,
}

/// Who takes what is predicted of a position of a sequence, by their places: a law over labels, which need not add up to
/// 1, or the numbers of a real target.
pub type Told<'t> = dyn FnMut(usize, usize, &[f64]) + 't;

impl ByPosition {
    /// The scores of what somebody predicts of every position of every sequence.
    ///
    /// # Errors
    /// Those of the predictions.
    pub fn scored(task: &Task, drawn: &Sample, predict: impl FnOnce(&mut Told<'_>) -> Result<()>) -> Result<Self> {
        let target = drawn.of(task.target);
        let length = task.length;
        let mut total = Self { accuracy: vec![0.0; if task.real { 0 } else { length }], loss: vec![0.0; length] };
        predict(&mut |sequence, position, predicted| {
            let truth = target.at(sequence, position);
            if task.real {
                total.loss[position] += squared_error(predicted, truth, truth.len())[0];
            } else {
                let score = score_law(predicted, truth[0] as usize);
                total.accuracy[position] += score.accuracy;
                total.loss[position] += score.loss;
            }
        })?;
        let count = drawn.sequences.max(1) as f64;
        total.accuracy.iter_mut().chain(&mut total.loss).for_each(|value| *value /= count);
        Ok(total)
    }
}

/// How likely a target is under each hypothesis.
enum Likelihood {
    /// It is what the hypothesis says.
    Certain(NodeId),
    /// It is 1 with a probability.
    Truth(NodeId),
    /// It is drawn with these probabilities.
    Labels(NodeId),
}

impl Likelihood {
    fn of(task: &Task) -> Self {
        match &task.nodes[task.target].op {
            Op::Draw { law: Law { name, args, .. }, pool: None, first: None, .. } => match (name.as_str(), &args[..]) {
                ("bernoulli", [Some(p)]) => Self::Truth(*p),
                ("categorical", [Some(p)]) => Self::Labels(*p),
                _ => Self::Certain(task.target),
            },
            _ => Self::Certain(task.target),
        }
    }

    fn node(&self) -> NodeId {
        let (Self::Certain(node) | Self::Truth(node) | Self::Labels(node)) = self;
        *node
    }

    /// The probability of a label where a hypothesis says this.
    fn at(&self, said: &[f64], label: usize) -> f64 {
        match self {
            Self::Certain(_) => f64::from(u8::from(said[0] as usize == label)),
            Self::Truth(_) => [1.0 - said[0], said[0]][label],
            Self::Labels(_) => said[label],
        }
    }
}

/// The exact Bayes predictor of a task whose per-sequence latents are finite: hypotheses are weighed by their prior and
/// by how likely each makes the targets so far. The task must be [`Task::tractable`].
///
/// # Errors
/// Latents that cannot be listed.
pub fn posterior(sampler: &Sampler<'_>, drawn: &Sample) -> Result<ByPosition> {
    ByPosition::scored(sampler.task, drawn, |told| posterior_laws(sampler, drawn, told))
}

/// The laws that this predictor gives.
///
/// # Errors
/// Latents that cannot be listed.
pub fn posterior_laws(sampler: &Sampler<'_>, drawn: &Sample, told: &mut Told<'_>) -> Result<()> {
    let task = sampler.task;
    task.tractable().map_err(|reason| Error::NotRun(format!("the posterior of {}: {reason}", task.title)))?;
    let likelihood = Likelihood::of(task);
    let latents = task.latents().into_iter().map(|node| latent(sampler, node)).collect::<Result<Vec<_>>>()?;
    let mut hypotheses = Hypotheses::new(sampler, latents, likelihood.node());
    for sequence in 0..drawn.sequences {
        hypotheses.begin();
        for position in 0..task.length {
            let truth = drawn.of(task.target).label(sequence, position) as usize;
            hypotheses.look(drawn, sequence, position)?;
            let mut law = vec![0.0; task.outcomes()];
            for (place, weight) in hypotheses.weights.iter().enumerate() {
                let said = hypotheses.said().at(place, 0);
                match &likelihood {
                    Likelihood::Certain(_) => law[said[0] as usize] += weight,
                    other => law.iter_mut().enumerate().for_each(|(label, p)| *p += weight * other.at(said, label)),
                }
            }
            told(sequence, position, &law);
            hypotheses.learn(|said| likelihood.at(said, truth));
        }
    }
    Ok(())
}
