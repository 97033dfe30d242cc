//! Optimizers over plain slices: Adam, AdamW and SGD as PyTorch computes them, one fused loop a parameter.

use super::kernels::simd::{fma, simd};

/// How a gradient becomes a change of the parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Kingma and Ba 2015; `decoupled` is AdamW's weight decay (Loshchilov and Hutter 2019), else it joins the gradient.
    Adam { betas: (f64, f64), eps: f64, weight_decay: f64, decoupled: bool },
    /// Gradient descent with PyTorch's momentum: no dampening, no Nesterov.
    Sgd { momentum: f64, weight_decay: f64 },
}

impl Default for Rule {
    fn default() -> Self {
        Self::Adam { betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0, decoupled: false }
    }
}

/// One step's settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Update {
    pub rule: Rule,
    pub lr: f64,
    /// The largest norm of all gradients together; larger ones are scaled down (`clip_grad_norm_`).
    pub clip: Option<f64>,
}

impl Update {
    /// Adam with PyTorch's defaults.
    #[must_use]
    pub fn adam(lr: f64) -> Self {
        Self { rule: Rule::default(), lr, clip: None }
    }
}

/// What the optimizer remembers of each parameter: running means of the gradient and of its square.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    pub steps: u64,
    pub first: Vec<Vec<f32>>,
    pub second: Vec<Vec<f32>>,
}

impl Moments {
    /// Nothing remembered, for parameters of the given sizes.
    #[must_use]
    pub fn new(counts: impl IntoIterator<Item = usize>) -> Self {
        let first: Vec<Vec<f32>> = counts.into_iter().map(|count| vec![0.0; count]).collect();
        Self { steps: 0, second: first.clone(), first }
    }

    /// Changes every parameter by one step.
    pub fn step(&mut self, update: &Update, parameters: &mut [&mut [f32]], gradients: &[&[f32]]) {
        self.steps += 1;
        let squares = gradients.iter().map(|gradient| squares(gradient)).sum();
        let step = Step::new(update, self.steps, squares);
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, gradient), (first, second)) in parameters.iter_mut().zip(gradients).zip(moments) {
            apply(&step, parameter, gradient, first, second);
        }
    }
}

/// The sum of squares, in f64.
#[must_use]
pub fn squares(gradient: &[f32]) -> f64 {
    gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum()
}

/// The numbers of one step, the same for every element.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Adam { factor: f32, decay: f32, shrink: f32, keep: f32, take: (f32, f32), size: f32, root: f32, eps: f32 },
    Sgd { factor: f32, decay: f32, momentum: f32, lr: f32 },
}

impl Step {
    /// Step number `steps` since the moments were empty, from 1, with gradients whose squares add up to `squares`.
    #[must_use]
    pub fn new(update: &Update, steps: u64, squares: f64) -> Self {
        // As `clip_grad_norm_` does it.
        let factor = update.clip.map_or(1.0, |largest| (largest / (squares.sqrt() + 1e-6)).min(1.0) as f32);
        let lr = update.lr;
        match update.rule {
            Rule::Adam { betas: (first, second), eps, weight_decay, decoupled } => {
                let power = steps as f64;
                Self::Adam {
                    factor,
                    decay: if decoupled { 0.0 } else { weight_decay as f32 },
                    shrink: if decoupled { (1.0 - lr * weight_decay) as f32 } else { 1.0 },
                    keep: second as f32,
                    take: ((1.0 - first) as f32, (1.0 - second) as f32),
                    size: (-lr / (1.0 - first.powf(power))) as f32,
                    root: (1.0 - second.powf(power)).sqrt() as f32,
                    eps: eps as f32,
                }
            }
            Rule::Sgd { momentum, weight_decay } => {
                Self::Sgd { factor, decay: weight_decay as f32, momentum: momentum as f32, lr: lr as f32 }
            }
        }
    }
}

#[inline(always)]
fn apply_body<const FUSED: bool>(
    step: &Step,
    values: &mut [f32],
    grads: &[f32],
    first: &mut [f32],
    second: &mut [f32],
) {
    let count = values.len();
    let (values, grads, first, second) =
        (&mut values[..count], &grads[..count], &mut first[..count], &mut second[..count]);
    match *step {
        Step::Adam { factor, decay, shrink, keep, take, size, root, eps } => {
            for i in 0..count {
                let value = values[i] * shrink;
                let grad = fma::<FUSED>(decay, value, grads[i] * factor);
                let mean = fma::<FUSED>(take.0, grad - first[i], first[i]);
                let square = fma::<FUSED>(take.1 * grad, grad, keep * second[i]);
                first[i] = mean;
                second[i] = square;
                values[i] = value + size * mean / (square.sqrt() / root + eps);
            }
        }
        Step::Sgd { factor, decay, momentum, lr } => {
            for i in 0..count {
                let grad = fma::<FUSED>(decay, values[i], grads[i] * factor);
                first[i] = fma::<FUSED>(momentum, first[i], grad);
                values[i] = fma::<FUSED>(-lr, first[i], values[i]);
            }
        }
    }
}

simd! {
    /// One step of some numbers.
    pub fn apply(step: &Step, values: &mut [f32], grads: &[f32], first: &mut [f32], second: &mut [f32]) = apply_body;
}
