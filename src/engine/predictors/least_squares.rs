//! Least squares on the examples so far, of least norm where they are too few.

use super::examples::{Examples, Scaled};
use super::row_space::RowSpace;

/// The least-squares predictor without intercept; among the weights that fit the examples so far equally well, those of
/// least norm. Singular values below some hundred roundings of the largest count as 0.
#[must_use]
pub fn least_squares(examples: &Examples) -> Vec<f64> {
    let scaled = Scaled::of(examples);
    let data = scaled.examples();
    let mut predictions = vec![0.0; data.y.len()];
    let mut space = RowSpace::new(data.dim, data.count(), data.outputs);
    for (at, into) in predictions.chunks_exact_mut(data.outputs).enumerate() {
        let parts = space.split(data.input(at));
        space.triangle().predict(&mut parts.coordinates.clone(), into);
        space.learn(parts, data.target(at));
    }
    scaled.restore(predictions)
}
