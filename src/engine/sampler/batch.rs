//! A batch of sequences while it is drawn: node by node, and position by position where nodes look back.

use super::laws::Place;
use super::made::{Drawn, Made, Start};
use super::order::Group;
use super::values::{Numbers, Values};
use super::{Fault, Sampler, Split, key, width};
use crate::engine::streams::{Stream, stream};
use crate::program::task::{NodeId, Op, Scope};
use std::ops::Range;

/// Some sequences while they are drawn.
pub struct Batch<'a> {
    pub sampler: &'a Sampler<'a>,
    pub split: Split,
    pub sequences: &'a [u64],
    pub values: Vec<Values>,
}

impl Batch<'_> {
    /// Draws or computes the nodes of a group for all positions.
    ///
    /// # Errors
    /// A line that cannot be computed.
    pub fn group(&mut self, group: &Group) -> Result<(), Fault> {
        let task = self.sampler.task;
        let todo: Vec<NodeId> =
            group.nodes.iter().copied().filter(|&id| !matches!(self.sampler.made[id], Made::Known)).collect();
        for &id in &todo {
            let node = &task.nodes[id];
            let repeats = if node.scope == Scope::Example { task.length } else { 1 };
            // The row of an embedding stands for its numbers.
            let width = if matches!(node.op, Op::Embedding { .. }) { 1 } else { width(node) };
            self.values[id] = Values::zeros(self.sequences.len(), repeats, width);
        }
        let mut streams: Vec<Vec<Stream>> = todo.iter().map(|&id| self.streams(id)).collect();
        if !group.recurrent {
            for (&id, streams) in todo.iter().zip(&mut streams) {
                let repeats = self.values[id].repeats;
                self.node(id, 0..repeats, streams)?;
            }
            return Ok(());
        }
        for position in 0..task.length {
            for (&id, streams) in todo.iter().zip(&mut streams) {
                self.node(id, position..position + 1, streams)?;
            }
        }
        Ok(())
    }

    fn numbers(&self) -> Numbers<'_> {
        Numbers { known: &self.sampler.known, drawn: &self.values }
    }

    /// One stream a sequence, for what is drawn.
    fn streams(&self, id: NodeId) -> Vec<Stream> {
        let sampler = self.sampler;
        if !matches!(sampler.made[id], Made::Draw(_) | Made::Rows { .. }) {
            return Vec::new();
        }
        let role = self.split.role();
        let key = key(&sampler.task.nodes[id], id);
        self.sequences.iter().map(|&sequence| stream(sampler.seed, role, &[sequence, key])).collect()
    }

    fn node(&mut self, id: NodeId, positions: Range<usize>, streams: &mut [Stream]) -> Result<(), Fault> {
        let mut out = std::mem::take(&mut self.values[id]);
        let made = match &self.sampler.made[id] {
            Made::Draw(drawn) => self.draw(id, drawn, &mut out, positions, streams),
            Made::Rows { train, test, distinct } => {
                let offered = if self.split == Split::Train { train } else { test };
                rows(offered, *distinct, &mut out, positions, streams);
                Ok(())
            }
            _ => self.sampler.compute(id, self.numbers(), &mut out, positions),
        };
        self.values[id] = out;
        made.map_err(|fault| Fault { node: id, ..fault })
    }

    fn draw(
        &self,
        id: NodeId,
        drawn: &Drawn,
        out: &mut Values,
        positions: Range<usize>,
        streams: &mut [Stream],
    ) -> Result<(), Fault> {
        let key = key(&self.sampler.task.nodes[id], id);
        let values = self.numbers();
        for (sequence, stream) in streams.iter_mut().enumerate() {
            for position in positions.clone() {
                let place = Place { values, sequence, position };
                let start = out.offset(sequence, position);
                let width = out.width;
                if drawn.distinct {
                    self.distinct(drawn, place, stream, out)?;
                    continue;
                }
                let cell = &mut out.data[start..start + width];
                match (&drawn.pool, &drawn.first) {
                    (Some(pool), _) => self.sampler.element(drawn, key, pool.pick(stream), place, cell)?,
                    (None, Some(Start::Law(law))) if position == 0 => law.draw(place, stream, cell)?,
                    (None, Some(Start::Node(node))) if position == 0 => {
                        let first = values[*node].at(sequence, 0);
                        if first.len() == width { cell.copy_from_slice(first) } else { cell.fill(first[0]) }
                    }
                    _ => drawn.law.draw(place, stream, cell)?,
                }
            }
        }
        Ok(())
    }

    /// A label that no earlier position of the sequence has.
    fn distinct(&self, drawn: &Drawn, place: Place<'_>, stream: &mut Stream, out: &mut Values) -> Result<(), Fault> {
        let start = out.offset(place.sequence, place.position);
        let (before, rest) = out.data.split_at_mut(start);
        let earlier = &before[start - place.position * out.width..];
        loop {
            let cell = &mut rest[..out.width];
            drawn.law.draw(place, stream, cell)?;
            if earlier.chunks_exact(out.width.max(1)).all(|known| known != cell) {
                return Ok(());
            }
        }
    }
}

fn rows(offered: &[u32], distinct: bool, out: &mut Values, positions: Range<usize>, streams: &mut [Stream]) {
    for (sequence, stream) in streams.iter_mut().enumerate() {
        let first = out.offset(sequence, 0);
        for position in positions.clone() {
            // Sequences are short, so looking through them costs less than keeping a set.
            loop {
                let row = f64::from(offered[stream.below(offered.len() as u64) as usize]);
                if !(distinct && out.data[first..first + position].contains(&row)) {
                    out.data[first + position] = row;
                    break;
                }
            }
        }
    }
}
