//! The losses of read-outs: a mean over the rows that count of each sequence, then over the sequences that have some.

use super::tensor;
use crate::engine::batch::{IGNORED, Targets, Term};
use crate::engine::error::Result;
use candle_core::{D, Device, Tensor};

/// A term's mean loss, a tensor of one number, of its output `[B, positions, outputs]`.
pub(super) fn mean(output: &Tensor, term: &Term, targets: &Targets) -> Result<Tensor> {
    let (sequences, rows, _) = output.dims3()?;
    let width = term.columns.len();
    let own = output.narrow(2, term.columns.start, width)?.reshape((sequences * rows, width))?;
    match targets {
        Targets::Labels(labels) => cross_entropy(&own, labels, rows),
        Targets::Numbers { values, .. } => squared_error(&own, values, rows),
    }
}

/// The mean of `-log softmax(row)[label]`.
fn cross_entropy(logits: &Tensor, labels: &[u32], rows: usize) -> Result<Tensor> {
    let counts: Vec<bool> = labels.iter().map(|&label| label != IGNORED).collect();
    let known: Vec<u32> = labels.iter().map(|&label| if label == IGNORED { 0 } else { label }).collect();
    let known = Tensor::from_vec(known, (labels.len(), 1), &Device::Cpu)?;
    // No gradient flows through the largest, which cancels out.
    let shifted = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?.detach())?;
    let losses = (shifted.exp()?.sum_keepdim(D::Minus1)?.log()? - shifted.gather(&known, 1)?)?;
    let weights = tensor(&weights(&counts, rows), &[labels.len(), 1], logits.dtype())?;
    Ok((losses * weights)?.sum_all()?)
}

/// The mean of the squared differences, over columns too.
fn squared_error(outputs: &Tensor, targets: &[f32], rows: usize) -> Result<Tensor> {
    let width = outputs.dim(1)?;
    let counts: Vec<bool> = targets.chunks(width).map(|row| !row[0].is_nan()).collect();
    let weights = weights(&counts, rows);
    // What is not a number does not count; it is replaced, since nothing times it would not be 0.
    let weigh = |(at, target): (usize, &f32)| if target.is_nan() { 0.0 } else { weights[at / width] / width as f64 };
    let weights: Vec<f64> = targets.iter().enumerate().map(weigh).collect();
    let known: Vec<f64> = targets.iter().map(|&target| if target.is_nan() { 0.0 } else { f64::from(target) }).collect();
    let shape = [targets.len() / width, width];
    let errors = (outputs - tensor(&known, &shape, outputs.dtype())?)?;
    Ok((errors.sqr()? * tensor(&weights, &shape, outputs.dtype())?)?.sum_all()?)
}

/// What each row of sequences of so many weighs.
fn weights(counts: &[bool], rows: usize) -> Vec<f64> {
    let counted: Vec<usize> = counts.chunks(rows).map(|rows| rows.iter().filter(|&&counts| counts).count()).collect();
    let sequences = counted.iter().filter(|&&count| count > 0).count();
    let weigh = |(row, &counts): (usize, &bool)| {
        if counts { 1.0 / (sequences * counted[row / rows]) as f64 } else { 0.0 }
    };
    counts.iter().enumerate().map(weigh).collect()
}
