//! How much memory the fast engine takes, told by its layout and its plans, without anything computed.

use super::buffer::whole;
use super::layout::Layout;
use super::steps::Plan;
use super::wants::{Reads, Wanted, Wants};
use super::{Fast, LANES, ROWS, Slabs};
use crate::engine::batch::{Batch, Read, Term};
use crate::engine::error::{Error, Result};
use crate::engine::network::Reading;
use crate::engine::program::Program;
use crate::program::model::Context;

/// A program as the fast engine lays it out.
pub struct Rooms<'a> {
    program: &'a Program,
    layout: Layout,
}

impl<'a> Rooms<'a> {
    #[must_use]
    pub fn new(program: &'a Program) -> Self {
        Self { program, layout: Layout::new(program) }
    }

    /// Bytes of parameters, two moments and transposes.
    #[must_use]
    pub fn weights(&self) -> u64 {
        3 * bytes(self.layout.len) + bytes(self.layout.across_len)
    }

    /// Bytes of the gradients of one lane.
    #[must_use]
    pub fn lane(&self) -> u64 {
        bytes(self.layout.len)
    }

    /// Lanes that share a step on so many sequences, and the bytes in which a thread runs it, where the loss reads these
    /// outputs. The batch says how many sequences and tokens there are and where they are read; what stands in it plays
    /// no part.
    ///
    /// # Errors
    /// If an output is read nowhere.
    pub fn training(&self, batch: &Batch, outputs: &[usize]) -> Result<(usize, u64)> {
        let term = |&output: &usize| Term { weight: 1.0, output, columns: 0..0, targets: 0 };
        let terms: Vec<Term> = outputs.iter().map(term).collect();
        let slabs = Slabs::new(batch.sequences, batch.tokens);
        let wants = Fast::training(self.program, batch, &terms, slabs.each)?;
        Ok((slabs.lanes(), self.arena(&wants)))
    }

    /// Bytes in which a thread computes the read-out at some tokens.
    #[must_use]
    pub fn outputs(&self, sequences: usize, tokens: usize, read: Read<'_>) -> u64 {
        let wanted = Wanted { context: Context::Full, outputs: vec![(0, Reads::of(read))], sources: Vec::new() };
        self.look(sequences, tokens, wanted)
    }

    /// Bytes in which a thread computes the values of a site.
    ///
    /// # Errors
    /// If the model lacks the site.
    pub fn reading(&self, sequences: usize, tokens: usize, context: Context, reading: &Reading<'_>) -> Result<u64> {
        let source = self.program.listing(context).source(reading.site);
        let source = source.ok_or_else(|| Error::NoSuchSite(format!("{:?}", reading.site)))?;
        let sources = vec![(source, reading.positions.to_vec())];
        Ok(self.look(sequences, tokens, Wanted { context, outputs: Vec::new(), sources }))
    }

    fn look(&self, sequences: usize, tokens: usize, wanted: Wanted) -> u64 {
        let sequences = Slabs::new(sequences, tokens).each;
        self.arena(&Wants { tokens, sequences, training: false, lists: vec![wanted], fixed: Vec::new(), scaled: false })
    }

    fn arena(&self, wants: &Wants) -> u64 {
        let plan = Plan::new(self.program, &self.layout, wants);
        bytes(plan.size) + bytes(plan.scratch)
    }
}

/// The fewest sequences of so many tokens that are cut into slabs as large as those of any more.
#[must_use]
pub fn like_many(tokens: usize) -> usize {
    LANES * (ROWS / tokens.max(1)).max(1)
}

/// Bytes of a buffer of so many numbers.
fn bytes(count: usize) -> u64 {
    (whole(count) * size_of::<f32>()) as u64
}
