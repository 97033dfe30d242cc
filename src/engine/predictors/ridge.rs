//! Ridge regression on the examples so far, in closed form.

use super::examples::{Examples, Scaled};
use super::least_squares::least_squares;
use super::row_space::RowSpace;
use super::triangle::Triangle;

/// The ratio of the penalty's root to the inputs' size below which rounding of the inputs would reach the penalty, if
/// both were in one triangle from the start.
const SMALL: f64 = 1e-5;

/// The predictor whose weights minimise the sum of squared errors on the examples so far plus `lambda` times the
/// squared norm of the weights, without intercept. It is the posterior mean where weights are standard normal and
/// targets have noise of variance `lambda`. A penalty of 0 means [`least_squares`]; it must not be negative.
#[must_use]
pub fn ridge(examples: &Examples, lambda: f64) -> Vec<f64> {
    debug_assert!(lambda >= 0.0, "a penalty is not negative");
    if lambda == 0.0 {
        return least_squares(examples);
    }
    let scaled = Scaled::of(examples);
    let data = scaled.examples();
    // Weights of divided inputs are larger by what those were divided by.
    let root = lambda.sqrt() / scaled.unit_x;
    if root.is_infinite() {
        return vec![0.0; data.y.len()];
    }
    let small = root < SMALL * (data.dim as f64).sqrt();
    scaled.restore(if small || data.count() <= data.dim {
        among_examples(&data, root)
    } else {
        among_weights(&data, root)
    })
}

/// The penalty is as many examples more as there are coordinates, each of one coordinate, with target 0.
fn among_weights(data: &Examples, root: f64) -> Vec<f64> {
    let mut predictions = vec![0.0; data.y.len()];
    let mut triangle = Triangle::diagonal(data.dim, root, data.outputs);
    for (at, into) in predictions.chunks_exact_mut(data.outputs).enumerate() {
        triangle.predict(&mut data.input(at).to_vec(), into);
        triangle.append(&mut data.input(at).to_vec(), &mut data.target(at).to_vec());
    }
    predictions
}

/// The same within the space that the examples span, where the best weights lie; at every position anew, after the
/// examples, so that however small a penalty does not drown in their rounding.
fn among_examples(data: &Examples, root: f64) -> Vec<f64> {
    let mut predictions = vec![0.0; data.y.len()];
    let mut space = RowSpace::new(data.dim, data.count(), data.outputs);
    for (at, into) in predictions.chunks_exact_mut(data.outputs).enumerate() {
        let parts = space.split(data.input(at));
        let mut triangle = space.triangle().clone();
        for direction in 0..triangle.size() {
            let mut row = vec![0.0; triangle.size()];
            row[direction] = root;
            triangle.append(&mut row, &mut vec![0.0; data.outputs]);
        }
        triangle.predict(&mut parts.coordinates.clone(), into);
        space.learn(parts, data.target(at));
    }
    predictions
}
