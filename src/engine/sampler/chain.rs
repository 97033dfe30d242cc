//! Markov chains, the commonest of all recurrences: a label drawn with the row of a table that the label before it picks.
//! Rows are summed up once for a sequence, and a position costs a few comparisons.

use super::made::Made;
use super::order::Group;
use super::values::Values;
use super::{Sampler, copy};
use crate::engine::lanes::LANES;
use crate::engine::streams::Stream;
use crate::program::task::{NodeId, Op};

/// The three nodes of a chain and its table.
pub struct Chain {
    before: NodeId,
    row: NodeId,
    label: NodeId,
    table: NodeId,
    /// Rows of the table.
    rows: usize,
}

impl Chain {
    /// The chain that a group is; none where it is anything else.
    pub fn of(sampler: &Sampler<'_>, group: &Group) -> Option<Self> {
        let &[before, row, label] = group.nodes.as_slice() else { return None };
        let Op::Previous { of } = sampler.task.nodes[before].op else { return None };
        let Made::Gather { table, indices } = &sampler.made[row] else { return None };
        let Made::Draw(drawn) = &sampler.made[label] else { return None };
        let [axis] = indices.as_slice() else { return None };
        let single = drawn.pool.is_none() && !drawn.distinct && drawn.law.single_label_with() == Some(row);
        let chain = Self { before, row, label, table: *table, rows: axis.size };
        (of == label && axis.index == before && single).then_some(chain)
    }

    /// Draws all positions but the first, which is drawn. False, and nothing is done, where a row is no distribution or
    /// a label could lie outside of the table: then positions are to be drawn one by one, until one is at fault.
    pub fn draw(&self, known: &Values, values: &mut [Values], streams: &mut [Stream]) -> bool {
        let mut of = |node: NodeId| std::mem::take(&mut values[node]);
        let drawn = (of(self.table), of(self.before), of(self.row), of(self.label));
        let (table, mut before, mut row, mut label) = drawn;
        let fixed = table.data.is_empty();
        let done = self.walk(if fixed { known } else { &table }, &mut before, &mut row, &mut label, streams);
        (values[self.before], values[self.row], values[self.label]) = (before, row, label);
        values[self.table] = table;
        done
    }

    /// The node of the table.
    pub fn table(&self) -> NodeId {
        self.table
    }

    fn walk(
        &self,
        table: &Values,
        before: &mut Values,
        row: &mut Values,
        label: &mut Values,
        streams: &mut [Stream],
    ) -> bool {
        let (width, length) = (row.width, label.repeats);
        let first = |sequence: usize| label.data[sequence * length];
        if table.repeats != 1
            || width > self.rows
            || (before.repeats, row.repeats) != (length, length)
            || (0..label.sequences).any(|sequence| first(sequence) >= self.rows as f64)
        {
            return false;
        }
        let Some(upto) = cumulated(&table.data, width) else { return false };
        // A row of the table is so many stretches long.
        let stretches = width.div_ceil(STRETCH);
        let mut at = vec![0.0; LANES * (length - 1)];
        for (chunk, streams) in streams.chunks_mut(LANES).enumerate() {
            let sequences = chunk * LANES..chunk * LANES + streams.len();
            let labels = &mut label.data[sequences.start * length..sequences.end * length];
            let (mut first, mut last) = ([0; LANES], [0; LANES]);
            for (lane, (sequence, stream)) in sequences.clone().zip(streams).enumerate() {
                (first[lane], last[lane]) = (table.offset(sequence, 0) / width, labels[lane * length] as usize);
                stream.fill_unit(&mut at[lane * (length - 1)..][..length - 1]);
            }
            // Sequences take turns, since within one a position waits for the one before it.
            for position in 1..length {
                for (lane, labels) in labels.chunks_exact_mut(length).enumerate() {
                    let at = at[lane * (length - 1) + position - 1];
                    let start = (first[lane] + last[lane]) * stretches;
                    let mut next = 0;
                    for upto in upto[start..start + stretches].as_flattened() {
                        next += usize::from(*upto <= at);
                    }
                    labels[position] = next as f64;
                    last[lane] = next;
                }
            }
            for (lane, sequence) in sequences.enumerate() {
                let places = sequence * length..(sequence + 1) * length;
                before.data[places.start + 1..places.end].copy_from_slice(&label.data[places.start..places.end - 1]);
                let rows = row.data[places.start * width..places.end * width].chunks_exact_mut(width).skip(1);
                for (row, last) in rows.zip(&label.data[places]) {
                    copy(row, &table.data[(first[lane] + *last as usize) * width..][..width]);
                }
            }
        }
        true
    }
}

/// Entries of a row that are compared at once.
const STRETCH: usize = 4;

/// Every row of a table summed up from its start, in stretches; none where one is no distribution. A row ends with
/// infinity from its last label that can be, whose sum may fall short of 1 by rounding.
fn cumulated(table: &[f64], width: usize) -> Option<Vec<[f64; STRETCH]>> {
    let stretches = width.div_ceil(STRETCH);
    let mut all = vec![[f64::INFINITY; STRETCH]; table.len() / width * stretches];
    for (row, upto) in table.chunks_exact(width).zip(all.chunks_exact_mut(stretches)) {
        let upto = upto.as_flattened_mut();
        let (mut sum, mut most) = (0.0, 0);
        for (place, (p, upto)) in row.iter().zip(&mut *upto).enumerate() {
            if *p < 0.0 {
                return None;
            }
            if *p > 0.0 {
                most = place;
            }
            sum += *p;
            *upto = sum;
        }
        if !super::laws::sums_to_one(sum) {
            return None;
        }
        upto[most..].fill(f64::INFINITY);
    }
    Some(all)
}
