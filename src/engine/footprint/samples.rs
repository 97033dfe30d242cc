//! Bytes of drawn sequences, and of what is computed from them once.

use crate::engine::references::weighs_side_by_side;
use crate::engine::sampler::{Rows, Sampler};
use crate::program::task::{NodeId, Op, Pool, Reference, Scope, Task};

const F64: u64 = size_of::<f64>() as u64;

/// Numbers that each sequence of a task holds, as its sampler would draw it; tasks that differ in the sizes of pools
/// alone hold as many.
#[derive(Default)]
pub struct Samples {
    known: Vec<(Task, u64)>,
}

/// Tasks that are compared with; those of neighbouring points of a sweep are the likeliest.
const RECENT: usize = 32;

impl Samples {
    /// Bytes of so many sequences of a task.
    pub fn drawn(&mut self, task: &Task, sequences: u64) -> u64 {
        if sequences == 0 {
            return 0;
        }
        let like = alike(task);
        let found = self.known.iter().rev().take(RECENT).find(|(known, _)| *known == like).map(|(_, held)| *held);
        let held = found.unwrap_or_else(|| {
            let held =
                Sampler::new(&like, &Rows::few(&like), 0).map_or_else(|_| all(task), |sampler| sampler.held() as u64);
            self.known.push((like, held));
            held
        });
        F64 * sequences * held
    }
}

/// The task without what changes no size.
fn alike(task: &Task) -> Task {
    let mut like = task.clone();
    (like.blind, like.ideal) = (None, None);
    like.plateaus.clear();
    like.growth.clear();
    like.names.clear();
    like.title.clear();
    for node in &mut like.nodes {
        if let Op::Permutations { pool: Some(pool), .. } | Op::Draw { pool: Some(pool), .. } = &mut node.op {
            *pool = Pool { size: 1, exponent: 0.0 };
        }
    }
    like
}

/// Numbers of every node that differs from sequence to sequence.
fn all(task: &Task) -> u64 {
    let each = task.nodes.iter().map(|node| {
        let numbers = node.shape.iter().product::<usize>();
        match node.scope {
            Scope::Run => 0,
            Scope::Sequence => numbers,
            Scope::Example => numbers * task.length,
        }
    });
    each.sum::<usize>() as u64
}

/// Bytes of the pools and tables of a task, all elements drawn.
#[must_use]
pub fn pools(task: &Task) -> u64 {
    /// Numbers in the largest pool that is kept, and bytes that say of sixteen elements where they are.
    const KEPT: u64 = 1 << 22;
    const PLACE: u64 = 40;
    let each = task.nodes.iter().map(|node| {
        let numbers = node.shape.iter().product::<usize>() as u64;
        match pool(&node.op) {
            Some(Pool { size, .. }) if size.saturating_mul(numbers) <= KEPT => {
                let labels = !node.labels.is_empty() && node.labels.iter().all(|labels| *labels < 256);
                size * numbers * if labels { 1 } else { F64 } + size / 16 * PLACE
            }
            _ if node.scope == Scope::Run => F64 * numbers,
            _ => 0,
        }
    });
    each.sum()
}

fn pool(op: &Op) -> Option<Pool> {
    match op {
        Op::Permutations { pool, .. } | Op::Draw { pool, .. } => *pool,
        _ => None,
    }
}

/// The most bytes that computing a level of a task takes on so many sequences.
#[must_use]
pub fn levels(task: &Task, sequences: u64) -> u64 {
    let references = task.blind.iter().chain(&task.ideal).chain(&task.plateaus);
    references.map(|reference| level(task, reference, sequences)).max().unwrap_or(0)
}

fn level(task: &Task, reference: &Reference, sequences: u64) -> u64 {
    match reference {
        Reference::Posterior => {
            let Ok(joint) = task.tractable() else { return 0 };
            hypotheses(task, &task.latents(), joint)
        }
        Reference::Predictor { name, of: Some(node), .. } if name == "posterior_mean" => {
            let Some(Pool { size, .. }) = pool(&task.nodes[*node].op) else { return 0 };
            if weighs_side_by_side(task, *node) {
                side_by_side(task, *node, sequences)
            } else {
                hypotheses(task, &[*node], size)
            }
        }
        Reference::Predictor { name, .. } if name == "constant" => F64 * sequences * all(task),
        _ => 0,
    }
}

/// Hypotheses with their numbers, weights, values of each latent and what is computed from these.
fn hypotheses(task: &Task, latents: &[NodeId], joint: u64) -> u64 {
    let numbers = |id: NodeId| task.nodes[id].shape.iter().product::<usize>() as u64;
    let listed = latents.iter().map(|&id| match pool(&task.nodes[id].op) {
        // They are listed in an array that grows.
        Some(pool) => pool.size * numbers(id) * F64 * 3 / 2,
        None => 0,
    });
    let mut depends = vec![false; task.nodes.len()];
    latents.iter().for_each(|&id| depends[id] = true);
    let behind = task.behind(task.target, None);
    // Nodes stand in no order of need, so what depends on a latent is found round by round.
    while let Some(more) =
        behind.iter().find(|&&id| !depends[id] && task.nodes[id].op.needs().iter().any(|&need| depends[need]))
    {
        depends[*more] = true;
    }
    let computed: u64 =
        behind.iter().filter(|&&id| depends[id] && !latents.contains(&id)).map(|&id| F64 * numbers(id)).sum();
    listed.sum::<u64>() + joint * (4 + F64 + 4 * latents.len() as u64 + computed)
}

/// What is kept of the sequences that a pool's elements are weighed by together.
fn side_by_side(task: &Task, node: NodeId, sequences: u64) -> u64 {
    /// Bytes of sequences that are looked at together, at most, and of a lane of numbers.
    const TOGETHER: u64 = 1 << 26;
    const LANE: u64 = 128;
    let dim = task.nodes[node].shape.iter().product::<usize>() as u64;
    let outputs = task.outcomes() as u64;
    let each = task.length as u64 * ((dim + 2) * outputs * F64 + (1 + outputs) * LANE);
    (each * sequences).min(TOGETHER.max(each))
}
