//! What is read off the weights themselves: how far they have moved, what a head copies, the read-out as a lens.

use super::look::{Look, Scored, Sight, Tokens};
use super::scores::{cross_entropy, one};
use crate::engine::error::Result;
use crate::engine::kernels::norm::EPSILON;
use crate::engine::network::Network;
use crate::engine::sampler::Sample;
use crate::engine::texts::Spot;
use crate::program::model::{Model, Norm, Site, Sublayer};
use crate::program::task::Task;
use crate::program::training::Score;
use std::ops::Range;

/// The Euclidean distance of all parameters of two networks of one shape.
///
/// # Errors
/// If a model lies on a card that does not answer.
pub fn distance(a: &Network, b: &Network) -> Result<f64> {
    let (a, b) = (a.backend.numbers()?.parameters, b.backend.numbers()?.parameters);
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    Ok(pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt())
}

/// The parameters of a network by name.
struct Weights<'a> {
    network: &'a Network,
    values: Vec<Vec<f64>>,
}

impl<'a> Weights<'a> {
    fn of(network: &'a Network) -> Result<Self> {
        Ok(Self { network, values: network.backend.numbers()?.parameters })
    }

    fn get(&self, name: &str) -> Option<&[f64]> {
        self.network.program().parameter(name).map(|id| self.values[id].as_slice())
    }

    /// The read-out as `[width, outputs]`, the first outputs alone, and its bias.
    fn read_out(&self, width: usize, outputs: usize) -> (Vec<f64>, Vec<f64>) {
        let bias = self.get("read_out.bias").unwrap_or_default();
        let all = bias.len();
        let weight = match self.get("read_out.weight") {
            Some(weight) => (0..width).flat_map(|row| weight[row * all..row * all + outputs].iter().copied()).collect(),
            // Tied: the transpose of the read-in.
            None => {
                let read_in = self.get("read_in.weight").unwrap_or_default();
                (0..width).flat_map(|row| (0..outputs).map(move |column| read_in[column * width + row])).collect()
            }
        };
        (weight, bias[..outputs].to_vec())
    }
}

/// The share of labels whose own logit is the one that a head raises most where it attends to them: the largest entry of
/// each row of the labels' circuit through values, output and read-out (Elhage et al. 2021), in which norms count as
/// scales alone.
///
/// # Errors
/// If the model lies on a card that does not answer.
pub fn copying(network: &Network, model: &Model, (layer, head): (usize, usize), labels: usize) -> Result<f64> {
    let weights = Weights::of(network)?;
    let width = model.width;
    let mut attentions = model.blocks.iter().enumerate().filter_map(|(place, block)| match block {
        Sublayer::Attention { heads, .. } => Some((place, *heads)),
        Sublayer::Mlp { .. } => None,
    });
    let Some((block, heads)) = attentions.nth(layer) else { return Ok(f64::NAN) };
    let each = width / heads;
    let part = |name: &str| weights.get(&format!("blocks.{block}.{name}")).unwrap_or_default();
    let (inside, outside, read_in) =
        (part("attention.in.weight"), part("attention.out.weight"), weights.get("read_in.weight").unwrap_or_default());
    let scaled = |values: &[f64], scale: &[f64]| -> Vec<f64> {
        values.iter().zip(scale).map(|(value, scale)| value * scale).collect()
    };
    // The norms that what a label is written with passes up to the values, and those that what the head adds passes behind.
    let norms = |blocks: Range<usize>| -> Vec<f64> {
        blocks.fold(vec![1.0; width], |scale, block| {
            scaled(&scale, weights.get(&format!("blocks.{block}.norm.weight")).unwrap_or_default())
        })
    };
    let (before, behind) = match model.norm {
        Norm::Pre => (norms(block..block + 1), weights.get("norm.weight").unwrap_or_default().to_vec()),
        Norm::Post => (norms(0..block), norms(block..model.blocks.len())),
        Norm::None => (norms(0..0), norms(0..0)),
    };
    let (read_out, _) = weights.read_out(width, labels);
    let copied = (0..labels).filter(|&label| {
        let embedded = scaled(&read_in[label * width..(label + 1) * width], &before);
        // The values of the head are the last third of what goes in.
        let value = times(&embedded, each, |row, column| inside[row * 3 * width + 2 * width + head * each + column]);
        let added = times(&value, width, |row, column| outside[(head * each + row) * width + column]);
        let logits = times(&scaled(&added, &behind), labels, |row, column| read_out[row * labels + column]);
        (0..labels).all(|other| other == label || logits[other] < logits[label])
    });
    Ok(copied.count() as f64 / labels as f64)
}

/// A row times a matrix.
fn times(row: &[f64], columns: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..columns).map(|column| row.iter().enumerate().map(|(at, value)| value * entry(at, column)).sum()).collect()
}

/// The loss of a task where the read-out reads the stream early (nostalgebraist 2020).
pub struct Lens<'a> {
    task: &'a Task,
    sample: &'a Sample,
    after: usize,
    positions: Vec<usize>,
    width: usize,
    /// Scale and shift of the norm before the read-out, where there is one.
    norm: Option<(Vec<f64>, Vec<f64>)>,
    /// `[width, outputs]`.
    weight: Vec<f64>,
    bias: Vec<f64>,
    sum: f64,
    count: u64,
}

impl<'a> Lens<'a> {
    /// After so many layers, at the scored predictions of a task.
    ///
    /// # Errors
    /// If the model lies on a card that does not answer.
    pub fn new(network: &Network, model: &Model, after: usize, task: &'a Task, sample: &'a Sample) -> Result<Self> {
        let weights = Weights::of(network)?;
        let (weight, bias) = weights.read_out(model.width, task.classes);
        let norm = weights.get("norm.weight").zip(weights.get("norm.bias"));
        let norm = norm.map(|(scale, shift)| (scale.to_vec(), shift.to_vec()));
        let positions = task.scored();
        Ok(Self { task, sample, after, positions, width: model.width, norm, weight, bias, sum: 0.0, count: 0 })
    }
}

impl Lens<'_> {
    /// What the read-out makes of a row of the stream.
    fn logits(&self, row: &[f32]) -> Vec<f32> {
        let (width, outputs) = (self.width, self.bias.len());
        let mut normed: Vec<f64> = row.iter().map(|&value| f64::from(value)).collect();
        if let Some((scale, shift)) = &self.norm {
            let mean = normed.iter().sum::<f64>() / width as f64;
            let variance = normed.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / width as f64;
            let inverse = 1.0 / (variance + f64::from(EPSILON)).sqrt();
            for ((value, scale), shift) in normed.iter_mut().zip(scale).zip(shift) {
                *value = (*value - mean) * inverse * scale + shift;
            }
        }
        let mut logits = self.bias.clone();
        for (&value, weights) in normed.iter().zip(self.weight.chunks_exact(outputs)) {
            logits.iter_mut().zip(weights).for_each(|(logit, weight)| *logit += value * weight);
        }
        logits.into_iter().map(|logit| logit as f32).collect()
    }
}

impl Scored for Lens<'_> {
    fn value(&self) -> f64 {
        self.sum / self.count as f64
    }
}

impl Look for Lens<'_> {
    fn sights(&self) -> Vec<Sight> {
        let tokens = match &self.sample.text {
            None => Tokens::read(self.task, self.positions.clone()),
            Some(text) => Tokens::Each(Spot::Every(self.positions.clone()), self.positions.len() * text.slots()),
        };
        vec![Sight::now(Site::Residual(self.after), tokens)]
    }

    fn look(&mut self, sequences: Range<usize>, seen: &[&[f32]]) -> Result<()> {
        let target = self.sample.of(self.task.target);
        let score = if self.task.real { Score::SquaredError } else { Score::CrossEntropy };
        let mut rows = seen[0].chunks_exact(self.width);
        for sequence in sequences {
            for &position in &self.positions {
                // Words that are cut cost what their tokens do.
                let cost = match &self.sample.text {
                    None => {
                        rows.next().map(|row| one(score, self.task, &self.logits(row), target.at(sequence, position)))
                    }
                    Some(text) => {
                        let each = text.predicted(sequence, position).zip(&mut rows);
                        let each = each.filter_map(|(predicted, row)| Some((predicted?.1 as usize, row)));
                        Some(each.map(|(label, row)| cross_entropy(&self.logits(row), label)).sum())
                    }
                };
                self.sum += cost.unwrap_or(f64::NAN);
                self.count += 1;
            }
        }
        Ok(())
    }
}
