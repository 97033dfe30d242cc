//! The nodes of a task's graph: draws and definitions, and what each needs.

use serde::{Deserialize, Serialize};

/// The place of a node in [`super::task::Task::nodes`].
pub type NodeId = usize;

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
    /// Sizes of the axes, outermost first; empty for a single value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shape: Vec<usize>,
    /// Of a draw: its line's place in the task as written, whatever the arguments. It keys the draw's random numbers,
    /// so that instances of a task share their pools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<u64>,
}

/// How a node's value comes about. An embedding that the model reads is looked up when the batch is assembled.
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
        pool: Option<Pool>,
    },
    /// A row of a data source; `distinct` within a sequence. Of the rows for which a node holds, where there is one;
    /// the node reads the row's labels by [`Op::Candidate`].
    Rows {
        source: usize,
        distinct: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        only: Option<NodeId>,
    },
    /// The row that a condition of [`Op::Rows`] is asked about.
    Candidate {
        source: usize,
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
    /// A draw from a distribution.
    Draw {
        law: Law,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pool: Option<Pool>,
        #[serde(default, skip_serializing_if = "no")]
        distinct: bool,
        /// What stands at the first position, where the draw looks at the one before it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<Box<First>>,
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

/// A distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Law {
    /// Its name in the registry.
    pub name: String,
    /// In the registry's order of parameters, but for `first`; none where the default holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Option<NodeId>>,
    /// An argument that is a word, such as `outside`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
    /// The data source of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<usize>,
    /// Independent draws that the node holds one behind the other.
    pub copies: usize,
    /// Numbers in one draw.
    pub width: usize,
    /// Of a mixture: its parts with their shares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<(f64, Law)>,
}

/// The start of a recurrence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum First {
    Law(Law),
    Node(NodeId),
}

impl Law {
    /// The nodes that it depends on.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        let inner: Vec<NodeId> = self.parts.iter().flat_map(|(_, part)| part.nodes()).collect();
        self.args.iter().flatten().copied().chain(inner)
    }

    /// The same with its nodes renumbered.
    #[must_use]
    pub fn moved(&self, place: &dyn Fn(NodeId) -> NodeId) -> Self {
        Self {
            args: self.args.iter().map(|arg| arg.map(place)).collect(),
            parts: self.parts.iter().map(|(share, part)| (*share, part.moved(place))).collect(),
            ..self.clone()
        }
    }
}

impl First {
    /// The nodes that it depends on.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        match self {
            Self::Law(law) => law.nodes().collect(),
            Self::Node(node) => vec![*node],
        }
    }

    /// The same with its nodes renumbered.
    #[must_use]
    pub fn moved(&self, place: &dyn Fn(NodeId) -> NodeId) -> Self {
        match self {
            Self::Law(law) => Self::Law(law.moved(place)),
            Self::Node(node) => Self::Node(place(*node)),
        }
    }
}

impl Op {
    /// The nodes that must be known first; a look back needs none, since it may lead to the node itself.
    #[must_use]
    pub fn needs(&self) -> Vec<NodeId> {
        match self {
            Self::Attributes { row } | Self::Embedding { row } | Self::Column { row, .. } => vec![*row],
            Self::Gather { table, index } => vec![*table, *index],
            Self::Apply { args, .. } => args.clone(),
            Self::Rows { only, .. } => only.iter().copied().collect(),
            Self::Draw { law, first, .. } => law.nodes().chain(first.iter().flat_map(|first| first.nodes())).collect(),
            Self::Constant(_)
            | Self::Numbers(_)
            | Self::Index
            | Self::Uniform { .. }
            | Self::Permutations { .. }
            | Self::Candidate { .. }
            | Self::Previous { .. } => vec![],
        }
    }

    /// Whether it takes random numbers.
    #[must_use]
    pub fn is_draw(&self) -> bool {
        matches!(self, Self::Draw { .. } | Self::Uniform { .. } | Self::Permutations { .. } | Self::Rows { .. })
    }

    /// The operation with its nodes renumbered.
    #[must_use]
    pub fn moved(&self, place: &dyn Fn(NodeId) -> NodeId) -> Self {
        match self {
            Self::Attributes { row } => Self::Attributes { row: place(*row) },
            Self::Embedding { row } => Self::Embedding { row: place(*row) },
            Self::Column { row, column } => Self::Column { row: place(*row), column: column.clone() },
            Self::Gather { table, index } => Self::Gather { table: place(*table), index: place(*index) },
            Self::Previous { of } => Self::Previous { of: place(*of) },
            Self::Rows { source, distinct, only } => {
                Self::Rows { source: *source, distinct: *distinct, only: only.map(place) }
            }
            Self::Apply { function, args } => {
                Self::Apply { function: function.clone(), args: args.iter().map(|&arg| place(arg)).collect() }
            }
            Self::Draw { law, pool, distinct, first } => Self::Draw {
                law: law.moved(place),
                pool: *pool,
                distinct: *distinct,
                first: first.as_ref().map(|first| Box::new(first.moved(place))),
            },
            other => other.clone(),
        }
    }
}

/// Values that are drawn once a run, one of which is picked each time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    pub size: u64,
    /// Of the Zipf law by which they are picked; 0 picks each as likely.
    pub exponent: f64,
}

fn no(value: &bool) -> bool {
    !value
}
