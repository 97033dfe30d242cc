//! Passes of sequences through a network that serve everybody who looks at the same sequences in the same context: each
//! site is read once, and nothing behind the last of them is computed.

use crate::engine::corpus::Corpus;
use crate::engine::error::Result;
use crate::engine::intervene::{Changing, Means};
use crate::engine::network::{Network, Reading};
use crate::engine::sampler::Sample;
use crate::program::model::{Context, Site};
use crate::program::training::Change;
use std::ops::Range;

/// Sequences that are read at once, which bounds the memory of an evaluation.
pub(in crate::engine) const AT_ONCE: usize = 128;

/// What a look wants to see: a site at some tokens, of the weights at hand or of the first ones of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    pub site: Site,
    pub tokens: Vec<usize>,
    pub first: bool,
}

impl Sight {
    /// Of the weights at hand.
    #[must_use]
    pub fn now(site: Site, tokens: Vec<usize>) -> Self {
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
        let predicted = self.corpus.training.tasks[self.task].predicted();
        let sequences = self.sample.sequences;
        let changed = |network| -> Result<(Changing<'_>, Means)> {
            let changing = Changing { network, changes: self.changes.to_vec() };
            let make = self.corpus.made(&changing, (self.task, self.sample), &predicted);
            let means = changing.over(sequences, chunks(sequences), &make)?;
            drop(make);
            Ok((changing, means))
        };
        let now = Some(changed(networks.now)?);
        let then = networks.first.map(changed).transpose()?;
        for chunk in chunks(sequences) {
            let mut seen: Vec<Vec<f32>> = vec![Vec::new(); sights.len()];
            for first in [false, true] {
                let places: Vec<usize> = (0..sights.len()).filter(|&at| sights[at].first == first).collect();
                let changed = if first { &then } else { &now };
                let (Some((changing, means)), false) = (changed, places.is_empty()) else { continue };
                let make = self.corpus.made(changing, (self.task, self.sample), &predicted);
                let batch = changing.evaluated(chunk.clone(), sequences, means, &make)?;
                let reading = |&at: &usize| Reading { site: sights[at].site, positions: &sights[at].tokens };
                let readings: Vec<Reading<'_>> = places.iter().map(reading).collect();
                let values = changing.network.read_all(&batch, self.context, &readings)?;
                places.iter().zip(values).for_each(|(&at, values)| seen[at] = values);
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
