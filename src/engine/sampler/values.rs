//! The numbers of nodes for a batch.

use crate::program::task::NodeId;
use std::ops::Index;

/// What a node holds for a batch of sequences: labels, truths and rows as whole numbers, everything else as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// Sequences that it differs over; 1 where it is the same in all.
    pub sequences: usize,
    /// Positions that it differs over: the task's length for what comes about per example, 1 else.
    pub repeats: usize,
    /// Numbers in one value.
    pub width: usize,
    /// `[sequences, repeats, width]`.
    pub data: Vec<f64>,
    /// Where sequences share values: which of those in `data` each has.
    pub shared: Option<Vec<u32>>,
}

impl Values {
    /// Zeros.
    #[must_use]
    pub fn zeros(sequences: usize, repeats: usize, width: usize) -> Self {
        Self { sequences, repeats, width, data: vec![0.0; sequences * repeats * width], shared: None }
    }

    /// Room for so many values, in the memory that these take. What it holds means nothing.
    #[must_use]
    pub fn sized(self, sequences: usize, repeats: usize, width: usize) -> Self {
        let mut data = self.data;
        data.resize(sequences * repeats * width, 0.0);
        if cfg!(debug_assertions) {
            // What was not written shows.
            data.fill(f64::NAN);
        }
        Self { sequences, repeats, width, data, shared: None }
    }

    /// A value that is the same everywhere.
    #[must_use]
    pub fn fixed(data: Vec<f64>) -> Self {
        Self { sequences: 1, repeats: 1, width: data.len(), data, shared: None }
    }

    /// Where the value of one sequence and position begins.
    #[inline]
    #[must_use]
    pub fn offset(&self, sequence: usize, position: usize) -> usize {
        let sequence = match &self.shared {
            Some(shared) => shared[sequence] as usize,
            None if self.sequences == 1 => 0,
            None => sequence,
        };
        let position = if self.repeats == 1 { 0 } else { position };
        (sequence * self.repeats + position) * self.width
    }

    /// Where the values of a sequence begin, and how far that of a position lies from that of the one before.
    #[inline]
    #[must_use]
    pub fn line(&self, sequence: usize) -> (usize, usize) {
        (self.offset(sequence, 0), if self.repeats == 1 { 0 } else { self.width })
    }

    /// The numbers of one sequence and position.
    #[inline]
    #[must_use]
    pub fn at(&self, sequence: usize, position: usize) -> &[f64] {
        let start = self.offset(sequence, position);
        &self.data[start..start + self.width]
    }

    /// The first number of one sequence and position as a label.
    #[inline]
    #[must_use]
    pub fn label(&self, sequence: usize, position: usize) -> u32 {
        self.data[self.offset(sequence, position)] as u32
    }

    /// The place to write one sequence and position.
    #[inline]
    pub fn at_mut(&mut self, sequence: usize, position: usize) -> &mut [f64] {
        let start = self.offset(sequence, position);
        &mut self.data[start..start + self.width]
    }
}

/// A label as a whole number; it must be one, and below 2^32. Added to a float whose last bit counts ones, it is what the
/// last bits are: a conversion would look for what lies outside of its range.
#[inline]
pub fn whole(label: f64) -> u32 {
    (label + (1u64 << 52) as f64).to_bits() as u32
}

/// The values of all nodes: those that are the same in every sequence, and those of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    pub known: &'a [Values],
    /// Empty where a node is known, or holds what another does.
    pub drawn: &'a [Values],
    /// Which node holds the values of each.
    pub same: &'a [NodeId],
}

impl<'a> Numbers<'a> {
    /// What a node holds.
    #[inline]
    #[must_use]
    pub fn get(self, node: NodeId) -> &'a Values {
        match self.drawn.get(node) {
            Some(values) if !values.data.is_empty() => values,
            _ if !self.known[node].data.is_empty() => &self.known[node],
            _ => self.same.get(node).and_then(|&same| self.drawn.get(same)).unwrap_or(&self.known[node]),
        }
    }
}

impl Index<NodeId> for Numbers<'_> {
    type Output = Values;

    #[inline]
    fn index(&self, node: NodeId) -> &Values {
        self.get(node)
    }
}
