//! Walks a program forwards over a batch, and backwards over what the forward pass computed.
//!
//! Each operation is one kernel on candle tensors. The backward pass calls the kernels' own backwards in reverse order
//! instead of candle's `backward()`, which fills a tensor of zeros and adds to it, in a pool of threads, for every
//! gradient; a test holds the two against each other.

use crate::engine::error::{Error, Result, ensure};
use crate::engine::kernels::activation::Activate;
use crate::engine::kernels::add::Add;
use crate::engine::kernels::attention::Attention;
use crate::engine::kernels::linear::Linear;
use crate::engine::kernels::norm::LayerNorm;
use crate::engine::kernels::positions::AddPositions;
use crate::engine::kernels::select::Select;
use crate::engine::program::{Kind, Listing, Operation, ParameterId, Program, Slot};
use crate::program::model::{Context, Site};
use candle_core::{CustomOp1, CustomOp2, CustomOp3, Tensor};
use std::sync::Arc;

/// The parameters' values, in the order of [`Program::parameters`].
#[derive(Clone, Debug)]
pub struct Weights(pub Vec<Tensor>);

impl Weights {
    fn get(&self, id: ParameterId) -> &Tensor {
        &self.0[id]
    }
}

/// Which values of a pass outlive it.
#[derive(Clone, Debug)]
pub enum Keep {
    /// All, for the backward pass.
    All,
    /// Only these slots.
    Slots(Vec<Slot>),
}

/// How a forward pass is run.
#[derive(Clone, Debug)]
pub struct Pass {
    pub context: Context,
    /// The tokens that are read, kept by `Select`; all of them if `None`.
    pub positions: Option<Arc<[usize]>>,
    /// The last slot to compute; the logits if `None`.
    pub until: Option<Slot>,
    pub keep: Keep,
}

/// What a forward pass computed, by slot.
#[derive(Clone, Debug)]
pub struct Values {
    slots: Vec<Option<Tensor>>,
}

impl Values {
    /// The value in `slot`, if it was computed and kept.
    #[must_use]
    pub fn get(&self, slot: Slot) -> Option<&Tensor> {
        self.slots.get(slot).and_then(Option::as_ref)
    }

    fn need(&self, slot: Slot) -> Result<&Tensor> {
        self.get(slot).ok_or_else(|| Error::Shape(format!("value {slot} of the pass was not kept")))
    }
}

/// Runs `program` on `input`, `[B, T, input width]`, and keeps every value up to the site `until`.
///
/// # Errors
/// If the model lacks the site, or the sizes do not fit.
pub fn forward(
    program: &Program,
    weights: &Weights,
    input: &Tensor,
    context: Context,
    until: Option<Site>,
) -> Result<Values> {
    let until = match until {
        Some(site) => Some(slot_of(program.listing(context), site)?),
        None => None,
    };
    run(program, weights, input, &Pass { context, positions: None, until, keep: Keep::All })
}

/// The slot of `site`, or an error that names it.
pub(crate) fn slot_of(listing: &Listing, site: Site) -> Result<Slot> {
    listing.mark(site).map(|mark| mark.slot).ok_or_else(|| Error::NoSuchSite(format!("{site:?}")))
}

/// Runs `program` on `input`, `[B, T, input width]`, as `pass` says.
///
/// # Errors
/// If the sizes do not fit.
pub fn run(program: &Program, weights: &Weights, input: &Tensor, pass: &Pass) -> Result<Values> {
    let (_, tokens, width) = input.dims3()?;
    ensure(width == program.interface.input, || {
        format!("tokens of width {width} for a model that reads {}", program.interface.input)
    })?;
    ensure(tokens <= program.interface.tokens, || {
        format!("{tokens} tokens for a model of {}", program.interface.tokens)
    })?;
    let listing = program.listing(pass.context);
    let until = pass.until.unwrap_or(listing.logits());
    let mut slots: Vec<Option<Tensor>> = vec![None; listing.operations.len() + 1];
    slots[0] = Some(input.clone());
    let last_use = last_uses(listing, until);
    for operation in &listing.operations[..until] {
        let value = apply(operation, weights, &slots, pass)?;
        slots[operation.output] = Some(value);
        if let Keep::Slots(kept) = &pass.keep {
            for &slot in &operation.inputs {
                if last_use[slot] == operation.output && !kept.contains(&slot) {
                    slots[slot] = None;
                }
            }
        }
    }
    Ok(Values { slots })
}

/// For each slot the output of the last operation up to `until` that reads it.
fn last_uses(listing: &Listing, until: Slot) -> Vec<Slot> {
    let mut last = vec![0; listing.operations.len() + 1];
    for operation in &listing.operations[..until] {
        for &slot in &operation.inputs {
            last[slot] = operation.output;
        }
    }
    last
}

fn apply(operation: &Operation, weights: &Weights, slots: &[Option<Tensor>], pass: &Pass) -> Result<Tensor> {
    let input = |at: usize| slots[operation.inputs[at]].as_ref().expect("an operation's inputs are computed before it");
    let x = input(0);
    let value = match operation.kind {
        Kind::Linear { weight, bias } => {
            let kernel = Linear { input_gradient: operation.inputs[0] != 0 };
            x.apply_op3(weights.get(weight), weights.get(bias), kernel)?
        }
        Kind::AddPositions { table } => x.apply_op2(weights.get(table), AddPositions)?,
        Kind::LayerNorm { scale, shift } => x.apply_op3(weights.get(scale), weights.get(shift), LayerNorm)?,
        Kind::Attention { heads } => x.apply_op1(Attention { heads })?,
        Kind::Activation(activation) => x.apply_op1(Activate(activation))?,
        Kind::Select => match &pass.positions {
            Some(positions) => x.apply_op1(Select { positions: positions.clone() })?,
            None => x.clone(),
        },
        Kind::Add => x.apply_op2(input(1), Add)?,
    };
    Ok(value)
}

/// The gradient of every parameter, in the order of [`Program::parameters`], given that of the logits.
///
/// # Errors
/// If a parameter receives no gradient, or the pass did not keep all values.
pub fn backward(
    program: &Program,
    weights: &Weights,
    mut values: Values,
    pass: &Pass,
    logits: Tensor,
) -> Result<Vec<Tensor>> {
    let listing = program.listing(pass.context);
    let mut flow = Flow { slots: vec![None; values.slots.len()], parameters: vec![None; program.parameters.len()] };
    flow.slots[listing.logits()] = Some(logits);
    for operation in listing.operations.iter().rev() {
        if let Some(grad) = flow.slots[operation.output].take() {
            flow.through(operation, weights, &values, pass, &grad)?;
        }
        // Nothing before this operation reads its result.
        values.slots[operation.output] = None;
    }
    let named = flow.parameters.into_iter().zip(&program.parameters);
    named.map(|(grad, parameter)| grad.ok_or_else(|| Error::NoGradient { parameter: parameter.name.clone() })).collect()
}

/// Gradients on their way back.
struct Flow {
    slots: Vec<Option<Tensor>>,
    parameters: Vec<Option<Tensor>>,
}

impl Flow {
    fn through(
        &mut self,
        operation: &Operation,
        weights: &Weights,
        values: &Values,
        pass: &Pass,
        grad: &Tensor,
    ) -> Result<()> {
        let from = operation.inputs[0];
        let x = values.need(from)?;
        let result = values.need(operation.output)?;
        match operation.kind {
            Kind::Linear { weight, bias } => {
                let kernel = Linear { input_gradient: from != 0 };
                let (for_x, for_weight, for_bias) =
                    kernel.bwd(x, weights.get(weight), weights.get(bias), result, grad)?;
                self.value(from, for_x)?;
                self.parameter(weight, for_weight)?;
                self.parameter(bias, for_bias)?;
            }
            Kind::AddPositions { table } => {
                let (for_x, for_table) = AddPositions.bwd(x, weights.get(table), result, grad)?;
                self.value(from, for_x)?;
                self.parameter(table, for_table)?;
            }
            Kind::LayerNorm { scale, shift } => {
                let (for_x, for_scale, for_shift) =
                    LayerNorm.bwd(x, weights.get(scale), weights.get(shift), result, grad)?;
                self.value(from, for_x)?;
                self.parameter(scale, for_scale)?;
                self.parameter(shift, for_shift)?;
            }
            Kind::Attention { heads } => self.value(from, Attention { heads }.bwd(x, result, grad)?)?,
            Kind::Activation(activation) => self.value(from, Activate(activation).bwd(x, result, grad)?)?,
            Kind::Select => match &pass.positions {
                Some(positions) => self.value(from, Select { positions: positions.clone() }.bwd(x, result, grad)?)?,
                None => self.value(from, Some(grad.clone()))?,
            },
            Kind::Add => {
                let (for_x, for_other) = Add.bwd(x, values.need(operation.inputs[1])?, result, grad)?;
                self.value(from, for_x)?;
                self.value(operation.inputs[1], for_other)?;
            }
        }
        Ok(())
    }

    fn value(&mut self, slot: Slot, grad: Option<Tensor>) -> Result<()> {
        gather(&mut self.slots[slot], grad)
    }

    fn parameter(&mut self, id: ParameterId, grad: Option<Tensor>) -> Result<()> {
        gather(&mut self.parameters[id], grad)
    }
}

/// Adds a gradient to those that came before.
fn gather(sum: &mut Option<Tensor>, grad: Option<Tensor>) -> Result<()> {
    *sum = match (sum.take(), grad) {
        (Some(sum), Some(grad)) => Some(sum.apply_op2_no_bwd(&grad, &Add)?),
        (sum, grad) => sum.or(grad),
    };
    Ok(())
}
