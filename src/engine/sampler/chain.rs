//! Markov chains, the commonest of all recurrences: a label drawn with the row of a table that the label before it picks.
//! Rows are summed up once for a sequence, and a position costs a few comparisons.

use super::Sampler;
use super::made::Made;
use super::order::Group;
use super::values::Values;
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
        for (chunk, streams) in streams.chunks_mut(LANES).enumerate() {
            // Sequences take turns, since within one a position waits for the one before it.
            let tables: [usize; LANES] =
                std::array::from_fn(
                    |lane| {
                        if lane < streams.len() { table.offset(chunk * LANES + lane, 0) } else { 0 }
                    },
                );
            for position in 1..length {
                for (lane, stream) in streams.iter_mut().enumerate() {
                    let sequence = chunk * LANES + lane;
                    let place = sequence * length + position;
                    let last = label.data[place - 1];
                    let from = tables[lane] + last as usize * width;
                    let at = stream.unit();
                    let mut next = upto[from..from + width].iter().filter(|upto| **upto <= at).count();
                    let p = &table.data[from..from + width];
                    if next == width {
                        // The sum falls short of 1 by rounding.
                        next = p.iter().rposition(|p| *p > 0.0).unwrap_or(0);
                    }
                    before.data[place] = last;
                    row.data[place * width..(place + 1) * width].iter_mut().zip(p).for_each(|(out, p)| *out = *p);
                    label.data[place] = next as f64;
                }
            }
        }
        true
    }
}

/// Every row of a table summed up from its start; none where one is no distribution.
fn cumulated(table: &[f64], width: usize) -> Option<Vec<f64>> {
    let mut upto = table.to_vec();
    for row in upto.chunks_exact_mut(width) {
        let mut sum = 0.0;
        for p in row {
            if *p < 0.0 {
                return None;
            }
            sum += *p;
            *p = sum;
        }
        if !super::laws::sums_to_one(sum) {
            return None;
        }
    }
    Some(upto)
}
