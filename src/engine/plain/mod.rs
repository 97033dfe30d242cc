//! The plain engine: the operations of a program as composed tensor operations, differentiated by the tensor library.
//!
//! It is what the other engine is compared with, so it is written to be read: one function an operation ([`operations`]),
//! a walk over the list ([`pass`]), the losses ([`loss`]) and the optimizer ([`optimizer`]), each the formula of the paper
//! it follows and nothing saved. Nothing here may take part in a computation without a backward of its own: the library's
//! fused softmax, norms and rotary embedding have none, and cut the graph silently.

mod loss;
mod operations;
mod optimizer;
mod pass;

use crate::engine::adam::Update;
use crate::engine::backend::{Backend, Numbers};
use crate::engine::batch::{Batch, Loss, Read, Term};
use crate::engine::dropout::Noise;
use crate::engine::error::{Error, Result};
use crate::engine::network::Reading;
use crate::engine::program::{Kind, Listing, Program, Rows, Source};
use crate::program::model::Context;
pub use crate::program::training::Width;
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, Var};
use optimizer::Optimizer;
use pass::Pass;
use std::sync::Arc;

/// A model with its parameters and its optimizer, as tensors.
#[derive(Debug)]
pub struct Plain {
    program: Arc<Program>,
    kind: DType,
    parameters: Vec<Var>,
    optimizer: Optimizer,
}

impl Plain {
    /// A model with the given first values, in the order of the program's parameters.
    ///
    /// # Errors
    /// If a parameter has another number of values.
    pub fn new(program: Arc<Program>, parameters: &[Vec<f32>], width: Width) -> Result<Self> {
        let kind = match width {
            Width::F32 => DType::F32,
            Width::F64 => DType::F64,
        };
        let named = program.parameters.iter().zip(parameters);
        let parameters = named.map(|(parameter, values)| {
            let values: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
            Ok(Var::from_tensor(&tensor(&values, &parameter.shape, kind)?)?)
        });
        let parameters = parameters.collect::<Result<Vec<_>>>()?;
        let optimizer = Optimizer::new(&parameters)?;
        Ok(Self { program, kind, parameters, optimizer })
    }

    /// What is `wanted` of one list, whose `Prune` keeps some tokens.
    fn run(
        &self,
        listing: &Listing,
        batch: &Batch,
        wanted: &[Source],
        kept: &[usize],
        noise: Option<Noise>,
    ) -> Outcome {
        let parameters: Vec<&Tensor> = self.parameters.iter().map(Var::as_tensor).collect();
        Pass { listing, parameters: &parameters, batch, kept, noise, kind: self.kind }.values(wanted)
    }

    /// The given outputs of one list, each `[B, positions, outputs]`.
    fn heads(&self, batch: &Batch, context: Context, outputs: &[usize], noise: Option<Noise>) -> Outcome {
        let listing = self.program.listing(context);
        let wanted = outputs.iter().filter_map(|&output| listing.outputs[output]).map(Source::Value);
        let wanted = wanted.collect::<Vec<_>>();
        let mut kept = Vec::new();
        for operation in &listing.operations {
            if let Kind::Gather { output } = operation.kind
                && outputs.contains(&output)
                && listing.rows[operation.inputs[0]] == Rows::Kept
            {
                match batch.read(output)? {
                    Read::Shared(tokens) => kept.extend_from_slice(tokens),
                    // Any token may be read of some sequence.
                    Read::Each(..) => kept.extend(0..batch.tokens),
                }
            }
        }
        self.run(listing, batch, &wanted, &sorted(kept), noise)
    }

    /// The loss, and the tensor from which its gradient flows.
    fn loss(&self, batch: &Batch, terms: &[Term], noise: Option<Noise>) -> Result<(Loss, Tensor)> {
        let mut values: Vec<Option<Tensor>> = vec![None; 1 + self.program.interface.heads.len()];
        for context in Context::ALL {
            let asked = (0..values.len()).filter(|&output| self.program.context(output) == context);
            let asked = asked.filter(|&output| terms.iter().any(|term| term.output == output)).collect::<Vec<_>>();
            if !asked.is_empty() {
                for (&output, value) in asked.iter().zip(self.heads(batch, context, &asked, noise)?) {
                    values[output] = Some(value);
                }
            }
        }
        let mut total = Tensor::zeros((), self.kind, &Device::Cpu)?;
        let mut each = Vec::with_capacity(terms.len());
        for term in terms {
            let value = values[term.output].as_ref().expect("every output of a term was computed");
            let own = loss::mean(value, term, &batch.targets[term.targets])?;
            each.push(number(&own)?);
            total = (total + (own * term.weight)?)?;
        }
        Ok((Loss { total: number(&total)?, terms: each }, total))
    }

    /// The gradient of a loss for every parameter; zeros where the loss does not depend on it.
    fn backward(&self, loss: &Tensor) -> Result<Vec<Tensor>> {
        let gradients = self.differentiate(loss)?;
        let gradient = |parameter: &Var| match gradients.get(parameter.as_tensor()) {
            Some(gradient) => Ok(gradient.detach()),
            None => Ok(parameter.as_tensor().zeros_like()?),
        };
        self.parameters.iter().map(gradient).collect()
    }

    /// The library walks the graph by recursion, some dozens of calls an operation.
    fn differentiate(&self, loss: &Tensor) -> Result<GradStore> {
        let operations = self.program.listings.iter().flat_map(|listing| &listing.operations);
        let operations = operations.filter(|operation| !matches!(operation.kind, Kind::Project { .. })).count();
        let stack = (1 << 20) + operations * (1 << 17);
        Ok(stacker::maybe_grow(stack, stack, || loss.backward())?)
    }
}

/// Values in the order in which they were asked for.
type Outcome = Result<Vec<Tensor>>;

impl Backend for Plain {
    fn step(&mut self, batch: &Batch, terms: &[Term], update: &Update, noise: Option<Noise>) -> Result<Loss> {
        let (loss, tensor) = self.loss(batch, terms, noise)?;
        if !loss.total.is_finite() {
            return Err(Error::NotFinite { what: "the loss".into() });
        }
        let gradients = self.backward(&tensor)?;
        self.optimizer.step(update, &self.parameters, &gradients)?;
        Ok(loss)
    }

    fn gradients(&self, batch: &Batch, terms: &[Term], noise: Option<Noise>) -> Result<(Loss, Vec<Vec<f64>>)> {
        let (loss, tensor) = self.loss(batch, terms, noise)?;
        Ok((loss, self.backward(&tensor)?.iter().map(numbers).collect::<Result<_>>()?))
    }

    fn outputs(&self, batch: &Batch) -> Result<Vec<f32>> {
        let read_out = self.heads(batch, Context::Full, &[0], None)?;
        floats(&read_out[0])
    }

    fn read(&self, batch: &Batch, context: Context, readings: &[Reading]) -> Result<Vec<Vec<f32>>> {
        let listing = self.program.listing(context);
        let source = |reading: &Reading| {
            listing.source(reading.site).ok_or_else(|| Error::NoSuchSite(format!("{:?}", reading.site)))
        };
        let sources = readings.iter().map(source).collect::<Result<Vec<_>>>()?;
        let pruned = readings.iter().zip(&sources).filter(|(_, source)| listing.rows[source.slot()] == Rows::Kept);
        let kept = sorted(pruned.flat_map(|(reading, _)| reading.positions).copied().collect());
        let values = self.run(listing, batch, &sources, &kept, None)?;
        let all: Vec<usize> = (0..batch.tokens).collect();
        let read = readings.iter().zip(&sources).zip(values).map(|((reading, source), value)| {
            let tokens = if listing.rows[source.slot()] == Rows::Kept { &kept } else { &all };
            floats(&operations::select(&value, tokens, reading.positions)?)
        });
        read.collect()
    }

    fn numbers(&self) -> Result<Numbers> {
        let all = |tensors: &[Tensor]| tensors.iter().map(numbers).collect::<Result<Vec<_>>>();
        let parameters: Vec<Tensor> = self.parameters.iter().map(|parameter| parameter.as_tensor().clone()).collect();
        Ok(Numbers {
            parameters: all(&parameters)?,
            first: all(&self.optimizer.first)?,
            second: all(&self.optimizer.second)?,
            steps: self.optimizer.steps,
        })
    }

    fn take(&mut self, numbers: &Numbers) -> Result<()> {
        let shapes = self.program.parameters.iter().map(|parameter| &parameter.shape);
        let tensors = |values: &[Vec<f64>]| {
            let each = values.iter().zip(shapes.clone());
            each.map(|(values, shape)| tensor(values, shape, self.kind)).collect::<Result<Vec<_>>>()
        };
        for (parameter, value) in self.parameters.iter().zip(tensors(&numbers.parameters)?) {
            parameter.set(&value)?;
        }
        let (first, second) = (tensors(&numbers.first)?, tensors(&numbers.second)?);
        self.optimizer = Optimizer { first, second, steps: numbers.steps };
        Ok(())
    }

    fn forget(&mut self) -> Result<()> {
        self.optimizer = Optimizer::new(&self.parameters)?;
        Ok(())
    }

    fn steps(&self) -> u64 {
        self.optimizer.steps
    }
}

/// Each token once, in order.
fn sorted(mut tokens: Vec<usize>) -> Vec<usize> {
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

fn tensor(values: &[f64], shape: &[usize], kind: DType) -> Result<Tensor> {
    Ok(Tensor::from_slice(values, shape, &Device::Cpu)?.to_dtype(kind)?)
}

fn number(tensor: &Tensor) -> Result<f64> {
    Ok(tensor.to_dtype(DType::F64)?.to_scalar()?)
}

fn numbers(tensor: &Tensor) -> Result<Vec<f64>> {
    Ok(tensor.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?)
}

fn floats(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
}
