//! How each node of a task is drawn or computed, looked up once before any sequence.

use super::attributes::Attributes;
use super::condition::Condition;
use super::element::Kept;
use super::embedding::Lookup;
use super::functions::Function;
use super::laws::{Ready, inverse, zipf};
use super::offered::Offered;
use super::texts::{Labels, Texts};
use super::values::{Numbers, Values, whole};
use super::{Fault, Rows, Split, copy, width};
use crate::engine::streams::Stream;
use crate::program::task::{First, Node, NodeId, Op, Pool, Task};
use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

/// How one node is drawn or computed.
pub enum Made {
    /// Known before any sequence: fixed, or drawn once a run.
    Known,
    Function(Function),
    Draw(Box<Drawn>),
    /// One for training rows, one for held-out ones.
    Rows {
        train: Offered,
        test: Offered,
        distinct: bool,
        /// What decides in each sequence which rows are drawn.
        only: Option<Condition>,
    },
    Attributes(Attributes),
    /// Those of the rows of a table.
    Labels(Labels),
    /// A word of the task's vocabulary.
    Texts(Texts),
    /// The numbers of a row's embedding.
    Embedding(Arc<Lookup>),
    /// A row in place of its embedding, which nothing is computed from.
    Row(Arc<Lookup>),
    /// A table, and the indices into its first axes, the last of which may hold several.
    Gather {
        table: NodeId,
        indices: Vec<Axis>,
    },
    Previous,
    Index,
    /// What a condition on rows is made of; looked at when the rows are.
    Candidate,
}

/// An index into one axis.
pub struct Axis {
    pub index: NodeId,
    pub size: usize,
    /// Numbers from one place to the next.
    pub stride: usize,
}

pub struct Drawn {
    pub law: Ready,
    pub pool: Option<Picked>,
    pub distinct: bool,
    pub first: Option<Start>,
}

impl Drawn {
    fn of(law: Ready, pool: Option<Pool>, width: usize) -> Self {
        Self { law, pool: pool.map(|pool| Picked::of(pool, width)), distinct: false, first: None }
    }
}

pub enum Start {
    Law(Ready),
    Node(NodeId),
}

/// How an element of a pool is picked.
pub struct Picked {
    pub size: u64,
    /// The cumulative law, where elements are not equally likely.
    pub cumulative: Option<Vec<f64>>,
    /// Elements that were drawn, to be copied from then on; none of a pool that is too large to be kept.
    pub kept: Option<Kept>,
}

/// Numbers in the largest pool that is kept.
const KEPT: u64 = 1 << 22;

impl Picked {
    fn of(pool: Pool, width: usize) -> Self {
        let cumulative = (pool.exponent != 0.0).then(|| zipf(pool.size as usize, pool.exponent));
        let small = width > 0 && pool.size.saturating_mul(width as u64) <= KEPT;
        let kept = small.then(|| Kept::new(pool.size as usize, width));
        Self { size: pool.size, cumulative, kept }
    }

    /// The place of an element.
    pub fn pick(&self, stream: &mut Stream) -> u64 {
        match &self.cumulative {
            Some(cumulative) => inverse(cumulative, stream.unit()) as u64,
            None => stream.below(self.size),
        }
    }
}

impl Made {
    /// Looks a node up; none where this version does not sample it.
    pub fn of(task: &Task, id: NodeId, rows: &Rows) -> Option<Self> {
        let nodes = &task.nodes;
        let node = &nodes[id];
        let law = |law| Ready::of(law, nodes);
        Some(match &node.op {
            Op::Constant(_) | Op::Numbers(_) => Made::Known,
            Op::Index => Made::Index,
            Op::Uniform { classes } => Made::Draw(Box::new(Drawn::of(Ready::label(*classes), None, 1))),
            Op::Permutations { sizes, pool } => {
                Made::Draw(Box::new(Drawn::of(Ready::permutations(sizes.clone()), *pool, width(node))))
            }
            Op::Draw { law: of, pool, distinct, first } => {
                let first = match first.as_deref() {
                    None => None,
                    Some(First::Law(of)) => Some(Start::Law(law(of)?)),
                    Some(First::Node(node)) => Some(Start::Node(*node)),
                };
                let drawn = Drawn::of(law(of)?, *pool, width(node));
                Made::Draw(Box::new(Drawn { distinct: *distinct, first, ..drawn }))
            }
            Op::Column { .. } => Made::Texts(Texts::of(task, id)?),
            Op::Rows { source, distinct, only: _ } => Made::Rows {
                only: None,
                train: Offered::of(rows.get(*source, Split::Train)),
                test: Offered::of(rows.get(*source, Split::Test)),
                distinct: *distinct,
            },
            Op::Candidate { .. } => Made::Candidate,
            Op::Attributes { row } => {
                let source = task.sources.get(task.source_of(*row)?)?;
                match source.shapes() {
                    Some(shapes) => Made::Attributes(Attributes::of(shapes)),
                    None => Made::Labels(Labels::of(source)?),
                }
            }
            Op::Embedding { row } => {
                let lookup = rows.lookup(task.source_of(*row)?)?;
                if task.is_operand(id) { Made::Embedding(lookup) } else { Made::Row(lookup) }
            }
            Op::Gather { table, index } => Self::gather(nodes, *table, *index),
            Op::Previous { .. } => Made::Previous,
            Op::Apply { .. } if let Some(texts) = Texts::of(task, id) => Made::Texts(texts),
            Op::Apply { function, args } => {
                let operands: Vec<&Node> = args.iter().map(|&arg| &nodes[arg]).collect();
                Made::Function(Function::of(function, node, &operands)?)
            }
        })
    }

    /// `table[i][j]` reads the innermost table at once, so that no line of it is copied on the way.
    fn gather(nodes: &[Node], table: NodeId, index: NodeId) -> Self {
        let (mut table, mut chain) = (table, vec![index]);
        while let Op::Gather { table: inner, index } = nodes[table].op
            && nodes[index].shape.is_empty()
        {
            chain.push(index);
            table = inner;
        }
        let shape = &nodes[table].shape;
        let stride = |axis: usize| shape[axis + 1..].iter().product();
        let axes = chain.iter().rev().enumerate();
        let indices = axes.map(|(axis, &index)| Axis { index, size: shape[axis], stride: stride(axis) }).collect();
        Made::Gather { table, indices }
    }
}

/// `table[i]...[j]` for every place that the last index holds.
pub fn gather(
    values: Numbers<'_>,
    table: NodeId,
    indices: &[Axis],
    out: &mut Values,
    positions: Range<usize>,
) -> Result<(), Fault> {
    let Some((last, first)) = indices.split_last() else { return Ok(()) };
    let (table, places) = (&values[table], &values[last.index]);
    let first: Vec<(&Values, &Axis)> = first.iter().map(|axis| (&values[axis.index], axis)).collect();
    let past = Cell::new(None);
    let within = |at: f64, size: usize| {
        if at >= 0.0 && at < size as f64 {
            return whole(at) as usize;
        }
        past.set(Some((at, size)));
        0
    };
    // The first places are mostly the same at all positions of a sequence.
    let steady = first.iter().all(|(index, _)| index.repeats == 1);
    let single = last.stride == 1 && places.width == 1;
    for sequence in 0..out.sequences {
        let (table_start, table_step) = table.line(sequence);
        let (places_start, places_step) = places.line(sequence);
        let (out_start, out_step) = out.line(sequence);
        let start = |position: usize| {
            let first =
                first.iter().map(|(index, axis)| within(index.at(sequence, position)[0], axis.size) * axis.stride);
            table_start + first.sum::<usize>()
        };
        if single && steady {
            let start = start(positions.start);
            let out = &mut out.data[out_start + positions.start * out_step..][..positions.len()];
            if table_step == 0 && places_step == 1 {
                // A line of the table, from which positions take what they ask for.
                let line = &table.data[start..start + last.size];
                let asked = &places.data[places_start + positions.start..][..positions.len()];
                for (out, &at) in out.iter_mut().zip(asked) {
                    *out = line[within(at, last.size)];
                }
                continue;
            }
            if places_step == 0 && table_step > 0 {
                // The same place of every position's table.
                let start = start + within(places.data[places_start], last.size);
                let table = table.data[start + positions.start * table_step..].iter().step_by(table_step);
                out.iter_mut().zip(table).for_each(|(out, x)| *out = *x);
                continue;
            }
        }
        for position in positions.clone() {
            let from = start(position) + position * table_step;
            let place = places_start + position * places_step;
            let to = out_start + position * out_step;
            for at in 0..places.width {
                let from = from + within(places.data[place + at], last.size) * last.stride;
                let to = to + at * last.stride;
                copy(&mut out.data[to..to + last.stride], &table.data[from..from + last.stride]);
            }
        }
    }
    match past.get() {
        Some((at, size)) => Err(Fault::of(format!("asks for the place {at} of {size}"))),
        None => Ok(()),
    }
}
