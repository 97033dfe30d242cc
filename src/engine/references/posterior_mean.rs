//! The posterior mean over a pool under normal noise.

use super::affine::affine;
use super::elements::{LANES, Lane, Seen, Sums, mean_over};
use super::hypotheses::{Hypotheses, Latent, latent};
use super::{ByPosition, Told};
use crate::engine::error::{Error, Result};
use crate::engine::sampler::{Sample, Sampler, Values};
use crate::program::task::{Law, NodeId, Op, Pool, Scope, Task};
use std::ops::Range;

/// The Bayes predictor of a real target that is a function of a name drawn from a pool, plus normal noise: the mean of
/// what the elements predict, weighed by how likely each makes the targets so far (Raventos et al. 2023).
///
/// # Errors
/// A target of another form.
pub fn posterior_mean(sampler: &Sampler<'_>, name: NodeId, drawn: &Sample) -> Result<ByPosition> {
    ByPosition::scored(sampler.task, drawn, |told| posterior_means(sampler, name, drawn, told))
}

/// What this predictor predicts.
///
/// # Errors
/// A target of another form.
pub fn posterior_means(sampler: &Sampler<'_>, name: NodeId, drawn: &Sample, told: &mut Told<'_>) -> Result<()> {
    let task = sampler.task;
    let refused = |why: &str| Error::NotRun(format!("`posterior_mean` of {}, {why}", task.title));
    let (mean, noise) = noisy(task, task.target)
        .ok_or_else(|| refused("whose target is no sum with one normal number for each entry"))?;
    known_but_for(task, name, mean, &noise).map_err(refused)?;
    // Without noise only the nearest elements stay.
    let everywhere = |sequence| (0..task.length).all(|position| noise.precision(drawn, sequence, position).is_finite());
    if let Some(slopes) = Slopes::of(sampler, name, mean)
        && (0..drawn.sequences).all(everywhere)
    {
        return slopes.over_the_pool(&noise, drawn, told);
    }
    by_hypotheses(sampler, (name, mean), &noise, drawn, told)
}

/// Whether the posterior mean over a pool takes a few nanoseconds an element and position, since the target is an affine
/// function of the element.
#[must_use]
pub fn weighs_side_by_side(task: &Task, name: NodeId) -> bool {
    noisy(task, task.target).is_some_and(|(mean, _)| affine(task, mean, name))
}

/// Every element's prediction is computed by the task's own graph.
fn by_hypotheses(
    sampler: &Sampler<'_>,
    (name, mean): (NodeId, NodeId),
    noise: &Noise,
    drawn: &Sample,
    told: &mut Told<'_>,
) -> Result<()> {
    let task = sampler.task;
    let mut hypotheses = Hypotheses::new(sampler, vec![latent(sampler, name)?], mean);
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
            predicted.iter_mut().for_each(|sum| *sum /= weight);
            told(sequence, position, &predicted);
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
    Ok(())
}

/// A mean that is an affine function of an element: it is known everywhere from no number and from each number alone.
struct Slopes<'a> {
    sampler: &'a Sampler<'a>,
    name: NodeId,
    pool: Pool,
    /// Numbers in an element.
    dim: usize,
    hypotheses: Hypotheses<'a>,
}

/// Bytes of what is kept of sequences that are looked at together, and of elements.
const SEQUENCES: usize = 1 << 26;
const ELEMENTS: usize = 1 << 18;

impl<'a> Slopes<'a> {
    /// None where the mean is of another form, or where a pool is so small that its elements are fewer than its numbers.
    fn of(sampler: &'a Sampler<'a>, name: NodeId, mean: NodeId) -> Option<Self> {
        let task = sampler.task;
        let (Op::Permutations { pool: Some(pool), .. } | Op::Draw { pool: Some(pool), .. }) = task.nodes[name].op
        else {
            return None;
        };
        let dim = task.nodes[name].shape.iter().product::<usize>();
        let size = dim.saturating_mul(dim + 1).saturating_mul(size_of::<f64>());
        if pool.size <= dim as u64 + 1 || size > SEQUENCES || !affine(task, mean, name) {
            return None;
        }
        let mut data = vec![0.0; dim];
        for at in 0..dim {
            data.extend((0..dim).map(|entry| f64::from(u8::from(entry == at))));
        }
        let values = Values { sequences: dim + 1, repeats: 1, width: dim, data, shared: None };
        let units = Latent { node: name, values, count: dim + 1, prior: vec![1.0; dim + 1] };
        let hypotheses = Hypotheses::new(sampler, vec![units], mean);
        Some(Self { sampler, name, pool, dim, hypotheses })
    }

    /// The predictions where there is noise everywhere.
    fn over_the_pool(mut self, noise: &Noise, drawn: &Sample, told: &mut Told<'_>) -> Result<()> {
        let task = self.sampler.task;
        let outputs = drawn.of(task.target).width;
        let each = task.length * ((self.dim + 2) * outputs * size_of::<f64>() + (1 + outputs) * size_of::<Lane>());
        let together = (SEQUENCES / each).max(1);
        for start in (0..drawn.sequences).step_by(together) {
            let mut seen = Vec::new();
            for sequence in start..drawn.sequences.min(start + together) {
                seen.push(self.see(noise, drawn, sequence)?);
            }
            let mut sums: Vec<Sums> = seen.iter().map(Sums::of).collect();
            let blocks = ELEMENTS.div_ceil(self.dim * size_of::<Lane>());
            let mut first = 0;
            while first < self.pool.size {
                let elements = self.pool.size.min(first + (blocks * LANES) as u64);
                let (numbers, prior) = self.elements(first..elements)?;
                for (seen, sums) in seen.iter().zip(&mut sums) {
                    mean_over(&numbers, &prior, seen, sums);
                }
                first = elements;
            }
            for (place, sums) in sums.iter().enumerate() {
                for position in 0..task.length {
                    let target = drawn.of(task.target).at(start + place, position);
                    let predicted: Vec<f64> =
                        target.iter().zip(sums.errors(position)).map(|(target, error)| target - error).collect();
                    told(start + place, position, &predicted);
                }
            }
        }
        Ok(())
    }

    /// What a sequence says of elements.
    fn see(&mut self, noise: &Noise, drawn: &Sample, sequence: usize) -> Result<Seen> {
        let task = self.sampler.task;
        let target = drawn.of(task.target);
        let mut seen = Seen { dim: self.dim, outputs: target.width, ..Seen::default() };
        self.hypotheses.begin();
        for position in 0..task.length {
            self.hypotheses.look(drawn, sequence, position)?;
            let said = self.hypotheses.said();
            let level = said.at(0, 0);
            for (output, level) in level.iter().enumerate() {
                seen.slopes.extend((0..self.dim).map(|entry| said.at(entry + 1, 0)[output] - level));
            }
            let target = target.at(sequence, position);
            seen.targets.extend(target.iter().zip(level).map(|(target, level)| target - level));
            seen.precision.push(noise.precision(drawn, sequence, position));
        }
        Ok(seen)
    }

    /// Elements side by side, number by number, with their log-weights before any example; behind the last one stand
    /// some without weight.
    fn elements(&self, range: Range<u64>) -> Result<(Vec<Lane>, Vec<Lane>)> {
        let blocks = ((range.end - range.start) as usize).div_ceil(LANES);
        let mut numbers = vec![[0.0; LANES]; blocks * self.dim];
        let mut prior = vec![[f64::NEG_INFINITY; LANES]; blocks];
        for (place, element) in range.enumerate() {
            let (block, lane) = (place / LANES, place % LANES);
            let drawn = self.sampler.pool_element(self.name, element);
            let drawn = drawn.map_err(|fault| Error::Draw(fault.said(self.sampler.task)))?;
            for (numbers, drawn) in numbers[block * self.dim..(block + 1) * self.dim].iter_mut().zip(drawn) {
                numbers[lane] = drawn;
            }
            prior[block][lane] = -self.pool.exponent * libm::log((element + 1) as f64);
        }
        Ok((numbers, prior))
    }
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

    /// A half over the variance; infinite without noise.
    fn precision(&self, drawn: &Sample, sequence: usize, position: usize) -> f64 {
        0.5 * self.sd(drawn, sequence, position).powi(-2)
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
