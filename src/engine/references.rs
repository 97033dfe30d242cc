//! Exact Bayes predictors of tasks whose latents can be listed: the posterior over finite latents, and the posterior
//! mean over a pool under normal noise.
//!
//! Hypotheses about a sequence are the sequences of a small batch of their own: the sampler's functions run over all of
//! them at once, with the latents listed in place of drawn.

use super::error::{Error, Result};
use super::predictors::score_law;
use super::sampler::{Cone, Numbers, Sample, Sampler, Values, zipf_weights};
use crate::program::task::{Law, NodeId, Op, Pool, Scope, Task};

/// Scores of a predictor at every position, averaged over sequences.
#[derive(Clone, Debug, PartialEq)]
pub struct ByPosition {
    /// Share of correct labels; a tie counts as the share that guessing among the tied gives. Empty for real targets.
    pub accuracy: Vec<f64>,
    /// Mean negative log likelihood, in nats, or mean squared error.
    pub loss: Vec<f64>,
}

impl ByPosition {
    /// Nothing scored yet.
    #[must_use]
    pub fn zeros(length: usize, real: bool) -> Self {
        Self { accuracy: vec![0.0; if real { 0 } else { length }], loss: vec![0.0; length] }
    }

    /// Adds what a law over labels scores at a position where a label is right.
    pub fn law(&mut self, position: usize, law: &[f64], truth: usize) {
        let score = score_law(law, truth);
        self.accuracy[position] += score.accuracy;
        self.loss[position] += score.loss;
    }

    /// Divides by the number of sequences.
    #[must_use]
    pub fn mean(mut self, sequences: usize) -> Self {
        let count = sequences.max(1) as f64;
        self.accuracy.iter_mut().chain(&mut self.loss).for_each(|value| *value /= count);
        self
    }
}

/// A latent with the values that it can take.
struct Latent {
    node: NodeId,
    values: Values,
    count: usize,
    /// How likely each is before any example, up to a factor.
    prior: Vec<f64>,
}

/// How likely a target is under each hypothesis.
enum Likelihood {
    /// It is what the hypothesis says.
    Certain(NodeId),
    /// It is 1 with a probability.
    Truth(NodeId),
    /// It is drawn with these probabilities.
    Labels(NodeId),
}

impl Likelihood {
    fn of(task: &Task) -> Self {
        match &task.nodes[task.target].op {
            Op::Draw { law: Law { name, args, .. }, pool: None, first: None, .. } => match (name.as_str(), &args[..]) {
                ("bernoulli", [Some(p)]) => Self::Truth(*p),
                ("categorical", [Some(p)]) => Self::Labels(*p),
                _ => Self::Certain(task.target),
            },
            _ => Self::Certain(task.target),
        }
    }

    fn node(&self) -> NodeId {
        let (Self::Certain(node) | Self::Truth(node) | Self::Labels(node)) = self;
        *node
    }

    /// The probability of a label where a hypothesis says this.
    fn at(&self, said: &[f64], label: usize) -> f64 {
        match self {
            Self::Certain(_) => f64::from(u8::from(said[0] as usize == label)),
            Self::Truth(_) => [1.0 - said[0], said[0]][label],
            Self::Labels(_) => said[label],
        }
    }
}

/// The exact Bayes predictor of a task whose per-sequence latents are finite: hypotheses are weighed by their prior and
/// by how likely each makes the targets so far. The task must be [`Task::tractable`].
///
/// # Errors
/// Latents that cannot be listed.
pub fn posterior(sampler: &Sampler<'_>, drawn: &Sample) -> Result<ByPosition> {
    let task = sampler.task;
    task.tractable().map_err(|reason| Error::NotRun(format!("the posterior of {}: {reason}", task.title)))?;
    let likelihood = Likelihood::of(task);
    let latents = task.latents().into_iter().map(|node| latent(sampler, node)).collect::<Result<Vec<_>>>()?;
    let mut hypotheses = Hypotheses::new(sampler, latents, likelihood.node());
    let mut total = ByPosition::zeros(task.length, false);
    for sequence in 0..drawn.sequences {
        hypotheses.begin();
        for position in 0..task.length {
            let truth = drawn.of(task.target).label(sequence, position) as usize;
            hypotheses.look(drawn, sequence, position)?;
            let mut law = vec![0.0; task.classes];
            for (place, weight) in hypotheses.weights.iter().enumerate() {
                let said = hypotheses.said().at(place, 0);
                match &likelihood {
                    Likelihood::Certain(_) => law[said[0] as usize] += weight,
                    other => law.iter_mut().enumerate().for_each(|(label, p)| *p += weight * other.at(said, label)),
                }
            }
            total.law(position, &law, truth);
            hypotheses.learn(|said| likelihood.at(said, truth));
        }
    }
    Ok(total.mean(drawn.sequences))
}

/// The Bayes predictor of a real target that is a function of a name drawn from a pool, plus normal noise: the mean of
/// what the elements predict, weighed by how likely each makes the targets so far (Raventos et al. 2023).
///
/// # Errors
/// A target of another form.
pub fn posterior_mean(sampler: &Sampler<'_>, name: NodeId, drawn: &Sample) -> Result<ByPosition> {
    let task = sampler.task;
    let refused = |why: &str| Error::NotRun(format!("`posterior_mean` of {}, {why}", task.title));
    let (mean, noise) = noisy(task, task.target)
        .ok_or_else(|| refused("whose target is no sum with one normal number for each entry"))?;
    known_but_for(task, name, mean, &noise).map_err(refused)?;
    let mut hypotheses = Hypotheses::new(sampler, vec![latent(sampler, name)?], mean);
    let mut total = ByPosition::zeros(task.length, true);
    for sequence in 0..drawn.sequences {
        hypotheses.begin();
        for position in 0..task.length {
            hypotheses.look(drawn, sequence, position)?;
            let truth = drawn.of(task.target).at(sequence, position).to_vec();
            let weight: f64 = hypotheses.weights.iter().sum();
            let mut predicted = vec![0.0; truth.len()];
            for (place, weight) in hypotheses.weights.iter().enumerate() {
                let said = hypotheses.said().at(place, 0);
                predicted.iter_mut().zip(said).for_each(|(sum, said)| *sum += weight * said);
            }
            let error = predicted.iter().zip(&truth).map(|(sum, truth)| (sum / weight - truth).powi(2));
            total.loss[position] += error.sum::<f64>() / truth.len() as f64;
            let sd = noise.sd(drawn, sequence, position);
            let nearest = hypotheses.nearest(&truth);
            hypotheses.learn(|said| {
                let distance: f64 = said.iter().zip(&truth).map(|(said, truth)| (said - truth).powi(2)).sum();
                // Measured from the nearest, so that not all weights vanish; without noise only the nearest stay.
                let excess = distance - nearest;
                match sd {
                    sd if sd > 0.0 => libm::exp(-excess / (2.0 * sd * sd)),
                    _ => f64::from(u8::from(excess <= 1e-18 + 1e-12 * nearest)),
                }
            });
        }
    }
    Ok(total.mean(drawn.sequences))
}

/// Whether the mean of a target depends on a name and the input alone, and its noise on neither.
fn known_but_for(task: &Task, name: NodeId, mean: NodeId, noise: &Noise) -> std::result::Result<(), &'static str> {
    let drawn = |node: NodeId, given: Option<NodeId>| {
        let behind = task.behind(node, given).into_iter();
        behind.filter(|&id| task.nodes[id].op.is_draw() && task.nodes[id].scope != Scope::Run).collect::<Vec<_>>()
    };
    let input = drawn(task.input, None);
    if input.contains(&name) || input.contains(&noise.node) {
        return Err("whose input tells of what is averaged over");
    }
    if drawn(mean, Some(task.input)).iter().any(|&id| id != name) {
        return Err("whose target depends on further draws that the input does not show");
    }
    if noise.factors.iter().chain(&noise.sd).any(|&node| !drawn(node, Some(task.input)).is_empty()) {
        return Err("whose noise has a size that the input does not show");
    }
    Ok(())
}

/// What makes a target noisy: a normal number, times what its factors say.
struct Noise {
    node: NodeId,
    factors: Vec<NodeId>,
    sd: Option<NodeId>,
}

impl Noise {
    fn sd(&self, drawn: &Sample, sequence: usize, position: usize) -> f64 {
        let at = |node: &NodeId| drawn.of(*node).at(sequence, position)[0];
        self.factors.iter().chain(&self.sd).map(at).product::<f64>().abs()
    }
}

/// Takes a sum apart into what is known of it and one normal number.
fn noisy(task: &Task, node: NodeId) -> Option<(NodeId, Noise)> {
    let Op::Apply { function, args } = &task.nodes[node].op else { return None };
    let [left, right] = args[..] else { return None };
    let (mean, noise) = match function.as_str() {
        "+" => noise(task, right).map(|noise| (left, noise)).or_else(|| Some((right, noise(task, left)?)))?,
        "-" => (left, noise(task, right)?),
        _ => return None,
    };
    // One number for each entry, all of one size.
    let single = |node: &NodeId| task.nodes[*node].shape.iter().product::<usize>() == 1;
    let fits = task.nodes[noise.node].shape == task.nodes[task.target].shape;
    (fits && noise.factors.iter().chain(&noise.sd).all(single)).then_some((mean, noise))
}

fn noise(task: &Task, node: NodeId) -> Option<Noise> {
    match &task.nodes[node] {
        at if at.scope == Scope::Example => match &at.op {
            Op::Draw { law: Law { name, args, .. }, pool: None, first: None, .. } if name == "normal" => {
                let centred = args.first().copied().flatten().is_none_or(|mean| {
                    matches!(&task.nodes[mean].op, Op::Constant(0)) || task.nodes[mean].op == Op::Numbers(vec![0.0])
                });
                centred.then(|| Noise { node, factors: Vec::new(), sd: args.get(1).copied().flatten() })
            }
            Op::Apply { function, args } if function == "*" => {
                let [left, right] = args[..] else { return None };
                let (mut found, factor) = match (noise(task, left), noise(task, right)) {
                    (Some(found), None) => (found, right),
                    (None, Some(found)) => (found, left),
                    _ => return None,
                };
                found.factors.push(factor);
                Some(found)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The values of a latent: the elements of its pool, or its labels.
fn latent(sampler: &Sampler<'_>, node: NodeId) -> Result<Latent> {
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
struct Hypotheses<'a> {
    sampler: &'a Sampler<'a>,
    latents: Vec<Latent>,
    cone: Cone,
    asked: NodeId,
    /// Joint values that are still possible, and their weights.
    alive: Vec<u32>,
    weights: Vec<f64>,
    /// What they say at the position that was looked at last.
    values: Vec<Values>,
}

impl<'a> Hypotheses<'a> {
    fn new(sampler: &'a Sampler<'a>, mut latents: Vec<Latent>, asked: NodeId) -> Self {
        let nodes: Vec<NodeId> = latents.iter().map(|latent| latent.node).collect();
        let cone = sampler.cone(asked, &nodes);
        let mut values = vec![Values::default(); sampler.task.nodes.len()];
        for latent in &mut latents {
            values[latent.node] = std::mem::take(&mut latent.values);
        }
        Self { sampler, latents, cone, asked, alive: Vec::new(), weights: Vec::new(), values }
    }

    fn begin(&mut self) {
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
    fn look(&mut self, drawn: &Sample, sequence: usize, position: usize) -> Result<()> {
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

    fn said(&self) -> &Values {
        &self.values[self.asked]
    }

    /// Weighs every hypothesis by how likely it makes what was seen; what is impossible is given up.
    fn learn(&mut self, likely: impl Fn(&[f64]) -> f64) {
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
    fn nearest(&self, truth: &[f64]) -> f64 {
        let distance = |place: usize| -> f64 {
            self.said().at(place, 0).iter().zip(truth).map(|(said, truth)| (said - truth).powi(2)).sum()
        };
        (0..self.alive.len()).map(distance).fold(f64::INFINITY, f64::min)
    }
}
