//! What runs a compiled model. There are two: [`Fast`](super::fast::Fast), and [`Plain`](super::plain::Plain), which says
//! the same in composed tensor operations, is easy to read, and serves as its reference.

use super::adam::Update;
use super::batch::{Batch, Loss, Term};
use super::dropout::Noise;
use super::error::Result;
use super::network::Reading;
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

/// A model with its parameters and moments. Sizes were checked against the batch before.
pub trait Backend: Debug + Send + Sync {
    /// One optimizer step on the weighted sum of the terms.
    ///
    /// # Errors
    /// If the loss is not finite; then nothing has changed.
    fn step(&mut self, batch: &Batch, terms: &[Term], update: &Update, noise: Option<Noise>) -> Result<Loss>;

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

    /// All numbers.
    fn numbers(&self) -> Numbers;

    /// Takes on other numbers, of the same sizes.
    fn take(&mut self, numbers: &Numbers);

    /// Forgets the moments.
    fn forget(&mut self);

    /// Optimizer steps since the moments were last forgotten.
    fn steps(&self) -> u64;
}
