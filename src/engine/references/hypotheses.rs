//! Hypotheses about a sequence are the sequences of a small batch of their own: the sampler's functions run over all of
//! them at once, with the latents listed in place of drawn.

use crate::engine::error::{Error, Result};
use crate::engine::sampler::{Cone, Numbers, Sample, Sampler, Values, zipf_weights};
use crate::program::task::{NodeId, Op, Pool};

/// A latent with the values that it can take.
pub struct Latent {
    pub node: NodeId,
    pub values: Values,
    pub count: usize,
    /// How likely each is before any example, up to a factor.
    pub prior: Vec<f64>,
}

/// The values of a latent: the elements of its pool, or its labels.
///
/// # Errors
/// A latent whose values cannot be listed.
pub fn latent(sampler: &Sampler<'_>, node: NodeId) -> Result<Latent> {
    let task = sampler.task;
    let at = &task.nodes[node];
    let pooled = match &at.op {
        Op::Permutations { pool, .. } | Op::Draw { pool, .. } => *pool,
        _ => None,
    };
    if let Some(Pool { size, exponent }) = pooled {
        let mut data = Vec::new();
        for element in 0..size {
            data.extend(sampler.pool_element(node, element).map_err(|fault| Error::Draw(fault.said(task)))?);
        }
        let width = data.len() / (size as usize).max(1);
        let values = Values { sequences: size as usize, repeats: 1, width, data, shared: None };
        let prior = if exponent == 0.0 { vec![1.0; size as usize] } else { zipf_weights(size as usize, exponent) };
        return Ok(Latent { node, values, count: size as usize, prior });
    }
    let entries: usize = at.shape.iter().product();
    let Some(&labels) = at.labels.first() else {
        return Err(Error::NotRun(format!("a posterior over a draw of {} that is no label", task.title)));
    };
    let count = labels.pow(entries as u32);
    let each = sampler.prior(node, labels).ok_or_else(|| {
        Error::NotRun(format!("a posterior over a draw of {} whose law depends on another", task.title))
    })?;
    let mut data = Vec::with_capacity(count * entries);
    let mut prior = Vec::with_capacity(count);
    for value in 0..count {
        let (mut rest, mut weight) = (value, 1.0);
        for _ in 0..entries {
            data.push((rest % labels) as f64);
            weight *= each[rest % labels];
            rest /= labels;
        }
        prior.push(weight);
    }
    Ok(Latent {
        node,
        values: Values { sequences: count, repeats: 1, width: entries, data, shared: None },
        count,
        prior,
    })
}

/// Hypotheses about one sequence: which value each latent has.
pub struct Hypotheses<'a> {
    sampler: &'a Sampler<'a>,
    latents: Vec<Latent>,
    cone: Cone,
    asked: NodeId,
    /// Joint values that are still possible, and their weights.
    alive: Vec<u32>,
    pub weights: Vec<f64>,
    /// What they say at the position that was looked at last.
    values: Vec<Values>,
}

impl<'a> Hypotheses<'a> {
    /// Hypotheses that differ in some latents, asked for what they say of a node.
    pub fn new(sampler: &'a Sampler<'a>, mut latents: Vec<Latent>, asked: NodeId) -> Self {
        let nodes: Vec<NodeId> = latents.iter().map(|latent| latent.node).collect();
        let cone = sampler.cone(asked, &nodes);
        let mut values = vec![Values::default(); sampler.task.nodes.len()];
        for latent in &mut latents {
            values[latent.node] = std::mem::take(&mut latent.values);
        }
        Self { sampler, latents, cone, asked, alive: Vec::new(), weights: Vec::new(), values }
    }

    /// Takes up all of them for a new sequence.
    pub fn begin(&mut self) {
        let all: usize = self.latents.iter().map(|latent| latent.count).product();
        self.alive.clear();
        self.alive.extend(0..all as u32);
        self.weights.clear();
        self.weights.resize(all, 1.0);
        let mut stride = 1;
        for latent in &self.latents {
            if latent.prior.iter().any(|prior| *prior != 1.0) {
                for (place, weight) in self.weights.iter_mut().enumerate() {
                    *weight *= latent.prior[place / stride % latent.count];
                }
            }
            stride *= latent.count;
        }
        self.share();
    }

    /// Tells the latents which value each hypothesis has.
    fn share(&mut self) {
        let mut stride = 1;
        for latent in &self.latents {
            let values = &mut self.values[latent.node];
            let shared = values.shared.get_or_insert_default();
            shared.clear();
            shared.extend(self.alive.iter().map(|joint| joint / stride % latent.count as u32));
            values.sequences = shared.len();
            stride *= latent.count as u32;
        }
    }

    /// Computes what every hypothesis says of a position.
    ///
    /// # Errors
    /// A line that cannot be computed.
    pub fn look(&mut self, drawn: &Sample, sequence: usize, position: usize) -> Result<()> {
        for &id in &self.cone.given {
            self.values[id] = Values::fixed(drawn.of(id).at(sequence, position).to_vec());
        }
        for &id in &self.cone.computed {
            let width = self.sampler.task.nodes[id].shape.iter().product();
            let mut out = std::mem::take(&mut self.values[id]);
            out.data.clear();
            out.data.resize(self.alive.len() * width, 0.0);
            (out.sequences, out.repeats, out.width) = (self.alive.len(), 1, width);
            let numbers = Numbers { drawn: &self.values, ..drawn.numbers() };
            let made = self.sampler.compute(id, numbers, &mut out, 0..1);
            self.values[id] = out;
            made.map_err(|fault| Error::Draw(fault.said(self.sampler.task)))?;
        }
        Ok(())
    }

    /// What they said of the position that was looked at last.
    pub fn said(&self) -> &Values {
        &self.values[self.asked]
    }

    /// Weighs every hypothesis by how likely it makes what was seen; what is impossible is given up.
    pub fn learn(&mut self, likely: impl Fn(&[f64]) -> f64) {
        let mut kept = 0;
        for place in 0..self.alive.len() {
            let weight = self.weights[place] * likely(self.values[self.asked].at(place, 0));
            if weight > 0.0 {
                self.alive[kept] = self.alive[place];
                self.weights[kept] = weight;
                kept += 1;
            }
        }
        if kept == 0 {
            return;
        }
        let fewer = kept < self.alive.len();
        self.alive.truncate(kept);
        self.weights.truncate(kept);
        // Equal weights stay whole numbers, so that ties are ties.
        let most = self.weights.iter().copied().fold(0.0, f64::max);
        if most < 1e-100 {
            self.weights.iter_mut().for_each(|weight| *weight /= most);
        }
        if fewer {
            self.share();
        }
    }

    /// The smallest squared distance of a hypothesis from what was seen.
    pub fn nearest(&self, truth: &[f64]) -> f64 {
        let distance = |place: usize| -> f64 {
            self.said().at(place, 0).iter().zip(truth).map(|(said, truth)| (said - truth).powi(2)).sum()
        };
        (0..self.alive.len()).map(distance).fold(f64::INFINITY, f64::min)
    }
}
