//! What a step must compute and move at the least, counted from the program.

use crate::cases::Case;
use crate::moved;
use crate::report::Work;
use icl::engine::batch::{Batch, Targets, Term};
use icl::engine::error::Result;
use icl::engine::program::{Kind, Listing, Program, Rows, Slot};
use icl::engine::stacked::Layout;
use icl::engine::stacked::plan::Plan;
use icl::engine::stacked::shape::{Asked, Shape};
use icl::program::training::Products;
use std::collections::BTreeSet;

/// Of one model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Floating-point operations of matrix products: of the tokens that something reads alone, of the keys that a query
    /// sees alone; backwards those of inputs and those of weights, where there are any.
    pub operations: f64,
    /// Bytes that pass between a card and its memory: parameters and both moments once in and once out, the batch once in,
    /// and what the way back needs of the way forward once out and once in. Norms, activations and weights of attention
    /// are left out, since they can be made again on the way. A model whose values fit the card's cache can move fewer.
    pub bytes: f64,
}

/// The cost of a step.
///
/// # Errors
/// If an output is read nowhere.
pub fn of(program: &Program, batch: &Batch, terms: &[Term]) -> Result<Cost> {
    let shaped = Shape::of(program, batch, Asked::Step { clips: false }, terms, false)?;
    let shape = &shaped.shape;
    let mut cost = Cost { bytes: 24.0 * program.parameter_count() as f64 + 4.0 * brought(batch), ..Cost::default() };
    for (context, slots) in shape.wanted(program) {
        let listing = program.listing(context);
        let needed = listing.needed(&slots);
        let rows = |slot: Slot| (shape.sequences * shape.rows(listing.rows[slot], context)) as f64;
        let width = |slot: Slot| listing.widths[slot] as f64;
        let mut kept = BTreeSet::new();
        for (operation, _) in listing.operations.iter().zip(needed).filter(|(_, needed)| *needed) {
            let (from, to) = (operation.inputs[0], operation.output);
            match operation.kind {
                // Rows of the table, and sums of rows.
                Kind::ReadIn { .. } if shape.labels => {}
                Kind::ReadIn { .. } | Kind::Linear { .. } | Kind::Tied { .. } => {
                    let ways = if from == 0 { 2.0 } else { 3.0 };
                    cost.operations += ways * 2.0 * rows(to) * width(from) * width(to);
                    kept.insert(origin(listing, from));
                }
                Kind::Project { .. } => cost.operations += 2.0 * rows(to) * width(from) * width(to),
                Kind::Attention { .. } => {
                    let seen: usize = match listing.rows[from] {
                        Rows::All => shape.tokens * (shape.tokens + 1) / 2,
                        Rows::Kept => shaped.kept[context as usize].iter().map(|token| token + 1).sum(),
                        Rows::Read(_) => shape.rows(listing.rows[from], context) * shape.tokens,
                    };
                    // Scores and mixed values forwards, and the gradients of queries, keys, values and weights.
                    cost.operations += 6.0 * 2.0 * (shape.sequences * seen) as f64 * width(to);
                    kept.extend([origin(listing, from), origin(listing, operation.inputs[1])]);
                }
                Kind::LayerNorm { .. } | Kind::Activation(_) => {
                    kept.insert(origin(listing, from));
                }
                Kind::AddPositions { .. }
                | Kind::AddWaves
                | Kind::Values
                | Kind::Dropout { .. }
                | Kind::Prune
                | Kind::Gather { .. }
                | Kind::Add => {}
            }
        }
        // What the batch brought is counted there.
        kept.remove(&0);
        cost.bytes += kept.into_iter().map(|slot| 8.0 * rows(slot) * width(slot)).sum::<f64>();
    }
    Ok(cost)
}

/// What a step of a case is.
///
/// # Errors
/// If its model cannot be compiled.
pub fn work(case: &Case) -> Result<Work> {
    let (program, terms, batch) = (case.program()?, case.terms(), case.batch(0, 0));
    let shaped = Shape::of(&program, &batch, Asked::Step { clips: false }, &terms, false)?;
    let plan = Plan::new(&program, &Layout::new(&program), &shaped.shape, Products::Whole);
    let (models, one) = (case.models as f64, of(&program, &batch, &terms)?);
    Ok(Work {
        case: case.name.into(),
        models: case.models,
        operations: models * one.operations,
        compulsory_bytes: models * one.bytes,
        moved_bytes: models * moved::bytes(&plan.calls),
        launches: plan.calls.len(),
    })
}

/// The value of which another is made number by number or row by row, or whose rows it has.
fn origin(listing: &Listing, mut slot: Slot) -> Slot {
    while slot > 0 {
        let operation = &listing.operations[slot - 1];
        match operation.kind {
            Kind::LayerNorm { .. } | Kind::Activation(_) | Kind::Dropout { .. } | Kind::Prune | Kind::Gather { .. } => {
                slot = operation.inputs[0];
            }
            _ => break,
        }
    }
    slot
}

/// Numbers that a batch brings.
fn brought(batch: &Batch) -> f64 {
    use icl::engine::batch::Input;
    let input = match &batch.input {
        Input::Dense(values) => values.len(),
        Input::Labels(labels) => labels.len(),
    };
    let targets = batch.targets.iter().map(|targets| match targets {
        Targets::Labels(labels) => labels.len(),
        Targets::Numbers { values, .. } => values.len(),
    });
    (input + targets.sum::<usize>()) as f64
}
