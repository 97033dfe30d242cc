//! Which numbers a dropout keeps.

use super::streams::{Role, stream};

/// What the dropouts of a step depend on, besides their place in the model and the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise {
    pub seed: u64,
    pub step: u64,
}

/// The key of the stream that decides for sequence `sequence` of the batch and dropout `place` of the model.
#[must_use]
pub fn key(noise: Noise, place: u64, sequence: u64) -> [u32; 8] {
    stream(noise.seed, Role::Dropout, &[noise.step, place, sequence]).key()
}

/// Fills `factors` with 0 for a share of them and with `1 / (1 - share)` for the others, for sequence `sequence` of the
/// batch and dropout `place` of the model.
pub fn fill(noise: Noise, place: u64, sequence: u64, share: f64, factors: &mut [f32]) {
    let mut stream = stream(noise.seed, Role::Dropout, &[noise.step, place, sequence]);
    let kept = (1.0 / (1.0 - share)) as f32;
    for factor in factors {
        *factor = if stream.unit() < share { 0.0 } else { kept };
    }
}
