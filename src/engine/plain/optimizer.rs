//! Adam, AdamW and gradient descent, as PyTorch computes them.

use crate::engine::adam::{Rule, Update};
use crate::engine::error::Result;
use candle_core::{DType, Tensor, Var};

/// What is remembered of each parameter: running means of its gradient and of the gradient's square.
#[derive(Debug)]
pub(super) struct Optimizer {
    pub first: Vec<Tensor>,
    pub second: Vec<Tensor>,
    /// Steps since they were empty.
    pub steps: u64,
}

impl Optimizer {
    /// Nothing remembered.
    pub fn new(parameters: &[Var]) -> Result<Self> {
        let zeros = || parameters.iter().map(|parameter| Ok(parameter.zeros_like()?)).collect::<Result<_>>();
        Ok(Self { first: zeros()?, second: zeros()?, steps: 0 })
    }

    /// Changes every parameter by one step.
    pub fn step(&mut self, update: &Update, parameters: &[Var], gradients: &[Tensor]) -> Result<()> {
        self.steps += 1;
        let factor = match update.clip {
            Some(largest) => clip(gradients, largest)?,
            None => 1.0,
        };
        for (place, (parameter, gradient)) in parameters.iter().zip(gradients).enumerate() {
            let value = parameter.as_tensor().detach();
            let gradient = (gradient * factor)?;
            let next = match update.rule {
                Rule::Adam { .. } => self.adam(update, place, value, gradient)?,
                Rule::Sgd { .. } => self.descend(update, place, value, gradient)?,
            };
            parameter.set(&next)?;
        }
        Ok(())
    }

    /// Kingma and Ba 2015; with decoupled weight decay, Loshchilov and Hutter 2019.
    fn adam(&mut self, update: &Update, place: usize, value: Tensor, gradient: Tensor) -> Result<Tensor> {
        let Rule::Adam { betas, eps, weight_decay, decoupled } = update.rule else { return Ok(value) };
        let (value, gradient) = if decoupled {
            ((value * (1.0 - update.lr * weight_decay))?, gradient)
        } else {
            let decay = (&value * weight_decay)?;
            (value, (gradient + decay)?)
        };
        let (first, second) = (&mut self.first[place], &mut self.second[place]);
        *first = ((&*first * betas.0)? + (&gradient * (1.0 - betas.0))?)?;
        *second = ((&*second * betas.1)? + (gradient.sqr()? * (1.0 - betas.1))?)?;
        let steps = self.steps as f64;
        let mean = (&*first / (1.0 - betas.0.powf(steps)))?;
        let square = (&*second / (1.0 - betas.1.powf(steps)))?;
        Ok((value - ((mean / (square.sqrt()? + eps)?)? * update.lr)?)?)
    }

    /// Gradient descent with momentum: no dampening, no Nesterov.
    fn descend(&mut self, update: &Update, place: usize, value: Tensor, gradient: Tensor) -> Result<Tensor> {
        let Rule::Sgd { momentum, weight_decay } = update.rule else { return Ok(value) };
        let gradient = (gradient + (&value * weight_decay)?)?;
        let velocity = &mut self.first[place];
        *velocity = ((&*velocity * momentum)? + gradient)?;
        Ok((value - (&*velocity * update.lr)?)?)
    }
}

/// What gradients are multiplied by so that their norm, all together, is `largest` at most (`clip_grad_norm_`).
fn clip(gradients: &[Tensor], largest: f64) -> Result<f64> {
    let mut squares = 0.0;
    for gradient in gradients {
        squares += gradient.to_dtype(DType::F64)?.sqr()?.sum_all()?.to_scalar::<f64>()?;
    }
    Ok((largest / (squares.sqrt() + 1e-6)).min(1.0))
}
