//! A batch of sequences while it is drawn: node by node, and position by position where nodes look back.

use super::chain::Chain;
use super::condition::Condition;
use super::laws::Place;
use super::made::{Drawn, Made, Start};
use super::offered::{Marks, Offered};
use super::order::Group;
use super::values::{Numbers, Values};
use super::{Fault, Sampler, Split, key, width};
use crate::engine::lanes::LANES;
use crate::engine::streams::{Stream, streams};
use crate::program::task::{NodeId, Scope};
use std::ops::Range;

/// Some sequences while they are drawn.
pub struct Batch<'a> {
    pub sampler: &'a Sampler<'a>,
    pub split: Split,
    pub sequences: &'a [u64],
    pub values: Vec<Values>,
    /// Values whose memory is used; empty where there is none.
    pub room: Vec<Values>,
    /// Room for the streams of a few sequences.
    pub streams: Vec<Stream>,
}

impl Batch<'_> {
    /// Draws or computes the nodes of a group for all positions.
    ///
    /// # Errors
    /// A line that cannot be computed.
    pub fn group(&mut self, group: &Group) -> Result<(), Fault> {
        let task = self.sampler.task;
        let todo: Vec<NodeId> = group
            .nodes
            .iter()
            .copied()
            .filter(|&id| {
                let asks = self.sampler.asks[id];
                !matches!(self.sampler.made[id], Made::Known) && self.sampler.same[id] == id && !asks
            })
            .collect();
        for &id in &todo {
            let node = &task.nodes[id];
            let repeats = if node.scope == Scope::Example { task.length } else { 1 };
            let width = if matches!(self.sampler.made[id], Made::Row(_)) { 1 } else { width(node) };
            let room = self.room.get_mut(id).map(std::mem::take).unwrap_or_default();
            self.values[id] = room.sized(self.sequences.len(), repeats, width);
        }
        if !group.recurrent {
            let mut streams = std::mem::take(&mut self.streams);
            let swept = todo.iter().try_for_each(|&id| self.sweep(id, &mut streams));
            self.streams = streams;
            return swept;
        }
        let everyone = 0..self.sequences.len();
        let mut streams: Vec<Vec<Stream>> = vec![Vec::new(); todo.len()];
        for (&id, streams) in todo.iter().zip(&mut streams) {
            self.streams(id, everyone.clone(), streams);
        }
        for position in 0..task.length {
            // What a chain is at its first position is like any other recurrence.
            if position == 1
                && let Some(chain) = Chain::of(self.sampler, group)
                && let Some(streams) = streams.last_mut()
                && chain.draw(&self.sampler.known[chain.table()], &mut self.values, streams)
            {
                return Ok(());
            }
            for (&id, streams) in todo.iter().zip(&mut streams) {
                self.node(id, everyone.clone(), position..position + 1, streams)?;
            }
        }
        Ok(())
    }

    /// A node at all positions; what is drawn for a few sequences at a time, so that their streams stay at hand.
    fn sweep(&mut self, id: NodeId, streams: &mut Vec<Stream>) -> Result<(), Fault> {
        let (sequences, repeats) = (self.sequences.len(), self.values[id].repeats);
        if !self.is_drawn(id) {
            return self.node(id, 0..sequences, 0..repeats, &mut []);
        }
        for start in (0..sequences).step_by(LANES) {
            let some = start..sequences.min(start + LANES);
            self.streams(id, some.clone(), streams);
            self.node(id, some, 0..repeats, streams)?;
        }
        Ok(())
    }

    fn numbers(&self) -> Numbers<'_> {
        Numbers { known: &self.sampler.known, drawn: &self.values, same: &self.sampler.same }
    }

    fn is_drawn(&self, id: NodeId) -> bool {
        matches!(self.sampler.made[id], Made::Draw(_) | Made::Rows { .. })
    }

    /// One stream a sequence, for what is drawn.
    fn streams(&self, id: NodeId, sequences: Range<usize>, out: &mut Vec<Stream>) {
        let sampler = self.sampler;
        if self.is_drawn(id) {
            let values = &self.values[id];
            let pooled = matches!(&sampler.made[id], Made::Draw(drawn) if drawn.pool.is_some());
            let numbers = values.repeats * if pooled { 1 } else { values.width };
            let key = key(&sampler.task.nodes[id], id);
            streams(sampler.seed, self.split.role(), &self.sequences[sequences], key, numbers, out);
        }
    }

    fn node(
        &mut self,
        id: NodeId,
        sequences: Range<usize>,
        positions: Range<usize>,
        streams: &mut [Stream],
    ) -> Result<(), Fault> {
        let mut out = std::mem::take(&mut self.values[id]);
        let made = match &self.sampler.made[id] {
            Made::Draw(drawn) => self.draw(id, drawn, &mut out, sequences.zip(streams), positions),
            Made::Rows { train, test, distinct, only } => {
                let offered = if self.split == Split::Train { train } else { test };
                match only {
                    Some(condition) => {
                        let streams = sequences.zip(streams);
                        self.chosen(condition, (offered, *distinct), &mut out, streams, positions)
                    }
                    None => {
                        // A condition may leave too few of them.
                        let enough = !*distinct || offered.len() >= positions.end;
                        let fault = || Fault::of(format!("has {} rows for {} examples", offered.len(), positions.end));
                        let enough = if enough { Ok(()) } else { Err(fault()) };
                        enough.map(|()| rows(offered, *distinct, &mut out, sequences.zip(streams), positions))
                    }
                }
            }
            _ => self.sampler.compute(id, self.numbers(), &mut out, positions),
        };
        self.values[id] = out;
        made.map_err(|fault| Fault { node: id, ..fault })
    }

    fn draw<'s>(
        &self,
        id: NodeId,
        drawn: &Drawn,
        out: &mut Values,
        streams: impl Iterator<Item = (usize, &'s mut Stream)>,
        positions: Range<usize>,
    ) -> Result<(), Fault> {
        let key = key(&self.sampler.task.nodes[id], id);
        let values = self.numbers();
        let by_entry = drawn.law.by_entry() && drawn.pool.is_none() && drawn.first.is_none() && !drawn.distinct;
        for (sequence, stream) in streams {
            if by_entry {
                let (start, end) = (out.offset(sequence, positions.start), positions.len() * out.width);
                let place = Place { values, sequence, position: positions.start };
                drawn.law.fill(place, stream, &mut out.data[start..start + end])?;
                continue;
            }
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

    /// Rows for which a condition on the sequence holds.
    fn chosen<'s>(
        &self,
        condition: &Condition,
        (offered, distinct): (&Offered, bool),
        out: &mut Values,
        streams: impl Iterator<Item = (usize, &'s mut Stream)>,
        positions: Range<usize>,
    ) -> Result<(), Fault> {
        for (sequence, stream) in streams {
            let first = out.offset(sequence, 0);
            for position in positions.clone() {
                let shown = if distinct { &out.data[first..first + position] } else { &[][..] };
                let (numbers, place) = (self.numbers(), (sequence, position));
                let row = condition.draw(self.sampler, numbers, place, offered, shown, stream)?;
                out.data[first + position] = f64::from(row);
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

/// Rows of a data source for some sequences.
fn rows<'s>(
    offered: &Offered,
    distinct: bool,
    out: &mut Values,
    streams: impl Iterator<Item = (usize, &'s mut Stream)>,
    positions: Range<usize>,
) {
    let mut marks = distinct.then(Marks::new);
    for (sequence, stream) in streams {
        let first = out.offset(sequence, 0);
        let shown = &mut out.data[first..first + positions.end];
        offered.fill(shown, positions.clone(), marks.as_mut(), stream);
    }
}
