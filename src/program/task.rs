//! A resolved task: a small dataflow graph that the sampler runs over whole batches.
//!
//! Nodes stand in canonical order (depth first from the target, then the input, then what else a measure asks for),
//! so that neither the names nor the order of lines in a file reach the random numbers or a cell's identity.

use crate::data::ShapesSpec;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The place of a node in [`Task::nodes`].
pub type NodeId = usize;

/// One instance of a task, every argument a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub sources: Vec<ShapesSpec>,
    pub nodes: Vec<Node>,
    /// (input, target) pairs in a sequence.
    pub length: usize,
    pub input: NodeId,
    pub target: NodeId,
    /// Size of the target's label space; the read-out is this wide.
    pub classes: usize,
    pub blind: Reference,
    pub ideal: Reference,
    /// Every name that the author gave, for probes; a name changes no result and is kept out of identities.
    #[serde(skip)]
    pub names: BTreeMap<String, NodeId>,
    /// How messages call this instance: `shapes.classify(maps: 1)`.
    #[serde(skip)]
    pub title: String,
}

/// What happens once a run, a sequence or an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Run,
    Sequence,
    Example,
}

/// One draw or definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub scope: Scope,
    pub op: Op,
    /// The label space of each component, where the node holds labels: `[10, 10, 10, 8, 4, 15]` for the factors of a
    /// shapes row, one entry for a single label, none for what is no label.
    pub labels: Vec<usize>,
}

/// How a node's value comes about. Integers throughout; embeddings are looked up when the batch is assembled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    Constant(i64),
    /// A label out of `classes`, each as likely.
    Uniform {
        classes: usize,
    },
    /// One permutation for each size, as a table `[sizes.len(), max(sizes)]`; drawn from a pool of `pool` values
    /// where there is one, else anew each time.
    Permutations {
        sizes: Vec<usize>,
        pool: Option<u64>,
    },
    /// A row of a data source; `distinct` within a sequence.
    Rows {
        source: usize,
        distinct: bool,
    },
    /// The labels of a row, one for each attribute.
    Attributes {
        row: NodeId,
    },
    /// The embedding of a row.
    Embedding {
        row: NodeId,
    },
    /// `table[index]`: takes the first axis of the table away.
    Gather {
        table: NodeId,
        index: NodeId,
    },
}

/// A level of performance that a task declares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Known values, in nats and as a share.
    Levels { loss: Option<f64>, accuracy: Option<f64> },
    /// The exact posterior over the task's finite latents.
    Posterior,
}

impl Task {
    /// Tokens the model reads: x1, y1, x2, y2, ...
    #[must_use]
    pub fn tokens(&self) -> usize {
        2 * self.length
    }

    /// The node under an author's name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Node> {
        self.names.get(name).and_then(|&id| self.nodes.get(id))
    }

    /// The source whose embeddings the model reads.
    #[must_use]
    pub fn input_source(&self) -> Option<&ShapesSpec> {
        let Op::Embedding { row } = self.nodes.get(self.input)?.op else { return None };
        let Op::Rows { source, .. } = self.nodes.get(row)?.op else { return None };
        self.sources.get(source)
    }

    /// How many joint values the per-sequence latents have, where an exact posterior can list them.
    ///
    /// # Errors
    /// Says in words which draw stands in the way.
    pub fn tractable(&self) -> Result<u64, String> {
        /// More joint values than this are too many for every sequence of an evaluation.
        const MOST: u64 = 50_000_000;
        if self.hidden(self.target) {
            return Err("its target depends on a draw of each example that the input does not show".into());
        }
        let mut joint = 1u64;
        for node in self.nodes.iter().filter(|node| node.scope == Scope::Sequence) {
            let values = match &node.op {
                Op::Uniform { classes } => *classes as u64,
                Op::Permutations { pool: Some(pool), .. } => *pool,
                Op::Permutations { pool: None, .. } => return Err("its permutations are not from a pool".into()),
                Op::Rows { .. } => return Err("a row is drawn per sequence".into()),
                Op::Constant(_) | Op::Attributes { .. } | Op::Embedding { .. } | Op::Gather { .. } => 1,
            };
            joint = joint.saturating_mul(values);
        }
        if joint > MOST { Err(format!("its latents have {joint} joint values, over {MOST}")) } else { Ok(joint) }
    }

    /// Whether a node depends on what is drawn for each example, other than the row that the model reads.
    fn hidden(&self, id: NodeId) -> bool {
        let node = &self.nodes[id];
        match node.op {
            Op::Constant(_) => false,
            Op::Uniform { .. } | Op::Permutations { .. } => node.scope == Scope::Example,
            Op::Rows { .. } => node.scope == Scope::Example && self.nodes[self.input].op != Op::Embedding { row: id },
            Op::Attributes { row } | Op::Embedding { row } => self.hidden(row),
            Op::Gather { table, index } => self.hidden(table) || self.hidden(index),
        }
    }

    /// Width of a dense token: the embedding, or the one-hot label where that is wider.
    #[must_use]
    pub fn token_width(&self) -> usize {
        self.input_source().map_or(0, |source| source.width).max(self.classes)
    }
}
