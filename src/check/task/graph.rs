//! Builds a task's graph: names are followed from the target, so that nodes come in canonical order.

use crate::check::naming::names::SCOPES;
use crate::check::task::places;
use crate::check::values::shape::{Element, RowOf, Type};
use crate::check::values::size::Size;
use crate::check::values::value::Value;
use crate::data::Source;
use crate::program::task::{Node, NodeId, Op, Scope};
use crate::registry::nearest;
use crate::syntax::tree::{Block, EntryKind, Expr, Name, Type as Written};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Label spaces are listed component by component up to so many.
const LISTED: usize = 4096;

/// A draw or definition as written.
#[derive(Clone, Copy)]
pub enum Line<'e> {
    Draw { distribution: &'e Expr, pool: Option<&'e Expr>, distinct: bool },
    Definition { value: &'e Expr, ty: Option<&'e Written> },
}

/// Where a named line stands.
#[derive(Clone, Copy)]
pub struct Named<'e> {
    /// `None` where it stands outside every `per` block.
    pub scope: Option<Scope>,
    pub line: Line<'e>,
    pub name: &'e Name,
}

/// A task under construction.
pub struct Graph<'e> {
    pub block: &'e Block,
    /// Every named line.
    pub lines: HashMap<&'e str, Named<'e>>,
    /// The place of each line in the task as written, whatever its name.
    pub places: HashMap<String, u64>,
    pub nodes: Vec<Node>,
    /// The type of each node.
    pub types: Vec<Type>,
    pub sources: Vec<Source>,
    pub named: BTreeMap<String, NodeId>,
    pub values: HashMap<String, Value>,
    /// Names being followed, to tell a circle and what an outer block cannot see.
    pub open: Vec<(String, Option<Scope>)>,
    /// Nodes that look at a name which is not known yet, by the name.
    pub waiting: Vec<(NodeId, String)>,
    /// Attributes of a row, where a condition on rows is read.
    pub attributes_seen: HashMap<String, Value>,
    /// Words of lines that could not be read.
    pub unread: Vec<String>,
    /// Pairs, or tokens, in a sequence: how far the position goes.
    pub length: Size,
    /// Whether a `per token` block stands in the task.
    pub tokens: bool,
}

/// Why a place cannot be taken of a table; sizes are those of the axis.
pub enum Misplaced {
    NoTable,
    Below(i64),
    Past(i64, Size),
    /// A label out of more than there are places.
    Wide(Size, Size),
    /// An integer that may be anything.
    Integer(Size),
    Other(Type),
}

impl<'e> Graph<'e> {
    /// An empty graph over a task's block.
    pub fn new(block: &'e Block, unread: Vec<String>) -> Self {
        let mut lines = HashMap::new();
        collect(block, None, &mut lines);
        let tokens = block.entries.iter().any(|entry| {
            matches!(&entry.kind, EntryKind::Nested { keyword, name: Some(name), .. } if keyword.text == "per" && name.text == "token")
        });
        Self {
            block,
            places: places::of(block, &lines),
            lines,
            nodes: Vec::new(),
            types: Vec::new(),
            sources: Vec::new(),
            named: BTreeMap::new(),
            values: HashMap::new(),
            open: Vec::new(),
            waiting: Vec::new(),
            attributes_seen: HashMap::new(),
            unread,
            length: Size::name("length"),
            tokens,
        }
    }

    /// Whether a name is drawn or defined here, or stood in a line that could not be read.
    pub fn knows(&self, name: &str) -> bool {
        self.attributes_seen.contains_key(name)
            || self.lines.contains_key(name)
            || self.unread.iter().any(|word| word == name)
    }

    /// Whether a name stood in a line that could not be read, and nowhere else.
    pub fn lost(&self, name: &str) -> bool {
        !self.lines.contains_key(name) && self.unread.iter().any(|word| word == name)
    }

    /// A node that is the same wherever it is written; equal nodes are one.
    pub fn intern(&mut self, scope: Scope, op: Op, ty: Type) -> NodeId {
        let node = lowered(scope, op, &ty);
        match self.nodes.iter().position(|known| *known == node) {
            Some(at) if self.types[at] == ty => at,
            _ => self.push(node, ty),
        }
    }

    fn push(&mut self, node: Node, ty: Type) -> NodeId {
        self.nodes.push(node);
        self.types.push(ty);
        self.nodes.len() - 1
    }

    /// A fresh draw, which is never another's equal, of the line that is followed.
    pub fn draw(&mut self, scope: Scope, op: Op, ty: Type) -> NodeId {
        let line = self.open.last().and_then(|(name, _)| self.places.get(name).copied());
        let node = Node { draw: line, ..lowered(scope, op, &ty) };
        self.push(node, ty)
    }

    /// A fixed integer.
    pub fn constant(&mut self, value: i64) -> NodeId {
        self.intern(Scope::Run, Op::Constant(value), Type::single(Element::Whole))
    }

    /// An operation on nodes, drawn as seldom as they are.
    pub fn apply(&mut self, function: &str, args: Vec<NodeId>, ty: Type) -> NodeId {
        let scope = args.iter().map(|&arg| self.nodes[arg].scope).max().unwrap_or(Scope::Run);
        self.intern(scope, Op::Apply { function: function.into(), args }, ty)
    }

    /// The labels of a row.
    pub fn attributes(&mut self, row: NodeId) -> NodeId {
        let scope = self.nodes[row].scope;
        let ty = match &self.types[row].element {
            Element::Row(RowOf::Known(source)) => {
                let sizes: Vec<usize> = source.attributes().iter().map(|(_, size)| *size).collect();
                let widest = sizes.iter().copied().max().unwrap_or(0);
                Type {
                    element: Element::Label(Size::of(widest)),
                    shape: vec![Size::of(sizes.len())],
                    each: Some(sizes),
                }
            }
            Element::Row(RowOf::Named(name)) => Type::array(
                Element::Label(Size::name(&format!("max({name}.sizes)"))),
                vec![Size::name(&format!("{name}.attributes"))],
            ),
            _ => Type::single(Element::Whole),
        };
        self.intern(scope, Op::Attributes { row }, ty)
    }

    /// The embedding of a row.
    pub fn embedding(&mut self, row: NodeId) -> NodeId {
        let scope = self.nodes[row].scope;
        let width = match &self.types[row].element {
            Element::Row(RowOf::Known(source)) => source.shapes().map_or(Size::of(0), |spec| Size::of(spec.width)),
            Element::Row(RowOf::Named(name)) => Size::name(&format!("{name}.width")),
            _ => Size::of(0),
        };
        self.intern(scope, Op::Embedding { row }, Type::array(Element::Real, vec![width]))
    }

    /// `table[index]`.
    ///
    /// # Errors
    /// Where the table is none or the index may point past it.
    pub fn gather(&mut self, table: NodeId, index: NodeId) -> Result<NodeId, Misplaced> {
        let scope = self.nodes[table].scope.max(self.nodes[index].scope);
        let of = self.types[table].clone();
        let at = self.types[index].clone();
        let Some((length, inner)) = of.shape.split_first() else {
            return Err(Misplaced::NoTable);
        };
        let fixed = match self.nodes[index].op {
            Op::Constant(value) => Some(value),
            _ => None,
        };
        match (fixed, &at.element) {
            (Some(value), _) if value < 0 => return Err(Misplaced::Below(value)),
            (Some(value), _) => {
                if Size::Known(value as f64).excess(length).is_some_and(|excess| excess >= 0.0) {
                    return Err(Misplaced::Past(value, length.clone()));
                }
            }
            (None, Element::Label(labels)) => {
                if labels.excess(length).is_some_and(|excess| excess > 0.0) {
                    return Err(Misplaced::Wide(labels.clone(), length.clone()));
                }
            }
            (None, Element::Truth) => {}
            (None, Element::Whole) => return Err(Misplaced::Integer(length.clone())),
            (None, _) => return Err(Misplaced::Other(at)),
        }
        // A fixed place is known to hold the labels that stand there, not the widest of all places.
        let element = match (&of.each, fixed) {
            (Some(each), Some(place)) => match each.get(place as usize) {
                Some(size) => Element::Label(Size::of(*size)),
                None => of.element.clone(),
            },
            _ => of.element.clone(),
        };
        let mut shape: Vec<Size> = at.shape.clone();
        shape.extend(inner.iter().cloned());
        // A permutation out of several is as long as its own size.
        if let (Some(each), Some(place)) = (&of.each, fixed)
            && let [only] = shape.as_mut_slice()
            && matches!(self.nodes[table].op, Op::Permutations { .. })
            && let Some(size) = each.get(place as usize)
        {
            *only = Size::of(*size);
        }
        let ty = Type::array(element, shape);
        Ok(self.intern(scope, Op::Gather { table, index }, ty))
    }

    /// The place of a data source.
    pub fn source(&mut self, data: &Rc<Source>) -> usize {
        match self.sources.iter().position(|known| *known == **data) {
            Some(at) => at,
            None => {
                self.sources.push((**data).clone());
                self.sources.len() - 1
            }
        }
    }

    /// A node that is drawn from real numbers once a sequence, among those that a node comes from.
    pub fn real_latent(&self, id: NodeId) -> Option<NodeId> {
        let mut seen = vec![false; self.nodes.len()];
        let mut ahead = vec![id];
        while let Some(id) = ahead.pop() {
            // What looks at a position before is not known yet.
            if seen.get(id).is_none_or(|seen| *seen) {
                continue;
            }
            seen[id] = true;
            let node = &self.nodes[id];
            match &node.op {
                Op::Draw { pool: None, .. }
                    if node.scope == Scope::Sequence && self.types[id].element == Element::Real =>
                {
                    return Some(id);
                }
                Op::Previous { of } => ahead.push(*of),
                op => ahead.extend(op.needs()),
            }
        }
        None
    }

    /// Whether a node leads to a draw.
    pub fn drawn(&self, id: NodeId) -> bool {
        match &self.nodes[id].op {
            Op::Constant(_) | Op::Numbers(_) | Op::Index => false,
            Op::Apply { args, .. } => args.iter().any(|&arg| self.drawn(arg)),
            Op::Gather { table, index } => self.drawn(*table) || self.drawn(*index),
            _ => true,
        }
    }
}

/// A node with the label spaces and sizes that later stages read.
fn lowered(scope: Scope, op: Op, ty: &Type) -> Node {
    let sizes: Option<Vec<usize>> = ty.shape.iter().map(Size::axis).collect();
    let count = sizes.as_ref().map_or(0, |sizes| sizes.iter().product::<usize>());
    let labels = match (&ty.element, &ty.each) {
        // One permutation a size: a table, no label itself.
        _ if matches!(op, Op::Permutations { .. }) => Vec::new(),
        (_, Some(each)) => each.clone(),
        (Element::Label(size), None) => match size.axis() {
            Some(size) if count <= LISTED => vec![size; count],
            Some(size) => vec![size],
            None => Vec::new(),
        },
        (Element::Truth, None) if count <= LISTED => vec![2; count],
        _ => Vec::new(),
    };
    Node { scope, op, labels, shape: sizes.unwrap_or_default(), draw: None }
}

fn collect<'e>(block: &'e Block, scope: Option<Scope>, lines: &mut HashMap<&'e str, Named<'e>>) {
    for entry in &block.entries {
        match &entry.kind {
            EntryKind::Draw { name, distribution, pool, distinct } => {
                let line = Line::Draw { distribution, pool: pool.as_ref(), distinct: *distinct };
                lines.entry(name.text.as_str()).or_insert(Named { scope, line, name });
            }
            EntryKind::Definition { name, value, ty } => {
                let line = Line::Definition { value, ty: ty.as_ref() };
                lines.entry(name.text.as_str()).or_insert(Named { scope, line, name });
            }
            EntryKind::Nested { keyword, name: Some(name), block } if keyword.text == "per" => {
                let scope = match nearest(&name.text, SCOPES) {
                    Some("sequence") => Scope::Sequence,
                    Some("example" | "token") => Scope::Example,
                    _ => Scope::Run,
                };
                collect(block, Some(scope), lines);
            }
            _ => {}
        }
    }
}
