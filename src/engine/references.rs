//! Reference predictors: what the best predictor that a task declares would score on the same held-out sequences.

use super::sampler::{Rows, Sample, Split, pool_element, sample};
use crate::program::task::{NodeId, Op, Scope, Task};

/// Scores of a predictor at every position, averaged over sequences.
#[derive(Clone, Debug, PartialEq)]
pub struct ByPosition {
    /// Share of correct labels; a tie counts as the share that guessing among the tied gives.
    pub accuracy: Vec<f64>,
    /// Mean negative log likelihood, in nats.
    pub loss: Vec<f64>,
}

/// One latent and the values that it can take.
enum Latent {
    Label { node: NodeId, classes: usize },
    Pooled { node: NodeId, tables: Vec<Vec<u32>> },
}

impl Latent {
    fn count(&self) -> usize {
        match self {
            Self::Label { classes, .. } => *classes,
            Self::Pooled { tables, .. } => tables.len(),
        }
    }
}

/// The exact Bayes predictor of a task whose per-sequence latents are finite and whose target they determine: at each
/// position the latents that agree with all earlier targets are equally likely, so the predictive law is a count.
/// The task must be [`Task::tractable`].
#[must_use]
pub fn posterior(task: &Task, rows: &Rows, seed: u64, split: Split, sequences: &[u64]) -> ByPosition {
    let latents = latents(task, seed);
    let drawn = sample(task, rows, seed, split, sequences);
    let mut total = ByPosition { accuracy: vec![0.0; task.length], loss: vec![0.0; task.length] };
    for sequence in 0..sequences.len() {
        one_sequence(task, &latents, &drawn, sequence, &mut total);
    }
    let count = sequences.len().max(1) as f64;
    total.accuracy.iter_mut().chain(&mut total.loss).for_each(|value| *value /= count);
    total
}

fn latents(task: &Task, seed: u64) -> Vec<Latent> {
    let pooled = |node: NodeId, sizes: &[usize], pool: u64| Latent::Pooled {
        node,
        tables: (0..pool).map(|element| pool_element(seed, node, sizes, element)).collect(),
    };
    (task.nodes.iter().enumerate().filter(|(_, node)| node.scope == Scope::Sequence))
        .filter_map(|(node, at)| match &at.op {
            Op::Uniform { classes } => Some(Latent::Label { node, classes: *classes }),
            Op::Permutations { sizes, pool: Some(pool) } => Some(pooled(node, sizes, *pool)),
            _ => None,
        })
        .collect()
}

fn one_sequence(task: &Task, latents: &[Latent], drawn: &Sample, sequence: usize, total: &mut ByPosition) {
    let assignments: usize = latents.iter().map(Latent::count).product();
    let mut alive: Vec<usize> = (0..assignments).collect();
    let mut said = vec![0u32; 0];
    for example in 0..task.length {
        let truth = drawn.values[task.target].at(sequence, example)[0];
        let mut counts = vec![0u64; task.classes];
        said.clear();
        for &assignment in &alive {
            let world = World { task, latents, drawn, sequence, example, assignment };
            let label = world.value(task.target)[0];
            counts[label as usize] += 1;
            said.push(label);
        }
        let best = counts.iter().copied().max().unwrap_or(0);
        let ties = counts.iter().filter(|&&count| count == best).count();
        let agreeing = counts[truth as usize];
        if agreeing == best {
            total.accuracy[example] += 1.0 / ties as f64;
        }
        total.loss[example] -= libm::log(agreeing as f64 / alive.len() as f64);
        let mut labels = said.iter();
        alive.retain(|_| labels.next() == Some(&truth));
    }
}

/// One hypothesis about a sequence, at one example.
struct World<'a> {
    task: &'a Task,
    latents: &'a [Latent],
    drawn: &'a Sample,
    sequence: usize,
    example: usize,
    assignment: usize,
}

impl<'a> World<'a> {
    /// The components of a node under this hypothesis.
    fn value(&self, node: NodeId) -> Labels<'a> {
        let mut rest = self.assignment;
        for latent in self.latents {
            let (choice, next) = (rest % latent.count(), rest / latent.count());
            match latent {
                Latent::Label { node: at, .. } if *at == node => return Labels::One(choice as u32),
                Latent::Pooled { node: at, tables } if *at == node => return Labels::Many(&tables[choice]),
                _ => rest = next,
            }
        }
        match self.task.nodes[node].op {
            Op::Gather { table, index } => self.gather(node, table, index),
            _ => Labels::Many(self.drawn.values[node].at(self.sequence, self.example)),
        }
    }

    fn gather(&self, node: NodeId, table: NodeId, index: NodeId) -> Labels<'a> {
        let width: usize = self.drawn.values[node].inner.iter().product();
        let start = self.value(index)[0] as usize * width;
        match self.value(table) {
            Labels::Many(cells) => Labels::Many(&cells[start..start + width]),
            one @ Labels::One(_) => one,
        }
    }
}

/// A label, or a borrowed array of them.
#[derive(Clone, Copy)]
enum Labels<'a> {
    One(u32),
    Many(&'a [u32]),
}

impl std::ops::Index<usize> for Labels<'_> {
    type Output = u32;

    fn index(&self, at: usize) -> &u32 {
        match self {
            Self::One(label) => label,
            Self::Many(labels) => &labels[at],
        }
    }
}
