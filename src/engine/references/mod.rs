//! Exact Bayes predictors of tasks whose latents can be listed: the posterior over finite latents, and the posterior
//! mean over a pool under normal noise.

mod affine;
mod elements;
mod hypotheses;
mod posterior_mean;

pub use posterior_mean::{posterior_mean, weighs_side_by_side};

use super::error::{Error, Result};
use super::predictors::score_law;
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

impl ByPosition {
    /// Nothing scored yet.
    #[must_use]
    pub fn zeros(length: usize, real: bool) -> Self {
        Self { accuracy: vec![0.0; if real { 0 } else { length }], loss: vec![0.0; length] }
    }

    /// Adds what a law over labels scores at a position where a label is right.
    pub fn law(&mut self, position: usize, law: &[f64], truth: usize) {
        let score = score_law(law, truth);
        self.accuracy[position] += score.accuracy;
        self.loss[position] += score.loss;
    }

    /// Divides by the number of sequences.
    #[must_use]
    pub fn mean(mut self, sequences: usize) -> Self {
        let count = sequences.max(1) as f64;
        self.accuracy.iter_mut().chain(&mut self.loss).for_each(|value| *value /= count);
        self
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
    let task = sampler.task;
    task.tractable().map_err(|reason| Error::NotRun(format!("the posterior of {}: {reason}", task.title)))?;
    let likelihood = Likelihood::of(task);
    let latents = task.latents().into_iter().map(|node| latent(sampler, node)).collect::<Result<Vec<_>>>()?;
    let mut hypotheses = Hypotheses::new(sampler, latents, likelihood.node());
    let mut total = ByPosition::zeros(task.length, false);
    for sequence in 0..drawn.sequences {
        hypotheses.begin();
        for position in 0..task.length {
            let truth = drawn.of(task.target).label(sequence, position) as usize;
            hypotheses.look(drawn, sequence, position)?;
            let mut law = vec![0.0; task.classes];
            for (place, weight) in hypotheses.weights.iter().enumerate() {
                let said = hypotheses.said().at(place, 0);
                match &likelihood {
                    Likelihood::Certain(_) => law[said[0] as usize] += weight,
                    other => law.iter_mut().enumerate().for_each(|(label, p)| *p += weight * other.at(said, label)),
                }
            }
            total.law(position, &law, truth);
            hypotheses.learn(|said| likelihood.at(said, truth));
        }
    }
    Ok(total.mean(drawn.sequences))
}
