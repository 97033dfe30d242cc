//! One walk over the operations of a program, forwards.

use super::operations::{self, Attention};
use crate::engine::batch::{Batch, Read};
use crate::engine::changed::{Constant, Fixed};
use crate::engine::dropout::Noise;
use crate::engine::error::{Error, Result};
use crate::engine::program::{Held, Kind, Listing, Operation, Rows, Slot, Source};
use candle_core::{DType, Tensor};

/// What a walk needs.
pub(super) struct Pass<'a> {
    pub listing: &'a Listing,
    pub parameters: &'a [&'a Tensor],
    pub batch: &'a Batch,
    /// The tokens that `Prune` keeps, in order.
    pub kept: &'a [usize],
    /// Of the dropouts, which keep everything without it.
    pub noise: Option<Noise>,
    pub kind: DType,
}

impl Pass<'_> {
    /// Some values and patterns, in their order; what they do not depend on is not computed.
    pub fn values(&self, wanted: &[Source]) -> Result<Vec<Tensor>> {
        let needed = self.listing.needed(&wanted.iter().map(|source| source.slot()).collect::<Vec<_>>());
        let mut slots: Vec<Option<Tensor>> = vec![None; self.listing.operations.len() + 1];
        let mut patterns: Vec<Option<Tensor>> = slots.clone();
        for (operation, _) in self.listing.operations.iter().zip(needed).filter(|(_, needed)| *needed) {
            slots[operation.output] = Some(match operation.kind {
                Kind::Attention { heads, order, softmax } => {
                    let queries = self.tokens(operation.inputs[0])?;
                    let attention = Attention { heads, order, softmax, queries: &queries };
                    let [asking, seen] = [0, 1].map(|at| value(&slots, operation.inputs[at]));
                    let pattern = self.changed(attention.pattern(asking, seen)?, operation.output, &queries)?;
                    let mixed = attention.mix(&pattern, seen)?;
                    patterns[operation.output] = Some(pattern);
                    mixed
                }
                _ => self.apply(operation, &slots)?,
            });
            let slot = operation.output;
            for (columns, values) in self.fixed().filter_map(|(held, values)| match held {
                Held::Value(of, columns) if of == slot => Some((columns, values)),
                _ => None,
            }) {
                let value = value(&slots, slot);
                let tokens = self.tokens(slot)?;
                let constant = self.constant(values, &tokens, columns.len(), false)?;
                slots[slot] = Some(operations::replaced(value, &constant, 2, columns.start)?);
            }
        }
        let read = wanted.iter().map(|&source| match source {
            Source::Value(slot) => Ok(value(&slots, slot).clone()),
            Source::Pattern(slot, head) => Ok(value(&patterns, slot).narrow(1, head, 1)?.squeeze(1)?.contiguous()?),
        });
        read.collect()
    }

    /// What constants take the place of, each with its constant.
    fn fixed(&self) -> impl Iterator<Item = (Held, &Constant)> {
        let fixed = self.batch.changes.fixed.iter();
        fixed.filter_map(|Fixed { site, values }| self.listing.held(*site).map(|held| (held, values)))
    }

    /// The pattern of the attention that writes a slot, scaled and then fixed as the batch says.
    fn changed(&self, mut pattern: Tensor, slot: Slot, tokens: &[usize]) -> Result<Tensor> {
        for factors in &self.batch.changes.scaled {
            let factors = self.constant(factors, tokens, self.batch.tokens, false)?;
            pattern = pattern.broadcast_mul(&factors.unsqueeze(1)?)?;
        }
        for (held, values) in self.fixed() {
            if let Held::Pattern(of, head) = held
                && of == slot
            {
                let constant = self.constant(values, tokens, self.batch.tokens, true)?;
                pattern = operations::replaced(&pattern, &constant.unsqueeze(1)?, 1, head)?;
            }
        }
        Ok(pattern)
    }

    /// The rows of a constant at some tokens, `[B, rows, width]`; of a pattern those of later tokens are 0.
    fn constant(&self, values: &Constant, tokens: &[usize], width: usize, pattern: bool) -> Result<Tensor> {
        let sizes = (self.batch.tokens, width);
        let mut numbers = Vec::with_capacity(self.batch.sequences * tokens.len() * width);
        for sequence in 0..self.batch.sequences {
            for &token in tokens {
                let row = values.row(sequence, token, sizes);
                let number = |at: usize| match row {
                    Some(row) if !(pattern && at > token) => f64::from(row[at]),
                    _ => 0.0,
                };
                numbers.extend((0..width).map(number));
            }
        }
        super::tensor(&numbers, &[self.batch.sequences, tokens.len(), width], self.kind)
    }

    fn apply(&self, operation: &Operation, slots: &[Option<Tensor>]) -> Result<Tensor> {
        let input = |at: usize| value(slots, operation.inputs[at]);
        let parameter = |id: usize| self.parameters[id];
        match operation.kind {
            Kind::ReadIn { weight, bias } => {
                operations::read_in(self.batch, parameter(weight), parameter(bias), self.kind)
            }
            Kind::Linear { weight, bias, ref columns } => {
                operations::linear(input(0), parameter(weight), parameter(bias), columns)
            }
            Kind::Tied { weight, bias } => operations::tied(input(0), parameter(weight), parameter(bias)),
            Kind::AddPositions { table } => operations::add_positions(input(0), parameter(table)),
            Kind::AddWaves => operations::add_waves(input(0)),
            Kind::LayerNorm { scale, shift } => operations::layer_norm(input(0), parameter(scale), parameter(shift)),
            Kind::Attention { .. } => unreachable!("an attention gives its pattern besides"),
            Kind::Values => operations::values(input(0)),
            Kind::Project { weight, head, heads } => operations::project(input(0), parameter(weight), head, heads),
            Kind::Activation(activation) => operations::activation(input(0), activation),
            Kind::Dropout { share, place } => match self.noise {
                Some(noise) => operations::dropout(input(0), share.value(), place, noise),
                None => Ok(input(0).clone()),
            },
            Kind::Prune => operations::select(input(0), &self.tokens(operation.inputs[0])?, self.kept),
            Kind::Gather { output } => {
                let tokens = self.tokens(operation.inputs[0])?;
                match self.batch.read(output)? {
                    Read::Shared(wanted) => operations::select(input(0), &tokens, wanted),
                    Read::Each(positions, wanted) => operations::select_each(input(0), positions, wanted),
                }
            }
            Kind::Add => Ok((input(0) + input(1))?),
        }
    }

    /// The tokens whose rows a slot has.
    fn tokens(&self, slot: Slot) -> Result<Vec<usize>> {
        Ok(match self.listing.rows[slot] {
            Rows::All => (0..self.batch.tokens).collect(),
            Rows::Kept => self.kept.to_vec(),
            Rows::Read(output) => match self.batch.read(output)? {
                Read::Shared(tokens) => tokens.to_vec(),
                Read::Each(..) => return Err(Error::NotRun("what is fixed where texts are read".into())),
            },
        })
    }
}

fn value(slots: &[Option<Tensor>], slot: Slot) -> &Tensor {
    slots[slot].as_ref().expect("an operation's inputs are computed before it")
}
