//! The forward pass over some sequences.

use super::layout::Part;
use super::space::Values;
use super::steps::{Attending, Region, Step};
use crate::engine::batch::{Batch, Input};
use crate::engine::changed::Constant;
use crate::engine::dropout::{self, Noise};
use crate::engine::kernels::attention::Changes;
use crate::engine::kernels::product::{From, Panels, Rows, pieces, product};
use crate::engine::kernels::{activation, attention, norm};
use std::ops::Range;
use std::slice::ChunksExact;

/// What every step reads besides values.
#[derive(Clone, Copy, Debug)]
pub struct Pass<'a> {
    pub parameters: &'a [f32],
    pub across: &'a [f32],
    pub batch: &'a Batch,
    /// Width of a dense token.
    pub input: usize,
    /// The sequences of the batch that the pass is over.
    pub first: usize,
    pub noise: Option<Noise>,
}

impl<'a> Pass<'a> {
    /// Some numbers of the parameters.
    #[must_use]
    pub fn part(&self, part: Part) -> &'a [f32] {
        &self.parameters[part.range()]
    }

    /// A weight, all rows of it.
    #[must_use]
    pub fn panels(&self, part: Part) -> Panels<'a> {
        Panels { values: self.part(part), inner: part.rows, rows: part.rows, columns: part.columns }
    }

    /// Where the tokens of so many sequences stand in the batch.
    fn tokens(&self, sequences: usize) -> Range<usize> {
        self.first * self.batch.tokens..(self.first + sequences) * self.batch.tokens
    }

    /// The dense tokens of so many sequences.
    #[must_use]
    pub fn dense(&self, values: &'a [f32], sequences: usize) -> Rows<'a> {
        let tokens = self.tokens(sequences);
        let (count, width) = (tokens.len(), self.input);
        Rows { values: &values[tokens.start * width..tokens.end * width], count, width, apart: width }
    }

    /// The labels of so many sequences.
    #[must_use]
    pub fn labels(&self, labels: &'a [u32], sequences: usize) -> &'a [u32] {
        &labels[self.tokens(sequences)]
    }

    /// The tokens at which an output is read in each sequence of the pass, so many of each.
    pub(super) fn read_each(&self, output: usize, positions: usize) -> ChunksExact<'a, usize> {
        self.batch.each_at[output][self.first * positions..].chunks_exact(positions)
    }

    /// Runs the steps of a plan.
    pub fn forward(&self, steps: &[Step], values: &mut Values<'_>, scratch: &mut [f32]) {
        for step in steps {
            self.step(step, values, scratch);
        }
    }

    fn step(&self, step: &Step, values: &mut Values<'_>, scratch: &mut [f32]) {
        let sequences = values.sequences;
        match step {
            Step::ReadIn { weight, bias, out } => {
                let to = values.get_mut(*out);
                match &self.batch.input {
                    Input::Dense(dense) => {
                        let x = self.dense(dense, sequences);
                        product(x, self.panels(*weight), From::Bias(self.part(*bias)), to, out.apart);
                    }
                    Input::Labels(labels) => {
                        let labels = self.labels(labels, sequences);
                        for (row, &label) in to.chunks_exact_mut(out.apart).zip(labels) {
                            row[..weight.columns].copy_from_slice(&self.part(*bias)[..weight.columns]);
                            for (place, columns) in pieces(label as usize, weight.rows, weight.columns) {
                                add(&mut row[columns], &self.part(*weight)[place]);
                            }
                        }
                    }
                }
            }
            Step::Linear { x, weight, bias, sum, out } => {
                let (weight, bias) = (self.panels(*weight), self.part(*bias));
                match sum {
                    None => {
                        let ([from], [to]) = values.split([*x], [*out]);
                        product(rows(from, *x, sequences), weight, From::Bias(bias), to, out.apart);
                    }
                    Some(sum) => {
                        let ([from, sum], [to]) = values.split([*x, *sum], [*out]);
                        product(rows(from, *x, sequences), weight, From::Sum(bias, sum), to, out.apart);
                    }
                }
            }
            Step::Tied { x, across, bias, out } => {
                let ([from], [to]) = values.split([*x], [*out]);
                let (inner, columns) = (across.of.columns, across.used);
                let weight = Panels { values: &self.across[across.range()], inner, rows: inner, columns };
                product(rows(from, *x, sequences), weight, From::Bias(self.part(*bias)), to, out.apart);
            }
            Step::Positions { table, to } => {
                let (table, of) = (self.part(*table), *table);
                for rows in values.get_mut(*to).chunks_exact_mut(to.rows * to.apart) {
                    for (token, row) in rows.chunks_exact_mut(to.apart).enumerate() {
                        for (place, columns) in pieces(token, of.rows, of.columns) {
                            add(&mut row[columns], &table[place]);
                        }
                    }
                }
            }
            Step::Waves { table, to } => add_rows(values.get_mut(*to), *to, table, to.width),
            Step::Norm { x, scale, shift, out, stats } => {
                let ([from], [to, stats]) = values.split([*x], [*out, *stats]);
                norm::forward(from, x.apart, x.width, self.part(*scale), self.part(*shift), to, stats);
            }
            Step::Turn { turning, of } => {
                let values = values.get_mut(*of);
                attention::rotate(
                    values,
                    of.apart,
                    turning.width,
                    (turning.head, turning.turned),
                    &turning.turns,
                    false,
                );
            }
            Step::Attention { attending, queries, keys, out, pattern } => {
                let fixed = self.fixed(attending);
                let changes = self.changes(&fixed);
                let sizes = attending.sizes();
                let apart = (queries.apart, keys.apart, out.apart);
                match attending.scaled {
                    None => {
                        let ([asking, seen], [to, pattern]) = values.split([*queries, *keys], [*out, *pattern]);
                        let (asking, seen, to) = ((asking, apart.0), (seen, apart.1), (to, apart.2));
                        attention::forward(&sizes, asking, seen, to, pattern, &mut [], &changes, scratch);
                    }
                    Some(scaled) => {
                        let ([asking, seen], [to, pattern, scaled]) =
                            values.split([*queries, *keys], [*out, *pattern, scaled]);
                        let (asking, seen, to) = ((asking, apart.0), (seen, apart.1), (to, apart.2));
                        attention::forward(&sizes, asking, seen, to, pattern, scaled, &changes, scratch);
                    }
                }
            }
            Step::Values { from, out } => {
                let ([source], [to]) = values.split([*from], [*out]);
                for (from_row, to) in source.chunks_exact(from.apart).zip(to.chunks_exact_mut(out.apart)) {
                    to[..out.width].copy_from_slice(&from_row[from.width - out.width..from.width]);
                }
            }
            Step::Project { x, columns, alone, weight, out } => {
                let ([from], [alone_rows, to]) = values.split([*x], [*alone, *out]);
                alone_rows.fill(0.0);
                for (from, to) in from.chunks_exact(x.apart).zip(alone_rows.chunks_exact_mut(alone.apart)) {
                    to[columns.clone()].copy_from_slice(&from[columns.clone()]);
                }
                let alone = rows(alone_rows, *alone, sequences);
                product(alone, self.panels(*weight), From::Zero, to, out.apart);
            }
            Step::Activate { activation: kind, of, slopes: None } => {
                activation::activate(*kind, values.get_mut(*of), None);
            }
            Step::Activate { activation: kind, of, slopes: Some(slopes) } => {
                let ([], [to, slopes]) = values.split([], [*of, *slopes]);
                activation::activate(*kind, to, Some(slopes));
            }
            Step::Drop { share, place, of, factors } => {
                let ([], [to, factors]) = values.split([], [*of, *factors]);
                self.drop_out((*share, *place), to, factors, *of);
            }
            Step::Gather { from, rows, out } => {
                let ([source], [to]) = values.split([*from], [*out]);
                let sequences = source.chunks_exact(from.rows * from.apart);
                for (source, to) in sequences.zip(to.chunks_exact_mut(out.rows * out.apart)) {
                    for (&row, to) in rows.iter().zip(to.chunks_exact_mut(out.apart)) {
                        to.copy_from_slice(&source[row * from.apart..][..from.apart]);
                    }
                }
            }
            Step::GatherEach { from, output, out } => {
                let ([source], [to]) = values.split([*from], [*out]);
                let sequences = source.chunks_exact(from.rows * from.apart);
                let each = self.read_each(*output, out.rows);
                for ((source, to), tokens) in sequences.zip(to.chunks_exact_mut(out.rows * out.apart)).zip(each) {
                    for (&token, to) in tokens.iter().zip(to.chunks_exact_mut(out.apart)) {
                        to.copy_from_slice(&source[token * from.apart..][..from.apart]);
                    }
                }
            }
            Step::Fix { place, of, columns, tokens } => {
                let constant = &self.batch.changes.fixed[*place].values;
                let sizes = (self.batch.tokens, columns.len());
                let of_sequences = values.get_mut(*of).chunks_exact_mut(of.rows * of.apart);
                for (sequence, to) in of_sequences.enumerate() {
                    for (&token, row) in tokens.iter().zip(to.chunks_exact_mut(of.apart)) {
                        match constant.row(self.first + sequence, token, sizes) {
                            Some(from) => row[columns.clone()].copy_from_slice(from),
                            None => row[columns.clone()].fill(0.0),
                        }
                    }
                }
            }
            Step::Add { to, other } => {
                let ([other], [to]) = values.split([*other], [*to]);
                add(to, other);
            }
            Step::Copy { from, to } => {
                let ([from], [to]) = values.split([*from], [*to]);
                to.copy_from_slice(from);
            }
        }
    }

    /// The constants of the heads of an attention whose patterns are fixed.
    pub(super) fn fixed(&self, attending: &Attending) -> Vec<(usize, &'a Constant)> {
        let fixed = &self.batch.changes.fixed;
        attending.fixed.iter().map(|&(head, place)| (head, &fixed[place].values)).collect()
    }

    /// What the kernel changes of patterns.
    pub(super) fn changes<'b>(&self, fixed: &'b [(usize, &'a Constant)]) -> Changes<'b>
    where
        'a: 'b,
    {
        Changes { first: self.first, fixed, factors: &self.batch.changes.scaled }
    }

    fn drop_out(&self, (share, place): (f64, u64), to: &mut [f32], factors: &mut [f32], of: Region) {
        match self.noise {
            None => factors.fill(1.0),
            Some(noise) => {
                let (width, apart) = (of.width, of.apart);
                for (sequence, factors) in factors.chunks_exact_mut(of.rows * apart).enumerate() {
                    let drawn = &mut factors[..of.rows * width];
                    dropout::fill(noise, place, (self.first + sequence) as u64, share, drawn);
                    // Nothing is drawn for padding, so rows are drawn side by side and moved, the last first.
                    for row in (0..of.rows).rev() {
                        factors.copy_within(row * width..(row + 1) * width, row * apart);
                        factors[row * apart + width..(row + 1) * apart].fill(0.0);
                    }
                }
                activation::times(to, factors);
            }
        }
    }
}

/// The rows of a region.
pub(super) fn rows(values: &[f32], region: Region, sequences: usize) -> Rows<'_> {
    Rows { values, count: region.rows * sequences, width: region.width, apart: region.apart }
}

/// Adds row `t` of a table, in rows `apart`, to token `t` of every sequence.
fn add_rows(values: &mut [f32], of: Region, table: &[f32], apart: usize) {
    for sequence in values.chunks_exact_mut(of.rows * of.apart) {
        for (row, table) in sequence.chunks_exact_mut(of.apart).zip(table.chunks_exact(apart)) {
            add(&mut row[..of.width], table);
        }
    }
}

/// Adds number by number.
pub(super) fn add(to: &mut [f32], other: &[f32]) {
    for (to, other) in to.iter_mut().zip(other) {
        *to += other;
    }
}
