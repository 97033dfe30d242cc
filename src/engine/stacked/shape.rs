//! What the launches for a batch follow from: its sizes, and what is asked of it. Batches of one shape are computed
//! together, whatever stands in them.

use super::recipe::Part;
use crate::engine::batch::{Batch, Input, Read, Targets, Term};
use crate::engine::changed::Constant;
use crate::engine::error::{Error, Result};
use crate::engine::network::Reading;
use crate::engine::program::{Kind, Program, Rows, Slot, Source};
use crate::program::model::{Context, Site};

/// What is done with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// An optimizer step; `clips` where some norm is too large for one.
    Step { clips: bool },
    /// The loss and its gradient.
    Gradients,
    /// The read-out.
    Outputs,
    /// Values at sites in a context.
    Values(Context),
}

impl Asked {
    /// Whether gradients flow.
    #[must_use]
    pub const fn trains(self) -> bool {
        matches!(self, Self::Step { .. } | Self::Gradients)
    }
}

/// How an output is read: of how many tokens a sequence, and whether each sequence has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAs {
    pub output: usize,
    pub positions: usize,
    pub each: bool,
}

/// A term of the loss without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermAs {
    pub output: usize,
    pub first: usize,
    pub columns: usize,
    /// Whether its targets are labels.
    pub labels: bool,
    /// Which targets of the batch they are.
    pub targets: usize,
}

/// Numbers of a constant, without what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstantAs {
    Zero,
    Shared,
    Each,
}

impl ConstantAs {
    fn of(constant: &Constant) -> Self {
        match constant {
            Constant::Zero => Self::Zero,
            Constant::Shared(_) => Self::Shared,
            Constant::Each(_) => Self::Each,
        }
    }
}

/// A batch without its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub asked: Asked,
    pub sequences: usize,
    pub tokens: usize,
    pub labels: bool,
    pub reads: Vec<ReadAs>,
    pub terms: Vec<TermAs>,
    /// How many tokens `Prune` keeps, by context.
    pub kept: [usize; 4],
    pub noise: bool,
    pub fixed: Vec<(Site, ConstantAs)>,
    pub scaled: Vec<ConstantAs>,
    /// Sites that are read, at how many tokens.
    pub readings: Vec<(Site, usize)>,
    /// What the card draws of the batch: all of it, or nothing.
    pub drawn: Vec<Part>,
}

/// A shape, with the tokens that `Prune` keeps in each context.
pub struct Shaped {
    pub shape: Shape,
    pub kept: [Vec<usize>; 4],
}

impl Shape {
    /// The shape of a batch with which the loss is computed, or whose read-out is asked for.
    ///
    /// # Errors
    /// If an output is read nowhere.
    pub fn of(program: &Program, batch: &Batch, asked: Asked, terms: &[Term], noise: bool) -> Result<Shaped> {
        let mut shape = Self::bare(batch, asked);
        shape.noise = noise;
        let all = 0..=program.interface.heads.len();
        let wanted = |output: &usize| match asked {
            Asked::Outputs => *output == 0,
            _ => terms.iter().any(|term| term.output == *output),
        };
        for output in all.filter(wanted) {
            let read = batch.read(output)?;
            shape.reads.push(ReadAs { output, positions: read.positions(), each: matches!(read, Read::Each(..)) });
        }
        shape.terms.extend(terms.iter().map(|term| TermAs {
            output: term.output,
            first: term.columns.start,
            columns: term.columns.len(),
            labels: matches!(batch.targets[term.targets], Targets::Labels(_)),
            targets: term.targets,
        }));
        let mut kept: [Vec<usize>; 4] = Default::default();
        for context in Context::ALL {
            let listing = program.listing(context);
            for operation in &listing.operations {
                let Kind::Gather { output } = operation.kind else { continue };
                let own = program.context(output) == context;
                let read = own && shape.reads.iter().any(|read| read.output == output);
                if read && listing.rows[operation.inputs[0]] == Rows::Kept {
                    match batch.read(output)? {
                        Read::Shared(tokens) => kept[context as usize].extend_from_slice(tokens),
                        // Any token may be read of some sequence.
                        Read::Each(..) => kept[context as usize].extend(0..batch.tokens),
                    }
                }
            }
        }
        Ok(shape.keeping(kept))
    }

    /// The shape of a batch that is read at sites.
    ///
    /// # Errors
    /// If the model lacks a site.
    pub fn read(program: &Program, batch: &Batch, context: Context, readings: &[Reading]) -> Result<Shaped> {
        let mut shape = Self::bare(batch, Asked::Values(context));
        let mut kept: [Vec<usize>; 4] = Default::default();
        let listing = program.listing(context);
        for reading in readings {
            let source = listing.source(reading.site);
            let source = source.ok_or_else(|| Error::NoSuchSite(format!("{:?}", reading.site)))?;
            if listing.rows[source.slot()] == Rows::Kept {
                kept[context as usize].extend_from_slice(reading.positions);
            }
            shape.readings.push((reading.site, reading.positions.len()));
        }
        Ok(shape.keeping(kept))
    }

    fn bare(batch: &Batch, asked: Asked) -> Self {
        let changes = &batch.changes;
        Self {
            asked,
            sequences: batch.sequences,
            tokens: batch.tokens,
            labels: matches!(batch.input, Input::Labels(_)),
            reads: Vec::new(),
            terms: Vec::new(),
            kept: [0; 4],
            noise: false,
            fixed: changes.fixed.iter().map(|fixed| (fixed.site, ConstantAs::of(&fixed.values))).collect(),
            scaled: changes.scaled.iter().map(ConstantAs::of).collect(),
            readings: Vec::new(),
            drawn: Vec::new(),
        }
    }

    fn keeping(mut self, mut kept: [Vec<usize>; 4]) -> Shaped {
        for (kept, count) in kept.iter_mut().zip(&mut self.kept) {
            kept.sort_unstable();
            kept.dedup();
            *count = kept.len();
        }
        Shaped { shape: self, kept }
    }

    /// Rows of a sequence of a slot with such rows.
    #[must_use]
    pub fn rows(&self, rows: Rows, context: Context) -> usize {
        match rows {
            Rows::All => self.tokens,
            Rows::Kept => self.kept[context as usize],
            Rows::Read(output) => self.reads.iter().find(|read| read.output == output).map_or(0, |read| read.positions),
        }
    }

    /// The contexts in which something is computed, each with what is wanted of it.
    #[must_use]
    pub fn wanted(&self, program: &Program) -> Vec<(Context, Vec<Slot>)> {
        if let Asked::Values(context) = self.asked {
            let listing = program.listing(context);
            let slots = self.readings.iter().filter_map(|(site, _)| listing.source(*site)).map(Source::slot);
            return vec![(context, slots.collect())];
        }
        let of = |context: Context| {
            let outputs = self.reads.iter().filter(|read| program.context(read.output) == context);
            let slots: Vec<Slot> = outputs.filter_map(|read| program.listing(context).outputs[read.output]).collect();
            (context, slots)
        };
        Context::ALL.into_iter().map(of).filter(|(_, slots)| !slots.is_empty()).collect()
    }
}
