//! A resolved task: a small dataflow graph that the sampler runs over whole batches.
//!
//! Nodes stand in canonical order (depth first from the target, then the input, then what else a measure asks for),
//! so that neither the names nor the order of lines in a file reach the random numbers or a cell's identity.

use super::training::Schedule;
use crate::data::Source;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The place of a node in [`Task::nodes`].
pub type NodeId = usize;

/// One instance of a task, every argument a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub sources: Vec<Source>,
    pub nodes: Vec<Node>,
    #[serde(default, skip_serializing_if = "Form::pairs")]
    pub form: Form,
    /// (input, target) pairs, or tokens, in a sequence.
    pub length: usize,
    /// What is read of an example; of a task of tokens, the token.
    pub input: NodeId,
    /// What is predicted; of a task of tokens, the token too.
    pub target: NodeId,
    /// Numbers that the model reads of an input: the width of a vector, or the labels of a one-hot label.
    #[serde(default, skip_serializing)]
    pub input_width: usize,
    /// Width of the read-out: the size of the target's label space, or of a real target.
    pub classes: usize,
    /// Whether the target is real, so that the loss is the squared error; else it is cross-entropy over labels.
    #[serde(default, skip_serializing_if = "no")]
    pub real: bool,
    #[serde(default, skip_serializing_if = "Scored::all")]
    pub score: Scored,
    pub blind: Option<Reference>,
    pub ideal: Option<Reference>,
    /// Levels between them, of a staircase.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plateaus: Vec<Reference>,
    /// Whether pools and per-run values are drawn anew, as `fresh(task)` asks.
    #[serde(default, skip_serializing_if = "no")]
    pub fresh: bool,
    /// How arguments change over a stage; the graph is that of their last values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ramps: Vec<Schedule>,
    /// The instance that the ramps start from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Box<Task>>,
    /// Every name that the author gave, for probes; a name changes no result and is kept out of identities.
    #[serde(skip)]
    pub names: BTreeMap<String, NodeId>,
    /// How messages call this instance: `shapes.classify(maps: 1)`.
    #[serde(skip)]
    pub title: String,
}

fn no(value: &bool) -> bool {
    !value
}

/// What a sequence is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// x1, y1, x2, y2, ...; the prediction of y is read at its x.
    #[default]
    Pairs,
    /// Labels one after the other; each is predicted from those before it.
    Tokens,
    /// Examples written as text and cut into tokens.
    Text { pieces: Vec<Piece> },
}

/// A piece of the text of an example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    Literal(String),
    /// What a node holds, as text; `column` names a column of a row.
    Field {
        node: NodeId,
        column: Option<String>,
    },
}

impl Form {
    fn pairs(&self) -> bool {
        *self == Self::Pairs
    }
}

/// Which predictions count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scored {
    #[default]
    All,
    Last,
    /// Those made for positions of at least this, from 0.
    From(usize),
}

impl Scored {
    fn all(&self) -> bool {
        *self == Self::All
    }
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
    /// Sizes of the axes of what the engine of this version does not sample yet; empty for what it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shape: Vec<usize>,
}

/// How a node's value comes about. Embeddings are looked up when the batch is assembled.
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
    /// A fixed number, or a fixed array of them in row-major order.
    Numbers(Vec<f64>),
    /// The position in the sequence, from 0.
    Index,
    /// A draw from a distribution of the registry; the arguments are in its order of parameters.
    Draw {
        distribution: String,
        args: Vec<Option<NodeId>>,
        pool: Option<Pool>,
        distinct: bool,
        /// What the first position is drawn from or is, where the draw looks at the one before it.
        first: Option<NodeId>,
    },
    /// A function of the registry, or an operator by its sign.
    Apply {
        function: String,
        args: Vec<NodeId>,
    },
    /// A node one position earlier; it may be one that this node leads to.
    Previous {
        of: NodeId,
    },
    /// A column of a row, as text.
    Column {
        row: NodeId,
        column: String,
    },
}

/// Values that are drawn once a run, one of which is picked each time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    pub size: u64,
    /// Of the Zipf law by which they are picked; 0 picks each as likely.
    pub exponent: f64,
}

/// A level of performance that a task declares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Known values, in nats and as a share.
    Levels { loss: Option<f64>, accuracy: Option<f64> },
    /// The exact posterior over the task's finite latents.
    Posterior,
    /// A formula for the loss that depends on the position.
    Formula(NodeId),
    /// A predictor of the registry with its numbers, evaluated where the metric is.
    Predictor { name: String, args: Vec<f64>, of: Option<NodeId> },
}

impl Task {
    /// Tokens the model reads of a sequence: x1, y1, x2, y2, ...; or the tokens themselves. A text is counted with one
    /// token a field, a word and a line end, as the tokenizer of a table cuts it.
    #[must_use]
    pub fn tokens(&self) -> usize {
        match &self.form {
            Form::Pairs => 2 * self.length,
            Form::Tokens => self.length,
            Form::Text { pieces } => {
                let each = pieces.iter().map(|piece| match piece {
                    Piece::Field { .. } => 1,
                    Piece::Literal(text) => text.split_whitespace().count() + text.matches('\n').count(),
                });
                self.length * each.sum::<usize>()
            }
        }
    }

    /// The node under an author's name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Node> {
        self.names.get(name).and_then(|&id| self.nodes.get(id))
    }

    /// The source whose embeddings the model reads.
    #[must_use]
    pub fn input_source(&self) -> Option<&crate::data::ShapesSpec> {
        let Op::Embedding { row } = self.nodes.get(self.input)?.op else { return None };
        let Op::Rows { source, .. } = self.nodes.get(row)?.op else { return None };
        self.sources.get(source)?.shapes()
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
                Op::Draw { distribution, .. } => match node.labels.as_slice() {
                    [labels] if node.shape.is_empty() => *labels as u64,
                    _ => return Err(format!("it draws from `{distribution}` per sequence")),
                },
                _ => 1,
            };
            joint = joint.saturating_mul(values);
        }
        if joint > MOST { Err(format!("its latents have {joint} joint values, over {MOST}")) } else { Ok(joint) }
    }

    /// Whether the model reads which row was drawn: by its embedding, or by a column in a text.
    fn shown(&self, row: NodeId) -> bool {
        let column = |node: NodeId| matches!(self.nodes[node].op, Op::Column { row: of, .. } if of == row);
        let pieces = match &self.form {
            Form::Text { pieces } => pieces.as_slice(),
            Form::Pairs | Form::Tokens => &[],
        };
        self.nodes[self.input].op == Op::Embedding { row }
            || pieces.iter().any(|piece| matches!(piece, Piece::Field { node, .. } if column(*node)))
    }

    /// Whether a node depends on what is drawn for each example, other than the row that the model reads.
    fn hidden(&self, id: NodeId) -> bool {
        let node = &self.nodes[id];
        match node.op {
            Op::Constant(_) | Op::Numbers(_) | Op::Index => false,
            Op::Draw { .. } => node.scope == Scope::Example && id != self.input,
            Op::Apply { ref args, .. } => args.iter().any(|&arg| self.hidden(arg)),
            Op::Previous { .. } => true,
            Op::Uniform { .. } | Op::Permutations { .. } => node.scope == Scope::Example,
            Op::Rows { .. } => node.scope == Scope::Example && !self.shown(id),
            Op::Attributes { row } | Op::Embedding { row } | Op::Column { row, .. } => self.hidden(row),
            Op::Gather { table, index } => self.hidden(table) || self.hidden(index),
        }
    }

    /// Width of a dense token: the input, or the one-hot label where that is wider.
    #[must_use]
    pub fn token_width(&self) -> usize {
        self.input_width.max(self.classes)
    }
}
