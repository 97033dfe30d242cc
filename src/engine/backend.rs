//! What runs a compiled model. There are three: [`Fast`](super::fast::Fast); [`Member`](super::stacked::Member),
//! which computes on a card together with other models; and [`Plain`](super::plain::Plain), which says the same in
//! composed tensor operations, is easy to read, and serves as their reference.

use super::adam::Update;
use super::batch::{Batch, Loss, Term};
use super::dropout::Noise;
use super::error::{Error, Result};
use super::network::Reading;
use super::stacked::recipe::Drawn;
use crate::program::model::Context;
use std::fmt::Debug;

/// The numbers of a model in training, in the order of its parameters; f64 holds every f32.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    pub parameters: Vec<Vec<f64>>,
    /// The optimizer's running means of each gradient, and of its square.
    pub first: Vec<Vec<f64>>,
    pub second: Vec<Vec<f64>>,
    /// Optimizer steps since the moments were last forgotten.
    pub steps: u64,
}

/// What a step is made of.
#[derive(Clone, Copy, Debug)]
pub struct Stepping<'a> {
    pub batch: &'a Batch,
    pub terms: &'a [Term],
    pub update: &'a Update,
    pub noise: Option<Noise>,
}

/// A model with its parameters and moments. Sizes were checked against the batch before.
pub trait Backend: Debug + Send + Sync {
    /// One optimizer step on the weighted sum of the terms.
    ///
    /// # Errors
    /// If the loss is not finite; then nothing has changed.
    fn step(&mut self, batch: &Batch, terms: &[Term], update: &Update, noise: Option<Noise>) -> Result<Loss>;

    /// The same step; an engine that waits for something meanwhile may do what else there is, once or not at all.
    ///
    /// # Errors
    /// As [`Backend::step`].
    fn step_while(&mut self, step: &Stepping, meanwhile: &mut dyn FnMut()) -> Result<Loss> {
        let _ = meanwhile;
        self.step(step.batch, step.terms, step.update, step.noise)
    }

    /// Whether it draws batches itself.
    fn draws(&self) -> bool {
        false
    }

    /// Steps one after the other on sequences that the engine draws itself; their losses, which end before the first that is
    /// not finite, from where on nothing has changed. All steps have one batch, with neither tokens nor targets, but as many
    /// of these as there will be, which tells what targets count; as many sequences of each task; and terms that are alike
    /// but for their weights.
    ///
    /// # Errors
    /// A line of the task that cannot be computed; everything of an engine that does not draw.
    fn steps_drawn(&mut self, steps: &[(Stepping, Vec<Drawn>)]) -> Result<Vec<Loss>> {
        let _ = steps;
        Err(Error::NotRun("drawing in this engine".into()))
    }

    /// The loss and its gradient, by parameter. No optimizer step is made.
    ///
    /// # Errors
    /// If the sizes do not fit.
    fn gradients(&self, batch: &Batch, terms: &[Term], noise: Option<Noise>) -> Result<(Loss, Vec<Vec<f64>>)>;

    /// The read-out at the tokens where it is read, `[B, positions, outputs]`. Nothing is dropped.
    ///
    /// # Errors
    /// If the sizes do not fit.
    fn outputs(&self, batch: &Batch) -> Result<Vec<f32>>;

    /// The values at several sites, `[B, positions, width]` each. Nothing is dropped.
    ///
    /// # Errors
    /// If the model lacks a site.
    fn read(&self, batch: &Batch, context: Context, readings: &[Reading]) -> Result<Vec<Vec<f32>>>;

    /// A copy of the model as it is, that computes beside it: nothing that is done to the one changes or holds up the other.
    /// None where the engine has no means for that, or no room.
    fn snapshot(&self) -> Option<Box<dyn Backend>> {
        None
    }

    /// All numbers.
    ///
    /// # Errors
    /// If they lie on a card that does not answer.
    fn numbers(&self) -> Result<Numbers>;

    /// Takes on other numbers, of the same sizes.
    ///
    /// # Errors
    /// As [`Backend::numbers`].
    fn take(&mut self, numbers: &Numbers) -> Result<()>;

    /// Forgets the moments.
    ///
    /// # Errors
    /// As [`Backend::numbers`].
    fn forget(&mut self) -> Result<()>;

    /// Optimizer steps since the moments were last forgotten.
    fn steps(&self) -> u64;
}
