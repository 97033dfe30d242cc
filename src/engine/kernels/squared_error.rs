//! Squared error of some columns of a matrix of outputs.

use std::ops::Range;

/// The summed squared error of rows of `width` outputs, of which `columns` take part; writes twice `factor` times the
/// error into the same columns of `grad`. A target that is not a number does not count.
pub(crate) fn sweep(
    outputs: &[f32],
    width: usize,
    columns: Range<usize>,
    targets: &[f32],
    factor: f32,
    grad: &mut [f32],
) -> f64 {
    let mut loss = 0.0;
    let rows = outputs.chunks_exact(width).zip(grad.chunks_exact_mut(width)).zip(targets.chunks_exact(columns.len()));
    for ((row, grad), targets) in rows {
        for ((output, grad), target) in row[columns.clone()].iter().zip(&mut grad[columns.clone()]).zip(targets) {
            if target.is_nan() {
                continue;
            }
            let error = output - target;
            loss += f64::from(error) * f64::from(error);
            *grad = 2.0 * factor * error;
        }
    }
    loss
}
