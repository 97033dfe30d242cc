//! Builds a task's graph: names are followed from the target, so that nodes come in canonical order.

use super::names::SCOPES;
use super::value::{DrawValue, Value};
use crate::data::ShapesSpec;
use crate::diagnostic::Span;
use crate::program::task::{Node, NodeId, Op, Scope};
use crate::registry::nearest;
use crate::syntax::tree::{Block, EntryKind, Expr};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// A draw or definition as written.
#[derive(Clone, Copy)]
pub enum Line<'e> {
    Draw { distribution: &'e Expr, pool: Option<&'e Expr>, distinct: bool },
    Definition { value: &'e Expr },
}

/// A task under construction.
pub struct Graph<'e> {
    pub block: &'e Block,
    /// Every named line with the scope of the block it stands in.
    pub lines: HashMap<&'e str, (Scope, Line<'e>, Span)>,
    pub nodes: Vec<Node>,
    pub sources: Vec<ShapesSpec>,
    pub named: BTreeMap<String, NodeId>,
    pub values: HashMap<String, Value>,
    /// Names being followed, to tell a circle.
    pub open: Vec<String>,
    /// Words of lines that could not be read.
    pub unread: Vec<String>,
}

impl<'e> Graph<'e> {
    /// An empty graph over a task's block.
    pub fn new(block: &'e Block, unread: Vec<String>) -> Self {
        let mut lines = HashMap::new();
        collect(block, Scope::Run, &mut lines);
        Self {
            block,
            lines,
            nodes: Vec::new(),
            sources: Vec::new(),
            named: BTreeMap::new(),
            values: HashMap::new(),
            open: Vec::new(),
            unread,
        }
    }

    /// A node that depends on nothing drawn later; equal nodes are one.
    fn intern(&mut self, node: Node) -> NodeId {
        match self.nodes.iter().position(|known| *known == node) {
            Some(at) => at,
            None => self.push(node),
        }
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// A fixed integer.
    pub fn constant(&mut self, value: i64) -> NodeId {
        self.intern(Node { scope: Scope::Run, op: Op::Constant(value), labels: vec![] })
    }

    /// The labels of a row.
    pub fn attributes(&mut self, row: NodeId) -> NodeId {
        let labels = match self.nodes[row].op {
            Op::Rows { source, .. } => self.sources[source].attributes().iter().map(|(_, size)| *size).collect(),
            _ => vec![],
        };
        self.intern(Node { scope: self.nodes[row].scope, op: Op::Attributes { row }, labels })
    }

    /// The embedding of a row.
    pub fn embedding(&mut self, row: NodeId) -> NodeId {
        self.intern(Node { scope: self.nodes[row].scope, op: Op::Embedding { row }, labels: vec![] })
    }

    /// `table[index]`.
    ///
    /// # Errors
    /// In words, where the table is none or the index may point past it.
    pub fn gather(&mut self, table: NodeId, index: NodeId) -> Result<NodeId, String> {
        let scope = self.nodes[table].scope.max(self.nodes[index].scope);
        let (length, labels) = self.axis(table).ok_or("only tables and label vectors can be indexed")?;
        let reach = match (&self.nodes[index].op, self.nodes[index].labels.as_slice()) {
            (Op::Constant(value), _) if *value < 0 => return Err("places count from 0".into()),
            (Op::Constant(value), _) => usize::try_from(*value).map_or(usize::MAX, |value| value.saturating_add(1)),
            (_, []) => return Err("the index is not a label".into()),
            (_, labels) => labels.iter().copied().max().unwrap_or(0),
        };
        if reach > length {
            return Err(format!("the index has {reach} values but the axis has {length} places"));
        }
        // A fixed place is known to hold the labels that stand there, not the widest of all places.
        let labels = match (&self.nodes[table], &self.nodes[index].op) {
            (Node { op: Op::Permutations { sizes, .. }, .. }, Op::Constant(place)) => {
                let size = sizes[*place as usize];
                vec![size; size]
            }
            (Node { op: Op::Attributes { .. }, labels: each, .. }, Op::Constant(place)) => vec![each[*place as usize]],
            _ => labels,
        };
        Ok(self.intern(Node { scope, op: Op::Gather { table, index }, labels }))
    }

    /// Length of a node's first axis, and the label spaces of what stands there.
    fn axis(&self, table: NodeId) -> Option<(usize, Vec<usize>)> {
        let node = &self.nodes[table];
        match &node.op {
            // One permutation a size: its rows are told apart only by the draw, so a row's labels are the widest.
            Op::Permutations { sizes, .. } => {
                let widest = sizes.iter().copied().max()?;
                Some((sizes.len(), vec![widest; widest]))
            }
            Op::Attributes { .. } => Some((node.labels.len(), vec![node.labels.iter().copied().max()?])),
            Op::Gather { table, .. } => match &self.nodes[*table].op {
                Op::Permutations { .. } => Some((node.labels.len(), vec![node.labels.iter().copied().max()?])),
                _ => None,
            },
            _ => None,
        }
    }

    /// A node for a draw.
    pub fn draw(&mut self, scope: Scope, draw: &DrawValue, pool: Option<u64>, distinct: bool) -> NodeId {
        let node = match draw {
            DrawValue::Uniform { classes } => {
                Node { scope, op: Op::Uniform { classes: *classes }, labels: vec![*classes] }
            }
            DrawValue::Permutations { sizes } => {
                Node { scope, op: Op::Permutations { sizes: sizes.clone(), pool }, labels: vec![] }
            }
            DrawValue::Rows { data } => {
                let source = self.source(data);
                Node { scope, op: Op::Rows { source, distinct }, labels: vec![] }
            }
        };
        self.push(node)
    }

    fn source(&mut self, data: &Rc<ShapesSpec>) -> usize {
        match self.sources.iter().position(|known| *known == **data) {
            Some(at) => at,
            None => {
                self.sources.push((**data).clone());
                self.sources.len() - 1
            }
        }
    }
}

fn collect<'e>(block: &'e Block, scope: Scope, lines: &mut HashMap<&'e str, (Scope, Line<'e>, Span)>) {
    for entry in &block.entries {
        match &entry.kind {
            EntryKind::Draw { name, distribution, pool, distinct } => {
                let line = Line::Draw { distribution, pool: pool.as_ref(), distinct: *distinct };
                lines.entry(name.text.as_str()).or_insert((scope, line, name.span));
            }
            EntryKind::Definition { name, value, .. } => {
                lines.entry(name.text.as_str()).or_insert((scope, Line::Definition { value }, name.span));
            }
            EntryKind::Nested { keyword, name: Some(name), block } if keyword.text == "per" => {
                let scope = match nearest(&name.text, SCOPES) {
                    Some("sequence") => Scope::Sequence,
                    Some("example" | "token") => Scope::Example,
                    _ => Scope::Run,
                };
                collect(block, scope, lines);
            }
            _ => {}
        }
    }
}
