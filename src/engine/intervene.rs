//! The interventions of the language as changes of a batch.
//!
//! Most follow from the batch alone. Means, values of other sequences and kept patterns are those of the model as it is
//! without the interventions that need them, but under all others: a first pass reads them, without a gradient, and they
//! are constants in the pass that counts.

use super::batch::{Batch, IGNORED};
use super::changed::{Constant, Fixed};
use super::error::{Error, Result};
use super::network::{Network, Reading};
use super::program::Held;
use crate::program::model::{Context, Site};
use crate::program::training::{Cells, Change, Clamp, Intervention, With};
use std::ops::Range;

/// Sequences that are looked at at once.
type Chunk = Range<usize>;

/// The changes that are in force at a step of the run, counted from 0.
#[must_use]
pub fn in_force(interventions: &[Intervention], step: u64) -> Vec<&Change> {
    interventions.iter().filter(|intervention| intervention.in_force(step)).map(|one| &one.change).collect()
}

/// Changes of a network.
#[derive(Clone)]
pub struct Changing<'a> {
    pub network: &'a Network,
    pub changes: Vec<&'a Change>,
}

/// The mean value of each ablation by a mean.
pub struct Means(Vec<Option<Constant>>);

/// What sequences have at every token, summed, and how many of them have such a token.
type Sum = (Vec<f64>, Vec<u64>);

/// Makes the batch of some sequences, with the labels that its tokens look for where a change asks which tokens match.
pub type Make<'a> = dyn Fn(Chunk) -> Result<Batch> + 'a;

impl Changing<'_> {
    /// Changes the model for the batch of a training step: means are over its sequences, and behind the last sequence the
    /// first follows.
    ///
    /// # Errors
    /// A site that the model lacks.
    pub fn training(&self, batch: &mut Batch) -> Result<()> {
        self.direct(batch);
        let mut sums = self.sums();
        self.add(batch, &mut sums)?;
        let means = Self::means(sums);
        self.hold(batch, &means, None)
    }

    /// The means over all sequences of an evaluation, which are read a few at a time.
    ///
    /// # Errors
    /// Those of `make`, or a site that the model lacks.
    pub fn over(&self, chunks: impl Iterator<Item = Chunk>, make: &Make<'_>) -> Result<Means> {
        let mut sums = self.sums();
        if sums.iter().any(Option::is_some) {
            for chunk in chunks {
                self.add(&self.made(chunk, make)?, &mut sums)?;
            }
        }
        Ok(Self::means(sums))
    }

    /// Some sequences of an evaluation of so many with the changes of the model; behind the last the first follows.
    ///
    /// # Errors
    /// Those of `make`, or a site that the model lacks.
    pub fn evaluated(&self, chunk: Chunk, sequences: usize, means: &Means, make: &Make<'_>) -> Result<Batch> {
        let mut batch = self.made(chunk.clone(), make)?;
        let resampled = self.changes.iter().any(|change| matches!(change, Change::Ablate { with: With::Resample, .. }));
        let next = chunk.end % sequences.max(1);
        let next = if resampled { Some(self.made(next..next + 1, make)?) } else { None };
        self.hold(&mut batch, means, next.as_ref())?;
        Ok(batch)
    }

    /// Whether some change asks which tokens match.
    #[must_use]
    pub fn matches(&self) -> bool {
        self.changes.iter().any(|change| change.matches())
    }

    fn made(&self, chunk: Chunk, make: &Make<'_>) -> Result<Batch> {
        let mut batch = make(chunk)?;
        self.direct(&mut batch);
        Ok(batch)
    }

    /// What follows from the batch alone.
    pub fn direct(&self, batch: &mut Batch) {
        let tokens = batch.tokens;
        for change in &self.changes {
            match change {
                Change::Ablate { site, with: With::Zero, keep_patterns: false } => {
                    batch.changes.fixed.push(Fixed { site: *site, values: Constant::Zero });
                }
                Change::Ablate { .. } => {}
                Change::Clamp { layer, head, to } => {
                    let values = match to {
                        Clamp::PreviousToken => shared(tokens, |query, key| f32::from(key == query.saturating_sub(1))),
                        Clamp::Matching => each(batch, matched),
                        Clamp::Array { values, tokens: wide, .. } => {
                            shared(tokens, |query, key| values[query * wide + key])
                        }
                    };
                    batch.changes.fixed.push(Fixed { site: Site::Pattern(*layer, *head), values });
                }
                Change::ScaleAttention { by, cells } => {
                    let by = *by as f32;
                    let factor = |cell: bool| if cell { by } else { 1.0 };
                    let factors = match *cells {
                        Cells::Matching => each(batch, |cues, query, row| {
                            let number = |key: usize| factor(matches(cues, query, key));
                            row.iter_mut().enumerate().for_each(|(key, value)| *value = number(key));
                        }),
                        Cells::PreviousToken => shared(tokens, |query, key| factor(key == query.saturating_sub(1))),
                        Cells::All => shared(tokens, |_, _| by),
                        Cells::Last(count) => shared(tokens, |query, key| factor(key + count > query)),
                    };
                    batch.changes.scaled.push(factors);
                }
            }
        }
    }

    /// An empty sum for each ablation by a mean.
    fn sums(&self) -> Vec<Option<Sum>> {
        let sum = |change: &&Change| matches!(change, Change::Ablate { with: With::Mean, .. }).then(Sum::default);
        self.changes.iter().map(sum).collect()
    }

    /// Adds the values of a batch, sequence by sequence; padding is no value.
    fn add(&self, batch: &Batch, sums: &mut [Option<Sum>]) -> Result<()> {
        let summed = self.changes.iter().zip(&*sums).filter(|(_, sum)| sum.is_some());
        let sites: Vec<Site> = summed.filter_map(|(change, _)| change.site()).collect();
        let values = self.read(batch, &sites)?;
        for ((sum, counts), values) in sums.iter_mut().flatten().zip(values) {
            let each = values.len() / batch.sequences;
            sum.resize(each, 0.0);
            counts.resize(batch.tokens, 0);
            for (sequence, values) in values.chunks_exact(each).enumerate() {
                let length = batch.lengths.get(sequence).copied().unwrap_or(batch.tokens);
                let own = &values[..length * (each / batch.tokens)];
                sum.iter_mut().zip(own).for_each(|(sum, value)| *sum += f64::from(*value));
                counts[..length].iter_mut().for_each(|count| *count += 1);
            }
        }
        Ok(())
    }

    fn means(sums: Vec<Option<Sum>>) -> Means {
        let mean = |(sum, counts): Sum| {
            let width = sum.len() / counts.len().max(1);
            let mean = |(at, sum): (usize, f64)| (sum / counts[at / width].max(1) as f64) as f32;
            Constant::Shared(sum.into_iter().enumerate().map(mean).collect())
        };
        Means(sums.into_iter().map(|sum| sum.map(mean)).collect())
    }

    /// What needs a first pass; `next` is the sequence behind the last of the batch, which is its own first if there is none.
    fn hold(&self, batch: &mut Batch, means: &Means, next: Option<&Batch>) -> Result<()> {
        let mut fixed = Vec::new();
        for (change, mean) in self.changes.iter().zip(&means.0) {
            let Change::Ablate { site, with, keep_patterns } = **change else { continue };
            let values = match with {
                With::Zero if !keep_patterns => continue,
                With::Zero => Constant::Zero,
                With::Mean => mean.clone().unwrap_or(Constant::Zero),
                With::Resample => {
                    let values = self.read(batch, &[site])?.pop().unwrap_or_default();
                    let own = values.len() / batch.sequences;
                    let behind = match next {
                        Some(next) => self.read(next, &[site])?.pop().unwrap_or_default(),
                        None => values[..own].to_vec(),
                    };
                    Constant::Each(values[own..].iter().chain(&behind).copied().collect())
                }
            };
            fixed.push(Fixed { site, values });
            if keep_patterns {
                let later = self.later_patterns(site);
                let values = self.read(batch, &later)?;
                let kept = later.into_iter().zip(values);
                fixed.extend(kept.map(|(site, values)| Fixed { site, values: Constant::Each(values.into()) }));
            }
        }
        batch.changes.fixed.extend(fixed);
        Ok(())
    }

    /// The patterns of all layers behind a site.
    fn later_patterns(&self, site: Site) -> Vec<Site> {
        let layers = self.network.program().listing(Context::Full).mixes.iter().enumerate();
        let first = match site {
            Site::Residual(after) => after,
            Site::Output | Site::Everywhere => usize::MAX,
            _ => site.needs().0.map_or(0, |layer| layer + 1),
        };
        let later = layers.filter(|(layer, _)| *layer >= first);
        later.flat_map(|(layer, &(_, heads))| (0..heads).map(move |head| Site::Pattern(layer, head))).collect()
    }

    /// The values at some sites at every token, `[B, T, width]` each; those of a head before the output projection.
    fn read(&self, batch: &Batch, sites: &[Site]) -> Result<Vec<Vec<f32>>> {
        let all: Vec<usize> = (0..batch.tokens).collect();
        let reading = |&site: &Site| match site {
            Site::Head(layer, _) => Reading { site: Site::Mixed(layer), positions: &all },
            site => Reading { site, positions: &all },
        };
        let readings: Vec<Reading<'_>> = sites.iter().map(reading).collect();
        let mut values = self.network.read_all(batch, Context::Full, &readings)?;
        let listing = self.network.program().listing(Context::Full);
        for (site, values) in sites.iter().zip(&mut values) {
            if let Site::Head(..) = site {
                let held = listing.held(*site).ok_or_else(|| Error::NoSuchSite(format!("{site:?}")))?;
                let Held::Value(slot, columns) = held else { continue };
                let rows = values.chunks_exact(listing.widths[slot]);
                *values = rows.flat_map(|row| row[columns.clone()].iter().copied()).collect();
            }
        }
        Ok(values)
    }
}

/// A number for every query and key, the same in every sequence.
fn shared(tokens: usize, number: impl Fn(usize, usize) -> f32) -> Constant {
    Constant::Shared((0..tokens * tokens).map(|at| number(at / tokens, at % tokens)).collect())
}

/// Rows of numbers, which `fill` is given as zeros with the labels of the sequence and the query.
fn each(batch: &Batch, fill: impl Fn(&[[u32; 2]], usize, &mut [f32])) -> Constant {
    let tokens = batch.tokens;
    let mut values = vec![0.0; batch.sequences * tokens * tokens];
    for (values, cues) in values.chunks_exact_mut(tokens * tokens).zip(batch.changes.cues.chunks_exact(tokens)) {
        for (query, row) in values.chunks_exact_mut(tokens).enumerate() {
            fill(cues, query, row);
        }
    }
    Constant::Each(values.into())
}

/// Whether a token answers what another, not before it, looks for.
fn matches(cues: &[[u32; 2]], query: usize, key: usize) -> bool {
    cues[query][0] != IGNORED && key <= query && cues[query][0] == cues[key][1]
}

/// Spreads attention evenly over what matches, or leaves it to the token itself (Singh et al. 2024).
fn matched(cues: &[[u32; 2]], query: usize, row: &mut [f32]) {
    let count = (0..=query).filter(|&key| matches(cues, query, key)).count();
    if count == 0 {
        row[query] = 1.0;
    }
    for key in (0..=query).filter(|&key| matches(cues, query, key)) {
        row[key] = 1.0 / count as f32;
    }
}
