//! Averaging: the simplest estimate of a linear function.

use super::examples::Examples;
use super::vectors::{add, dot};

/// The predictor whose weights are the mean of x y over the examples so far (Garg et al. 2022).
#[must_use]
pub fn averaging(examples: &Examples) -> Vec<f64> {
    let Examples { dim, outputs, .. } = *examples;
    let mut predictions = vec![0.0; examples.y.len()];
    // Sums of x y, [outputs, dim].
    let mut sums = vec![0.0; outputs * dim];
    for at in 0..examples.count() {
        let (input, target) = (examples.input(at), examples.target(at));
        for output in 0..outputs {
            let sum = &mut sums[output * dim..][..dim];
            if at > 0 {
                predictions[at * outputs + output] = dot(sum, input) / at as f64;
            }
            add(sum, target[output], input);
        }
    }
    predictions
}
