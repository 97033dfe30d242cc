//! A linear read-out of frozen features, fitted by Adam: what can be read where the model is not asked.

use crate::engine::adam::{Moments, Update};
use crate::engine::batch::Targets;
use crate::engine::error::{Error, Result, ensure};
use crate::engine::kernels::loss::Head;
use crate::engine::kernels::product::{self, From, Panels, Rows, gradient, pack, padded, product};
use crate::engine::network::Normals;

/// One linear map from features to the classes or numbers of every target, side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearProbe {
    width: usize,
    sizes: Vec<usize>,
    /// `[width, sum of sizes]`, in panels.
    weight: Vec<f32>,
    /// Padded.
    bias: Vec<f32>,
}

/// How a probe is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    pub batch: usize,
    pub epochs: usize,
    pub lr: f64,
}

impl LinearProbe {
    /// Fits the mean over targets of the cross-entropy of labels, and of the squared error of numbers, on `features`,
    /// `[N, width]`; each of the `targets` has `N` labels of so many classes as its size says, or so many numbers.
    ///
    /// `order` names the rows in the order in which they are seen: `N` for each epoch, or `N` for all. Weights start
    /// normal with sd 0.02, biases at 0. The last batch of an epoch may be short.
    ///
    /// # Errors
    /// If the sizes do not fit or the loss is not finite.
    pub fn fit(
        features: &[f32],
        targets: &[Targets],
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
        let wide = padded(outputs);
        let mut panels = vec![0.0; width * wide];
        pack(&weight, outputs, 0, outputs, &mut panels);
        let mut probe = Self { width, sizes: sizes.to_vec(), weight: panels, bias: vec![0.0; wide] };
        let mut moments = Moments::new([width * wide, wide]);
        let update = Update::adam(fit.lr);
        let mut rows = Vec::with_capacity(fit.batch * width);
        let mut room = vec![0.0; product::room(width)];
        for epoch in 0..fit.epochs {
            let order = if order.len() == count { order } else { &order[epoch * count..][..count] };
            for order in order.chunks(fit.batch) {
                rows.clear();
                for &row in order {
                    rows.extend_from_slice(&features[row as usize * width..][..width]);
                }
                let targets: Vec<Targets> = targets.iter().map(|targets| chosen(targets, order)).collect();
                probe.step(&rows, &targets, (&mut moments, &update), &mut room)?;
            }
        }
        Ok(probe)
    }

    fn step(
        &mut self,
        rows: &[f32],
        targets: &[Targets],
        (moments, update): (&mut Moments, &Update),
        room: &mut [f32],
    ) -> Result<()> {
        let logits = self.padded_logits(rows);
        let mut grad = vec![0.0; logits.len()];
        let each = self.losses(&logits, targets, &mut grad);
        if !each.iter().all(|loss| loss.is_finite()) {
            return Err(Error::NotFinite { what: "the loss of a probe".into() });
        }
        let (wide, outputs) = (self.bias.len(), self.sizes.iter().sum());
        let (mut for_weight, mut for_bias) = (vec![0.0; self.weight.len()], vec![0.0; wide]);
        let grad = Rows { values: &grad, count: grad.len() / wide, width: outputs, apart: wide };
        gradient(self.rows(rows), grad, self.width, &mut for_weight, Some(&mut for_bias), true, room);
        moments.step(update, &mut [&mut self.weight, &mut self.bias], &[&for_weight, &for_bias]);
        Ok(())
    }

    fn rows<'a>(&self, features: &'a [f32]) -> Rows<'a> {
        Rows { values: features, count: features.len() / self.width, width: self.width, apart: self.width }
    }

    /// Logits of every row, padded.
    fn padded_logits(&self, features: &[f32]) -> Vec<f32> {
        let (wide, outputs) = (self.bias.len(), self.sizes.iter().sum());
        let mut logits = vec![0.0; features.len() / self.width * wide];
        let weight = Panels { values: &self.weight, inner: self.width, rows: self.width, columns: outputs };
        product(self.rows(features), weight, From::Bias(&self.bias), &mut logits, wide);
        logits
    }

    /// The cross-entropy of each target, and the gradient of their mean.
    fn losses(&self, logits: &[f32], targets: &[Targets], grad: &mut [f32]) -> Vec<f64> {
        let (wide, weight) = (self.bias.len(), 1.0 / targets.len() as f64);
        let head = |(columns, targets): (std::ops::Range<usize>, &Targets)| {
            Head::new(columns, targets, targets.len()).loss(logits, wide, 0, weight, grad)
        };
        columns(&self.sizes).into_iter().zip(targets).map(head).collect()
    }

    /// Logits and numbers of every target side by side, `[N, sum of sizes]`, added to `out`.
    ///
    /// # Errors
    /// If the features are no whole rows.
    pub fn predict(&self, features: &[f32], out: &mut Vec<f64>) -> Result<()> {
        ensure(features.len().is_multiple_of(self.width), || {
            format!("{} features for a probe of width {}", features.len(), self.width)
        })?;
        let outputs: usize = self.sizes.iter().sum();
        let logits = self.padded_logits(features);
        out.extend(logits.chunks_exact(self.bias.len()).flat_map(|row| &row[..outputs]).map(|&logit| f64::from(logit)));
        Ok(())
    }
}

/// The targets of some rows.
fn chosen(targets: &Targets, rows: &[u32]) -> Targets {
    match targets {
        Targets::Labels(labels) => Targets::Labels(rows.iter().map(|&row| labels[row as usize]).collect()),
        Targets::Numbers { width, values } => {
            let values = rows.iter().flat_map(|&row| &values[row as usize * width..][..*width]).copied().collect();
            Targets::Numbers { width: *width, values }
        }
    }
}

/// The columns of targets side by side.
fn columns(sizes: &[usize]) -> Vec<std::ops::Range<usize>> {
    let mut end = 0;
    let next = |&size: &usize| {
        end += size;
        end - size..end
    };
    sizes.iter().map(next).collect()
}

/// How many rows there are.
fn check(features: &[f32], targets: &[Targets], sizes: &[usize]) -> Result<usize> {
    ensure(!targets.is_empty() && targets.len() == sizes.len(), || {
        format!("{} targets with {} sizes", targets.len(), sizes.len())
    })?;
    let count = targets[0].len();
    ensure(count > 0 && !features.is_empty() && features.len().is_multiple_of(count), || {
        format!("{} features in {count} rows", features.len())
    })?;
    for (targets, &size) in targets.iter().zip(sizes) {
        let fit = match targets {
            Targets::Labels(labels) => labels.iter().all(|&label| (label as usize) < size),
            Targets::Numbers { width, .. } => *width == size,
        };
        ensure(fit && targets.len() == count, || format!("{} targets of size {size} for {count} rows", targets.len()))?;
    }
    Ok(count)
}
