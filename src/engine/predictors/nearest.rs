//! The mean target of the nearest examples.

use super::examples::{Examples, Scaled};
use super::vectors::add;

/// The mean target of the `k` examples so far whose inputs are nearest by Euclidean distance, of all where there are
/// fewer. Of two at one distance the earlier counts as nearer. `k` is at least 1.
#[must_use]
pub fn nearest(examples: &Examples, k: usize) -> Vec<f64> {
    debug_assert!(k > 0, "a mean over no example");
    let scaled = Scaled::of(examples);
    let data = scaled.examples();
    let mut predictions = vec![0.0; data.y.len()];
    let mut near: Vec<(f64, usize)> = Vec::with_capacity(data.count());
    for (at, into) in predictions.chunks_exact_mut(data.outputs).enumerate() {
        near.clear();
        near.extend((0..at).map(|earlier| (square(data.input(at), data.input(earlier)), earlier)));
        if near.len() > k {
            near.select_nth_unstable_by(k, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            near.truncate(k);
            // Sums do not depend on how the nearest were found.
            near.sort_unstable_by_key(|&(_, earlier)| earlier);
        }
        let share = 1.0 / near.len().max(1) as f64;
        near.iter().for_each(|&(_, earlier)| add(into, share, data.target(earlier)));
    }
    scaled.restore(predictions)
}

/// The squared distance.
fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
