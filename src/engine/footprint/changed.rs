//! What interventions take: constants and factors beside a batch, and their places in a pass.

use crate::engine::changed::{Changes, Constant, Fixed};
use crate::engine::measure::AT_ONCE;
use crate::program::model::{Model, Site, Sublayer};
use crate::program::training::{Cells, Change, Clamp, Intervention, MeasureKind, Observation, Training, With};

/// The places that interventions change, without a number.
#[must_use]
pub fn places(interventions: &[Intervention]) -> Changes {
    let fixed = interventions.iter().filter_map(|one| one.change.site());
    let fixed = fixed.map(|site| Fixed { site, values: Constant::Zero }).collect();
    let scales = interventions.iter().any(|one| matches!(one.change, Change::ScaleAttention { .. }));
    Changes { fixed, scaled: vec![Constant::Zero; usize::from(scales)], cues: Vec::new() }
}

/// Bytes of the constants and factors of the largest batch, of training or of an evaluation.
#[must_use]
pub fn bytes(training: &Training, observation: &Observation) -> u64 {
    let tokens = training.tokens();
    let own = |sequences: usize| -> u64 {
        training.interventions.iter().map(|one| of(&one.change, &training.model, sequences, tokens)).sum()
    };
    let held = AT_ONCE.min(observation.sequences);
    let under = observation.measures.iter().filter_map(|measure| match &measure.kind {
        MeasureKind::Score { under: Some(under), .. } => Some(of(&under.change, &training.model, held, tokens)),
        _ => None,
    });
    own(training.batch).max(own(held) + under.max().unwrap_or(0))
}

fn of(change: &Change, model: &Model, sequences: usize, tokens: usize) -> u64 {
    let pattern = (sequences * tokens * tokens) as u64;
    let numbers = match *change {
        Change::Clamp { to: Clamp::Matching, .. } | Change::ScaleAttention { cells: Cells::Matching, .. } => pattern,
        Change::Clamp { .. } | Change::ScaleAttention { .. } => (tokens * tokens) as u64,
        Change::Ablate { site, with, keep_patterns } => {
            // What is read of all heads stands beside what is kept of it.
            let value =
                if matches!(site, Site::Pattern(..)) { pattern } else { (sequences * tokens * model.width) as u64 };
            let values = if with == With::Zero { 0 } else { 2 * value };
            let first = match site {
                Site::Residual(after) => after,
                site => site.needs().0.map_or(0, |layer| layer + 1),
            };
            let heads = model.blocks.iter().filter_map(|block| match block {
                Sublayer::Attention { heads, .. } => Some(*heads as u64),
                Sublayer::Mlp { .. } => None,
            });
            let kept = if keep_patterns { 2 * pattern * heads.skip(first).sum::<u64>() } else { 0 };
            values + kept
        }
    };
    4 * numbers
}
