//! A model with its weights and its optimizer: trained a step at a time, read, saved and restored.

use crate::engine::adam::{Moments, Update};
use crate::engine::batch::{Batch, IGNORED, Loss, Targets, Term};
use crate::engine::error::{Error, Result, ensure};
use crate::engine::execute::{self, Keep, Pass, Values, Weights};
use crate::engine::kernels::loss::{Head, Wanted, losses};
use crate::engine::kernels::select::Select;
use crate::engine::kernels::{Floats, tensor};
use crate::engine::memory;
use crate::engine::program::{Init, Interface, Program, compile};
use crate::program::model::{Context, Model, Site};
use candle_core::Tensor;
use std::sync::Arc;

/// Standard normals for the parameter of the given name: as many as asked.
pub type Normals<'a> = dyn FnMut(&str, usize) -> Vec<f32> + 'a;

/// Where a model is read in [`Network::read_all`].
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    pub site: Site,
    /// The tokens that are read, the same in every sequence.
    pub positions: &'a [usize],
}

/// A model in training.
#[derive(Debug)]
pub struct Network {
    pub(crate) program: Program,
    pub(crate) weights: Weights,
    pub(crate) moments: Moments,
}

impl Network {
    /// A network with first values drawn from `init`, which is asked once for each parameter that starts at random,
    /// by name, so that a draw depends on the parameter and not on the order.
    ///
    /// # Errors
    /// If the model has a width that its heads do not divide, or `init` gives another count than asked.
    pub fn new(model: &Model, interface: &Interface, init: &mut Normals) -> Result<Self> {
        memory::keep_freed();
        let program = compile(model, interface)?;
        let mut weights = Vec::with_capacity(program.parameters.len());
        for parameter in &program.parameters {
            let count = parameter.count();
            let values = match parameter.init {
                Init::Zeros => vec![0.0; count],
                Init::Ones => vec![1.0; count],
                Init::Normal { sd } => {
                    let mut values = init(&parameter.name, count);
                    ensure(values.len() == count, || {
                        format!("{} draws for the {count} numbers of {}", values.len(), parameter.name)
                    })?;
                    for value in &mut values {
                        *value = (f64::from(*value) * sd) as f32;
                    }
                    values
                }
            };
            weights.push(tensor(values, parameter.shape.as_slice())?);
        }
        let moments = Moments::new(program.parameters.iter().map(crate::engine::program::Parameter::count));
        Ok(Self { program, weights: Weights(weights), moments })
    }

    /// The compiled model.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// How many optimizer steps were made since the last reset.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.moments.steps
    }

    /// Forgets the optimizer's moments and step count.
    pub fn reset_optimizer(&mut self) {
        self.moments = Moments::new(self.program.parameters.iter().map(crate::engine::program::Parameter::count));
    }

    /// One optimizer step on the weighted sum of the terms.
    ///
    /// # Errors
    /// If the sizes do not fit, if a parameter receives no gradient, or if the loss is not finite; then nothing has
    /// changed.
    pub fn step(&mut self, batch: &Batch, terms: &[Term], update: &Update) -> Result<Loss> {
        let (loss, gradients) = self.differentiate(batch, terms)?;
        if !loss.total.is_finite() {
            return Err(Error::NotFinite { what: "the loss".into() });
        }
        self.moments.step(update, &self.weights.0, &gradients)?;
        Ok(loss)
    }

    /// The loss alone.
    ///
    /// # Errors
    /// If the sizes do not fit.
    pub fn loss(&self, batch: &Batch, terms: &[Term]) -> Result<Loss> {
        let logits = self.logits(batch)?;
        let heads = heads(batch, terms, self.program.interface.outputs)?;
        let weights: Vec<f64> = terms.iter().map(|term| term.weight).collect();
        let (each, _) = losses(&logits, self.program.interface.outputs, &heads, &weights);
        Ok(total(each, &weights))
    }

    /// The gradient of the loss by parameter name.
    ///
    /// # Errors
    /// As [`Network::step`], but for losses that are not finite.
    pub fn gradients(&self, batch: &Batch, terms: &[Term]) -> Result<Vec<(String, Vec<f32>)>> {
        let (_, gradients) = self.differentiate(batch, terms)?;
        let named = self.program.parameters.iter().zip(&gradients);
        named.map(|(parameter, gradient)| Ok((parameter.name.clone(), numbers(gradient)?))).collect()
    }

    fn differentiate(&self, batch: &Batch, terms: &[Term]) -> Result<(Loss, Vec<Tensor>)> {
        let outputs = self.program.interface.outputs;
        let heads = heads(batch, terms, outputs)?;
        let pass = Pass {
            context: Context::Full,
            positions: Some(batch.read_at.as_slice().into()),
            until: None,
            keep: Keep::All,
        };
        let values = self.run(batch, &pass)?;
        let slot = self.program.full.logits();
        let weights: Vec<f64> = terms.iter().map(|term| term.weight).collect();
        let (loss, gradient) = {
            let logits = kept(&values, slot)?;
            let (each, gradient) = losses(Floats::of(logits).slice()?, outputs, &heads, &weights);
            (total(each, &weights), tensor(gradient, logits.shape())?)
        };
        let gradients = execute::backward(&self.program, &self.weights, values, &pass, gradient)?;
        Ok((loss, gradients))
    }

    /// The logits at the tokens that are read: `[B, positions, outputs]`.
    ///
    /// # Errors
    /// If the sizes do not fit.
    pub fn logits(&self, batch: &Batch) -> Result<Vec<f32>> {
        let slot = self.program.full.logits();
        let pass = Pass {
            context: Context::Full,
            positions: Some(batch.read_at.as_slice().into()),
            until: None,
            keep: Keep::Slots(vec![slot]),
        };
        numbers(kept(&self.run(batch, &pass)?, slot)?)
    }

    /// The values at one site: `[B, positions, width]`. No gradient flows; what stands behind the site is not computed.
    ///
    /// # Errors
    /// If the sizes do not fit or the model lacks the site.
    pub fn read(&self, batch: &Batch, site: Site, context: Context, positions: &[usize]) -> Result<Vec<f32>> {
        let mut all = self.read_all(batch, context, &[Reading { site, positions }])?;
        Ok(all.pop().unwrap_or_default())
    }

    /// The values at several sites from one pass, in the order of `readings`; each `[B, positions, width]`.
    /// The batch's own `read_at` and targets play no part.
    ///
    /// # Errors
    /// If the sizes do not fit or the model lacks a site.
    pub fn read_all(&self, batch: &Batch, context: Context, readings: &[Reading]) -> Result<Vec<Vec<f32>>> {
        let Some(first) = readings.first() else { return Ok(Vec::new()) };
        let listing = self.program.listing(context);
        let slots =
            readings.iter().map(|reading| execute::slot_of(listing, reading.site)).collect::<Result<Vec<_>>>()?;
        for reading in readings {
            ensure(reading.positions.iter().all(|&at| at < batch.tokens) && !reading.positions.is_empty(), || {
                format!("reading at tokens {:?} of {}", reading.positions, batch.tokens)
            })?;
        }
        // Where all read the same tokens, what stands behind `Select` is computed for those alone.
        let same = readings.iter().all(|reading| reading.positions == first.positions);
        let positions: Option<Arc<[usize]>> = same.then(|| first.positions.into());
        let selected = |reading: &Reading| same && listing.mark(reading.site).is_some_and(|mark| mark.selected);
        let pass = Pass { context, positions, until: slots.iter().copied().max(), keep: Keep::Slots(slots.clone()) };
        let values = self.run(batch, &pass)?;
        let read = readings.iter().zip(&slots).map(|(reading, &slot)| {
            let value = kept(&values, slot)?;
            if selected(reading) {
                return numbers(value);
            }
            numbers(&value.apply_op1_no_bwd(&Select { positions: reading.positions.into() })?)
        });
        read.collect()
    }

    /// Every parameter by name, in the program's order.
    ///
    /// # Errors
    /// None in practice; the values are on the CPU.
    pub fn parameters(&self) -> Result<Vec<(String, Vec<f32>)>> {
        let named = self.program.parameters.iter().zip(&self.weights.0);
        named.map(|(parameter, value)| Ok((parameter.name.clone(), numbers(value)?))).collect()
    }

    fn run(&self, batch: &Batch, pass: &Pass) -> Result<Values> {
        let width = self.program.interface.input;
        batch.check(width, pass.positions.as_deref().unwrap_or_default())?;
        let input = tensor(batch.input.clone(), (batch.sequences, batch.tokens, width))?;
        execute::run(&self.program, &self.weights, &input, pass)
    }
}

fn kept(values: &Values, slot: usize) -> Result<&Tensor> {
    values.get(slot).ok_or_else(|| Error::Shape(format!("value {slot} of the pass was not kept")))
}

/// A tensor's numbers, copied.
pub(crate) fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(Floats::of(tensor).slice()?.to_vec())
}

fn total(terms: Vec<f64>, weights: &[f64]) -> Loss {
    Loss { total: terms.iter().zip(weights).map(|(loss, weight)| loss * weight).sum(), terms }
}

/// The terms with their targets, checked.
fn heads(batch: &Batch, terms: &[Term], outputs: usize) -> Result<Vec<Head>> {
    ensure(!terms.is_empty(), || "a loss without terms".into())?;
    let head = |term: &Term| {
        let (columns, classes) = (term.columns.clone(), term.columns.len());
        ensure(classes > 0 && columns.end <= outputs, || format!("logits {columns:?} of {outputs}"))?;
        let targets = batch.targets.get(term.targets);
        let targets =
            targets.ok_or_else(|| Error::Shape(format!("targets {} of {}", term.targets, batch.targets.len())))?;
        ensure(targets.len() == batch.predictions(), || {
            format!("{} targets for {} predictions", targets.len(), batch.predictions())
        })?;
        match targets {
            Targets::Labels(labels) => {
                let known = |&label: &u32| (label as usize) < classes || label == IGNORED;
                ensure(labels.iter().all(known), || format!("a target that is not one of {classes} classes"))?;
                ensure(labels.iter().any(|&label| label != IGNORED), || "no prediction counts".into())?;
                Ok(Head::new(columns, Wanted::Labels(labels.as_slice().into()), batch.read_at.len()))
            }
            Targets::Numbers { width, values } => {
                ensure(*width == classes, || format!("targets of {width} numbers for {classes} outputs"))?;
                ensure(values.iter().any(|value| !value.is_nan()), || "no prediction counts".into())?;
                Ok(Head::new(columns, Wanted::Numbers(values.as_slice().into()), batch.read_at.len()))
            }
        }
    };
    terms.iter().map(head).collect()
}
