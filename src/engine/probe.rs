//! A linear softmax read-out of frozen features, fitted by Adam: what can be read where the model is not asked.

use crate::engine::adam::{Moments, Update};
use crate::engine::error::{Error, Result, ensure};
use crate::engine::kernels::linear;
use crate::engine::kernels::loss::{Head, Wanted, losses};
use crate::engine::network::Normals;

/// One linear map from features to the classes of every target, side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearProbe {
    width: usize,
    sizes: Vec<usize>,
    /// `[width, sum of sizes]`.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// How a probe is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    pub batch: usize,
    pub epochs: usize,
    pub lr: f64,
}

/// How well a probe predicts one target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The share of rows whose largest logit is the right class; the first of equals counts.
    pub accuracy: f64,
    /// Mean, in nats.
    pub cross_entropy: f64,
}

impl LinearProbe {
    /// Fits the mean over targets of the cross-entropy on `features`, `[N, width]`, with labels `[N]` for each target
    /// of `sizes` classes.
    ///
    /// `order` names the rows in the order in which they are seen: `N` for each epoch, or `N` for all. Weights start
    /// normal with sd 0.02, biases at 0. The last batch of an epoch may be short.
    ///
    /// # Errors
    /// If the sizes do not fit or the loss is not finite.
    pub fn fit(
        features: &[f32],
        targets: &[Vec<u32>],
        sizes: &[usize],
        fit: &Fit,
        order: &[u32],
        init: &mut Normals,
    ) -> Result<Self> {
        let count = check(features, targets, sizes)?;
        ensure(fit.batch > 0 && (order.len() == count || order.len() == count * fit.epochs), || {
            format!("batches of {} from {} places for {} epochs of {count} rows", fit.batch, order.len(), fit.epochs)
        })?;
        ensure(order.iter().all(|&row| (row as usize) < count), || format!("an order beyond {count} rows"))?;
        let (width, outputs) = (features.len() / count, sizes.iter().sum());
        let mut weight = init("probe.weight", width * outputs);
        ensure(weight.len() == width * outputs, || format!("{} draws for {width} x {outputs} weights", weight.len()))?;
        for value in &mut weight {
            *value *= 0.02;
        }
        let mut probe = Self { width, sizes: sizes.to_vec(), weight, bias: vec![0.0; outputs] };
        let mut moments = Moments::new([width * outputs, outputs]);
        let update = Update::adam(fit.lr);
        let mut rows = Vec::with_capacity(fit.batch * width);
        for epoch in 0..fit.epochs {
            let order = if order.len() == count { order } else { &order[epoch * count..][..count] };
            for order in order.chunks(fit.batch) {
                rows.clear();
                for &row in order {
                    rows.extend_from_slice(&features[row as usize * width..][..width]);
                }
                let labels = targets.iter().map(|labels| order.iter().map(|&row| labels[row as usize]).collect());
                probe.step(&rows, &heads(sizes, labels.collect()), &mut moments, &update)?;
            }
        }
        Ok(probe)
    }

    fn step(&mut self, rows: &[f32], heads: &[Head], moments: &mut Moments, update: &Update) -> Result<()> {
        let outputs = self.bias.len();
        let logits = linear::forward(rows, &self.weight, &self.bias);
        let (each, grad) = losses(&logits, outputs, heads, &vec![1.0 / heads.len() as f64; heads.len()]);
        if !each.iter().all(|loss| loss.is_finite()) {
            return Err(Error::NotFinite { what: "the loss of a probe".into() });
        }
        let for_weight = linear::weight_gradient(rows, &grad, outputs);
        let mut for_bias = vec![0.0; outputs];
        linear::column_sums(&grad, &mut for_bias);
        moments.step_slices(update, &mut [&mut self.weight, &mut self.bias], &[&for_weight, &for_bias]);
        Ok(())
    }

    /// Logits, `[N, sum of sizes]`, of features `[N, width]`.
    #[must_use]
    pub fn logits(&self, features: &[f32]) -> Vec<f32> {
        linear::forward(features, &self.weight, &self.bias)
    }

    /// Accuracy and cross-entropy for each target.
    ///
    /// # Errors
    /// If the sizes do not fit the probe.
    pub fn score(&self, features: &[f32], targets: &[Vec<u32>]) -> Result<Vec<Score>> {
        let count = check(features, targets, &self.sizes)?;
        ensure(features.len() == count * self.width, || {
            format!("{} features in {count} rows for a probe of width {}", features.len(), self.width)
        })?;
        let (logits, outputs) = (self.logits(features), self.bias.len());
        let heads = heads(&self.sizes, targets.to_vec());
        let (each, _) = losses(&logits, outputs, &heads, &vec![1.0; heads.len()]);
        let score = heads.iter().zip(targets).zip(each).map(|((head, labels), cross_entropy)| {
            let rows = logits.chunks_exact(outputs).zip(labels);
            let right = rows.filter(|(row, target)| first_largest(&row[head.columns.clone()]) == **target as usize);
            Score { accuracy: right.count() as f64 / count as f64, cross_entropy }
        });
        Ok(score.collect())
    }
}

/// The place of the largest logit, the first of equals.
#[must_use]
pub fn first_largest(logits: &[f32]) -> usize {
    let mut best = 0;
    for (place, &logit) in logits.iter().enumerate() {
        if logit > logits[best] {
            best = place;
        }
    }
    best
}

/// Targets side by side.
fn heads(sizes: &[usize], targets: Vec<Vec<u32>>) -> Vec<Head> {
    let mut start = 0;
    let head = |(&size, targets): (&usize, Vec<u32>)| {
        start += size;
        Head::new(start - size..start, Wanted::Labels(targets.into()), 1)
    };
    sizes.iter().zip(targets).map(head).collect()
}

/// How many rows there are.
fn check(features: &[f32], targets: &[Vec<u32>], sizes: &[usize]) -> Result<usize> {
    ensure(!targets.is_empty() && targets.len() == sizes.len(), || {
        format!("{} targets with {} sizes", targets.len(), sizes.len())
    })?;
    let count = targets[0].len();
    ensure(count > 0 && !features.is_empty() && features.len().is_multiple_of(count), || {
        format!("{} features in {count} rows", features.len())
    })?;
    for (labels, &size) in targets.iter().zip(sizes) {
        ensure(labels.len() == count && labels.iter().all(|&label| (label as usize) < size), || {
            format!("{} labels of {size} classes for {count} rows", labels.len())
        })?;
    }
    Ok(count)
}
