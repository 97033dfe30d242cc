//! The sampler: runs a task's graph for a batch of sequences, node by node over whole arrays.

use super::streams::{Role, Stream, stream};
use crate::program::task::{NodeId, Op, Scope, Task};

/// Which rows of its data sources a batch may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Training rows, training streams.
    Train,
    /// Held-out rows, held-out streams; a row is never in both.
    Test,
}

/// The integers of one node for a batch: `[sequences, repeats, inner]`, where `repeats` is the task's length for nodes
/// drawn per example and 1 else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    pub repeats: usize,
    pub inner: Vec<usize>,
    pub data: Vec<u32>,
}

impl Values {
    fn width(&self) -> usize {
        self.inner.iter().product()
    }

    /// The components of one sequence and example.
    #[must_use]
    pub fn at(&self, sequence: usize, example: usize) -> &[u32] {
        let width = self.width();
        let start = (sequence * self.repeats + example.min(self.repeats - 1)) * width;
        &self.data[start..start + width]
    }
}

/// Everything drawn for some sequences of a task.
#[derive(Clone, Debug)]
pub struct Sample {
    /// One entry a node; embeddings hold their row.
    pub values: Vec<Values>,
}

/// The rows that each data source offers.
pub struct Rows {
    splits: Vec<crate::data::Split>,
}

impl Rows {
    /// The rows of every source of a task, split as the source splits them.
    #[must_use]
    pub fn of(task: &Task) -> Self {
        Self { splits: task.sources.iter().map(crate::data::Source::split).collect() }
    }

    fn get(&self, source: usize, split: Split) -> &[u32] {
        match split {
            Split::Train => self.splits[source].training_rows(),
            Split::Test => self.splits[source].held_out_rows(),
        }
    }
}

/// Draws the sequences with the given numbers.
#[must_use]
pub fn sample(task: &Task, rows: &Rows, seed: u64, split: Split, sequences: &[u64]) -> Sample {
    let role = match split {
        Split::Train => Role::Train,
        Split::Test => Role::Test,
    };
    let mut values: Vec<Values> = Vec::with_capacity(task.nodes.len());
    for (id, node) in task.nodes.iter().enumerate() {
        let repeats = if node.scope == Scope::Example { task.length } else { 1 };
        let draw = Draw { task, rows, seed, role, split, sequences, id, repeats };
        let made = draw.run(&node.op, &values);
        values.push(made);
    }
    Sample { values }
}

/// The value of one pool element: a table `[sizes.len(), max(sizes)]`, short rows filled with 0.
#[must_use]
pub fn pool_element(seed: u64, node: NodeId, sizes: &[usize], element: u64) -> Vec<u32> {
    table(&mut stream(seed, Role::Run, &[node as u64, element]), sizes)
}

fn table(stream: &mut Stream, sizes: &[usize]) -> Vec<u32> {
    let widest = sizes.iter().copied().max().unwrap_or(0);
    let mut cells = Vec::with_capacity(sizes.len() * widest);
    for &size in sizes {
        cells.extend(stream.permutation(size));
        cells.resize(cells.len() + widest - size, 0);
    }
    cells
}

/// `support::runs` refuses such tasks before a run begins.
const UNSAMPLED: &str = "this version does not sample this operation";

struct Draw<'a> {
    task: &'a Task,
    rows: &'a Rows,
    seed: u64,
    role: Role,
    split: Split,
    sequences: &'a [u64],
    id: NodeId,
    repeats: usize,
}

impl Draw<'_> {
    fn run(&self, op: &Op, values: &[Values]) -> Values {
        match op {
            Op::Constant(value) => self.fill(vec![], |_, out| out.push(*value as u32)),
            Op::Uniform { classes } => self.each(vec![], |stream, out| out.push(stream.below(*classes as u64) as u32)),
            Op::Permutations { sizes, pool } => {
                let inner = vec![sizes.len(), sizes.iter().copied().max().unwrap_or(0)];
                match pool {
                    Some(elements) => self.each(inner, |stream, out| {
                        out.extend(pool_element(self.seed, self.id, sizes, stream.below(*elements)));
                    }),
                    None => self.each(inner, |stream, out| out.extend(table(stream, sizes))),
                }
            }
            Op::Rows { source, distinct } => self.rows(self.rows.get(*source, self.split), *distinct),
            Op::Attributes { row } => {
                let Some(source) = self.task.sources[self.source_of(*row)].shapes() else {
                    unreachable!("{UNSAMPLED}")
                };
                let count = source.attributes().len();
                self.map(&values[*row], vec![count], |row, out| {
                    out.extend(source.factors(row[0]).into_iter().map(|label| label as u32));
                })
            }
            Op::Embedding { row } => self.map(&values[*row], vec![], |row, out| out.push(row[0])),
            Op::Gather { table, index } => self.gather(&values[*table], &values[*index]),
            Op::Numbers(_)
            | Op::Index
            | Op::Draw { .. }
            | Op::Apply { .. }
            | Op::Previous { .. }
            | Op::Column { .. } => unreachable!("{UNSAMPLED}"),
        }
    }

    fn source_of(&self, row: NodeId) -> usize {
        match self.task.nodes[row].op {
            Op::Rows { source, .. } => source,
            _ => 0,
        }
    }

    /// One value for each sequence and repeat, from its own stretch of the sequence's stream.
    fn each(&self, inner: Vec<usize>, mut draw: impl FnMut(&mut Stream, &mut Vec<u32>)) -> Values {
        self.fill_with(inner, |sequence, out| {
            let mut stream = stream(self.seed, self.role, &[sequence, self.id as u64]);
            for _ in 0..self.repeats {
                draw(&mut stream, out);
            }
        })
    }

    fn fill(&self, inner: Vec<usize>, mut value: impl FnMut(u64, &mut Vec<u32>)) -> Values {
        self.fill_with(inner, |sequence, out| {
            for _ in 0..self.repeats {
                value(sequence, out);
            }
        })
    }

    fn fill_with(&self, inner: Vec<usize>, mut value: impl FnMut(u64, &mut Vec<u32>)) -> Values {
        let mut data = Vec::new();
        for &sequence in self.sequences {
            value(sequence, &mut data);
        }
        Values { repeats: self.repeats, inner, data }
    }

    fn rows(&self, offered: &[u32], distinct: bool) -> Values {
        self.fill_with(vec![], |sequence, out| {
            let mut stream = stream(self.seed, self.role, &[sequence, self.id as u64]);
            let first = out.len();
            while out.len() < first + self.repeats {
                let row = offered[stream.below(offered.len() as u64) as usize];
                // Sequences are short, so looking through them costs less than keeping a set.
                if !(distinct && out[first..].contains(&row)) {
                    out.push(row);
                }
            }
        })
    }

    fn map(&self, from: &Values, inner: Vec<usize>, f: impl Fn(&[u32], &mut Vec<u32>)) -> Values {
        let mut data = Vec::new();
        for sequence in 0..self.sequences.len() {
            for example in 0..self.repeats {
                f(from.at(sequence, example), &mut data);
            }
        }
        Values { repeats: self.repeats, inner, data }
    }

    fn gather(&self, table: &Values, index: &Values) -> Values {
        let inner = table.inner[1..].to_vec();
        let width: usize = inner.iter().product();
        let mut data = Vec::with_capacity(self.sequences.len() * self.repeats * width);
        for sequence in 0..self.sequences.len() {
            for example in 0..self.repeats {
                let start = index.at(sequence, example)[0] as usize * width;
                data.extend_from_slice(&table.at(sequence, example)[start..start + width]);
            }
        }
        Values { repeats: self.repeats, inner, data }
    }
}
