//! Sequences of a task as a person reads them, with what its references score at every position.

mod json;
mod numbers;
mod references;
mod text;

pub use crate::engine::texts::prompt;
pub use json::json;
pub use references::{Level, References, said};
pub use text::text;

use crate::engine::sampler::{Sample, Sampler, Split};
use crate::program::task::{NodeId, Op, Scope, Scored, Task};

/// Some sequences of a task.
pub struct Sequences<'a> {
    /// How the reader called the task.
    pub title: String,
    pub sampler: &'a Sampler<'a>,
    pub sample: &'a Sample,
    pub split: Split,
    pub seed: u64,
    /// The numbers of the sequences.
    pub numbers: Vec<u64>,
    pub references: References,
}

impl<'a> Sequences<'a> {
    fn task(&self) -> &'a Task {
        self.sampler.task
    }

    /// The names of a scope in the order in which they need each other.
    fn named(&self, scope: Scope) -> Vec<(&'a str, NodeId)> {
        let task = self.task();
        let mut named: Vec<(&str, NodeId)> = (task.names.iter())
            .map(|(name, id)| (name.as_str(), *id))
            .filter(|(_, id)| task.nodes[*id].scope == scope)
            .collect();
        named.sort_by_key(|(name, id)| (*id, *name));
        named
    }

    /// What the author calls a node, or a word in its place.
    fn name_of(&self, id: NodeId, otherwise: &'a str) -> &'a str {
        self.task().names.iter().find(|(_, node)| **node == id).map_or(otherwise, |(name, _)| name)
    }

    /// The element of its pool that a node holds in a sequence, and how many there are.
    #[must_use]
    pub fn element(&self, id: NodeId, place: usize) -> Option<(u64, u64)> {
        let node = &self.task().nodes[id];
        let (Op::Draw { pool: Some(pool), .. } | Op::Permutations { pool: Some(pool), .. }) = &node.op else {
            return None;
        };
        let picked = self.sampler.picked(id, self.split, self.numbers[place])?;
        (node.scope == Scope::Sequence).then_some((picked, pool.size))
    }

    /// The row that a node of embeddings reads, with the names of its attributes.
    fn row(&self, id: NodeId) -> Option<(NodeId, Vec<&'a str>)> {
        let Op::Embedding { row } = self.task().nodes[id].op else { return None };
        let attributes = self.task().sources.get(self.task().source_of(row)?)?.attributes();
        Some((row, attributes.into_iter().map(|(name, _)| name).collect()))
    }

    /// The labels of the row that a node of embeddings reads, in the order of the attributes.
    fn attributes(&self, row: NodeId, place: usize, position: usize) -> Vec<usize> {
        let Op::Rows { source, .. } = self.task().nodes[row].op else { return Vec::new() };
        let shapes = self.task().sources.get(source).and_then(|source| source.shapes());
        shapes.map_or_else(Vec::new, |shapes| shapes.factors(self.sample.of(row).label(place, position)))
    }

    /// Which predictions count, in words.
    fn scored(&self) -> String {
        match self.task().score {
            Scored::All => String::new(),
            Scored::Last => "; the last prediction counts".into(),
            Scored::From(first) => format!("; predictions from position {first} on count"),
        }
    }

    /// Which split the sequences are of, in words.
    fn split(&self) -> &'static str {
        match self.split {
            Split::Train => "training",
            Split::Test => "held out",
        }
    }
}

/// A node's type as the language writes it: `class(4)[10]`, `real[5]`.
fn type_of(task: &Task, id: NodeId) -> String {
    let node = &task.nodes[id];
    let element = match (&node.op, node.labels.as_slice()) {
        (Op::Rows { .. }, _) => return "row".into(),
        _ if task.is_text(id) => return "text".into(),
        (Op::Embedding { .. }, _) if !task.is_operand(id) => return "row".into(),
        // What is permuted are labels; the table of several permutations is as wide as the largest.
        (Op::Permutations { sizes, .. }, []) => format!("class({})", sizes.iter().max().unwrap_or(&0)),
        (_, []) => "real".to_string(),
        (_, [first, rest @ ..]) if rest.iter().all(|labels| labels == first) => format!("class({first})"),
        (_, labels) => format!("class({})", labels.iter().max().unwrap_or(&0)),
    };
    if node.shape.is_empty() {
        return element;
    }
    let shape = node.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!("{element}[{shape}]")
}
