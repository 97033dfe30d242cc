//! How much memory a cell needs on a card, where cells of one model are computed together.

use super::{Shape, shape};
use crate::engine::batch::{Batch, Input, Targets, Term};
use crate::engine::compile::compile;
use crate::engine::error::Result;
use crate::engine::network::Reading;
use crate::engine::outline;
use crate::engine::stacked::footprint::{Footprint, footprint};
use crate::engine::stacked::shape::{Asked, Shape as Stacked};
use crate::program::training::{Observation, Training, Width};

/// The footprint of a cell on a card, with what cells must have in common to be computed together; none of a cell whose
/// numbers are wider than a card's.
///
/// # Errors
/// A model that cannot be compiled, or a site that it lacks.
pub fn on_card(training: &Training, observation: &Observation) -> Result<Option<Footprint>> {
    if training.numerics.width == Width::F64 {
        return Ok(None);
    }
    let Shape { model, interface, steps, looks, .. } = shape(training, observation);
    let program = compile(&model, &interface)?;
    let labels = outline::labels(training);
    let input = || if labels { Input::Labels(Vec::new()) } else { Input::default() };
    let mut shapes = Vec::new();
    for (batch, read) in steps {
        let batch = Batch { input: input(), targets: vec![Targets::Labels(Vec::new())], ..batch };
        let width = |output: usize| match output {
            0 => interface.outputs,
            head => interface.heads[head - 1].outputs,
        };
        let term = |&output: &usize| Term { weight: 1.0, output, columns: 0..width(output), targets: 0 };
        let terms: Vec<Term> = read.iter().map(term).collect();
        let asked = Asked::Step { clips: training.clip.is_some() };
        shapes.push(Stacked::of(&program, &batch, asked, &terms, true)?.shape);
    }
    for look in looks {
        let (sequences, tokens) = (look.sequences, look.tokens);
        let each_at = if look.each > 0 { vec![vec![0; sequences * look.each]] } else { Vec::new() };
        let batch =
            Batch { sequences, tokens, input: input(), read_at: look.read.clone(), each_at, ..Batch::default() };
        shapes.push(match look.site {
            None => Stacked::of(&program, &batch, Asked::Outputs, &[], false)?.shape,
            Some((site, context)) => {
                Stacked::read(&program, &batch, context, &[Reading { site, positions: &look.read }])?.shape
            }
        });
    }
    Ok(Some(footprint(&program, &shapes)))
}
