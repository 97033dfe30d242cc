//! Passes of sequences through a network that serve everybody who looks at the same sequences in the same context: each
//! site is read once, and nothing behind the last of them is computed.

use crate::engine::corpus::Corpus;
use crate::engine::error::Result;
use crate::engine::intervene::{Changing, Means};
use crate::engine::network::{Network, Reading};
use crate::engine::sampler::Sample;
use crate::engine::texts::{Spot, text_of};
use crate::engine::told::{examples_of, tokens_of};
use crate::program::model::{Context, Place, Site};
use crate::program::task::Task;
use crate::program::training::Change;
use std::ops::Range;

/// Sequences that are read at once, which bounds the memory of an evaluation.
pub(in crate::engine) const AT_ONCE: usize = 128;

/// What a look wants to see: a site at some tokens, of the weights at hand or of the first ones of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    pub site: Site,
    pub tokens: Tokens,
    pub first: bool,
}

/// The tokens that a look wants to see, of every sequence as many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// In every sequence.
    Shared(Vec<usize>),
    /// So many in each sequence of texts whose words are cut.
    Each(Spot, usize),
}

impl Tokens {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Shared(tokens) => tokens.len(),
            Self::Each(_, count) => *count,
        }
    }

    /// Those of a place in a task, one for each example that it tells of.
    #[must_use]
    pub fn of(place: &Place, task: &Task) -> Self {
        match task.rendering {
            None => Self::Shared(tokens_of(place, task).into_iter().map(|(token, _)| token).collect()),
            Some(_) => Self::Each(Spot::Place(place.clone()), examples_of(place, task).len()),
        }
    }

    /// Those at which the predictions of some positions of a task begin.
    #[must_use]
    pub fn read(task: &Task, positions: Vec<usize>) -> Self {
        match task.rendering {
            None => Self::Shared(positions.into_iter().map(|position| task.read_at(position)).collect()),
            Some(_) => Self::Each(Spot::Read(positions.clone()), positions.len()),
        }
    }

    /// Of rows of every token of some sequences those that are wanted.
    fn chosen(
        &self,
        rows: Vec<f32>,
        all: usize,
        task: &Task,
        drawn: &Sample,
        sequences: Range<usize>,
    ) -> Result<Vec<f32>> {
        let Self::Each(spot, count) = self else { return Ok(rows) };
        let (text, each) = (text_of(drawn)?, rows.len() / sequences.len());
        let width = each / all;
        let mut chosen = Vec::with_capacity(sequences.len() * count * width);
        for (sequence, rows) in sequences.zip(rows.chunks_exact(each)) {
            for token in text.tokens(spot, task, sequence) {
                chosen.extend_from_slice(&rows[token * width..(token + 1) * width]);
            }
        }
        Ok(chosen)
    }
}

impl Sight {
    /// Of the weights at hand.
    #[must_use]
    pub fn now(site: Site, tokens: Tokens) -> Self {
        Self { site, tokens, first: false }
    }
}

/// Somebody who looks at values while sequences pass.
pub trait Look {
    /// What it wants to see.
    fn sights(&self) -> Vec<Sight>;

    /// Takes what it wanted to see of some sequences, `[sequences, tokens, width]` each, in the order of its sights.
    ///
    /// # Errors
    /// If what it sees does not fit what it looks for.
    fn look(&mut self, sequences: Range<usize>, seen: &[&[f32]]) -> Result<()>;
}

/// A look that comes to one number.
pub trait Scored: Look {
    /// The number, once all sequences have passed; not a number where nothing counted.
    fn value(&self) -> f64;
}

impl<L: Look + ?Sized> Look for Box<L> {
    fn sights(&self) -> Vec<Sight> {
        (**self).sights()
    }

    fn look(&mut self, sequences: Range<usize>, seen: &[&[f32]]) -> Result<()> {
        (**self).look(sequences, seen)
    }
}

/// The sequences of a pass.
#[derive(Clone, Copy)]
pub struct Passing<'a> {
    pub corpus: &'a Corpus<'a>,
    pub task: usize,
    pub sample: &'a Sample,
    pub context: Context,
    /// What is changed in the model meanwhile.
    pub changes: &'a [&'a Change],
}

/// A network, and the same with the first weights of the run, where somebody compares with these.
#[derive(Clone, Copy)]
pub struct Networks<'a> {
    pub now: &'a Network,
    pub first: Option<&'a Network>,
}

impl Passing<'_> {
    /// Numbers that are read of a sequence of texts whose words are cut, of which every token is read; of others few are.
    fn room(&self, sights: &[Sight]) -> Result<usize> {
        let training = self.corpus.training;
        if training.tasks[self.task].rendering.is_none() {
            return Ok(0);
        }
        let tokens = text_of(self.sample)?.longest();
        let wide = |sight: &Sight| if matches!(sight.site, Site::Pattern(..)) { tokens } else { training.model.width };
        Ok(sights.iter().map(|sight| tokens * wide(sight)).sum())
    }

    /// Lets all sequences pass, some at a time.
    ///
    /// # Errors
    /// A site that the model lacks.
    pub fn before(&self, networks: Networks<'_>, looks: &mut [&mut dyn Look]) -> Result<()> {
        let mut sights: Vec<Sight> = Vec::new();
        let mut wanted: Vec<Vec<usize>> = Vec::with_capacity(looks.len());
        for look in looks.iter() {
            let places = look.sights().into_iter().map(|sight| {
                sights.iter().position(|known| *known == sight).unwrap_or_else(|| {
                    sights.push(sight);
                    sights.len() - 1
                })
            });
            wanted.push(places.collect());
        }
        let task = &self.corpus.training.tasks[self.task];
        let predicted = task.predicted();
        let sequences = self.sample.sequences;
        let changed = |network| -> Result<(Changing<'_>, Means)> {
            let changing = Changing { network, changes: self.changes.to_vec() };
            let make = self.corpus.made(&changing, (self.task, self.sample), &predicted);
            let means = changing.over(chunks(sequences), &make)?;
            drop(make);
            Ok((changing, means))
        };
        let now = Some(changed(networks.now)?);
        let then = networks.first.map(changed).transpose()?;
        for chunk in few(sequences, self.room(&sights)?) {
            let mut seen: Vec<Vec<f32>> = vec![Vec::new(); sights.len()];
            for first in [false, true] {
                let places: Vec<usize> = (0..sights.len()).filter(|&at| sights[at].first == first).collect();
                let changed = if first { &then } else { &now };
                let (Some((changing, means)), false) = (changed, places.is_empty()) else { continue };
                let make = self.corpus.made(changing, (self.task, self.sample), &predicted);
                let batch = changing.evaluated(chunk.clone(), sequences, means, &make)?;
                let all: Vec<usize> = (0..batch.tokens).collect();
                let reading = |&at: &usize| match &sights[at].tokens {
                    Tokens::Shared(tokens) => Reading { site: sights[at].site, positions: tokens },
                    Tokens::Each(..) => Reading { site: sights[at].site, positions: &all },
                };
                let readings: Vec<Reading<'_>> = places.iter().map(reading).collect();
                let values = changing.network.read_all(&batch, self.context, &readings)?;
                for (&at, values) in places.iter().zip(values) {
                    seen[at] = sights[at].tokens.chosen(values, batch.tokens, task, self.sample, chunk.clone())?;
                }
            }
            for (look, wanted) in looks.iter_mut().zip(&wanted) {
                let own: Vec<&[f32]> = wanted.iter().map(|&at| seen[at].as_slice()).collect();
                look.look(chunk.clone(), &own)?;
            }
        }
        Ok(())
    }
}

/// So many sequences, a few at a time.
pub(in crate::engine) fn chunks(sequences: usize) -> impl Iterator<Item = Range<usize>> {
    (0..sequences).step_by(AT_ONCE).map(move |first| first..(first + AT_ONCE).min(sequences))
}

/// So many sequences, so few at a time that their numbers, of which each has so many, take little room.
pub(in crate::engine) fn few(sequences: usize, numbers: usize) -> impl Iterator<Item = Range<usize>> {
    const NUMBERS: usize = 1 << 25;
    let each = (NUMBERS / numbers.max(1)).clamp(1, AT_ONCE);
    (0..sequences).step_by(each).map(move |first| first..(first + each).min(sequences))
}
