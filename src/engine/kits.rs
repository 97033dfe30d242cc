//! What an engine needs that draws the batches of a cell itself: for every kind of step how its parts are drawn, and the
//! batch without its numbers. Where a part cannot be drawn so, the corpus draws.

use super::batch::{Batch, IGNORED, Input, Targets};
use super::corpus::Corpus;
use super::drawn::{Drawing, Step as Written, wanted};
use super::itinerary::Step;
use super::outline::{self, Outline};
use super::sampler::{Sampler, Split};
use super::stacked::recipe::{Drawn, Recipe};
use super::told::told;
use std::sync::Arc;

/// The steps of a cell that an engine draws.
pub struct Kits<'a> {
    corpus: &'a Corpus<'a>,
    known: Vec<(Key, Option<Kit>)>,
}

/// What a kit follows from: the stage, and the instance and number of sequences of each task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    stage: usize,
    parts: Vec<(usize, usize, usize)>,
}

/// One kind of step.
pub struct Kit {
    /// Without its numbers.
    pub batch: Batch,
    /// Of each part, how it is drawn, and what the cell has of its own.
    parts: Vec<(Arc<Recipe>, Vec<u32>)>,
}

/// Kinds of steps that stay known; a mixture whose shares do not divide the batch has a few.
const KEPT: usize = 64;

impl<'a> Kits<'a> {
    #[must_use]
    pub fn new(corpus: &'a Corpus<'a>) -> Self {
        Self { corpus, known: Vec::new() }
    }

    /// What a step's kit follows from.
    #[must_use]
    pub fn key(&self, step: &Step, number: u64) -> Option<Key> {
        let training = self.corpus.training;
        let clock = training.clock(number);
        let parts = step.iter().filter(|(_, sequences)| !sequences.is_empty());
        let part = |(task, sequences): &(usize, Vec<u64>)| (*task, training.tasks[*task].grown(clock), sequences.len());
        Some(Key { stage: training.stage_of(number)?, parts: parts.map(part).collect() })
    }

    /// The kit of a step; none where the corpus must draw.
    pub fn of(&mut self, key: &Key, number: u64) -> Option<&Kit> {
        let place = match self.known.iter().position(|(known, _)| known == key) {
            Some(place) => place,
            None => {
                if self.known.len() >= KEPT {
                    self.known.clear();
                }
                let kit = Kit::new(self.corpus, key, self.corpus.training.clock(number));
                self.known.push((key.clone(), kit));
                self.known.len() - 1
            }
        };
        self.known[place].1.as_ref()
    }
}

impl Kit {
    /// The parts of a step of this kind.
    #[must_use]
    pub fn drawn<'s>(&'s self, step: &'s Step) -> Vec<Drawn<'s>> {
        let parts = step.iter().filter(|(_, sequences)| !sequences.is_empty());
        let drawn = self.parts.iter().zip(parts);
        drawn.map(|((recipe, own), (_, sequences))| Drawn { recipe, own, sequences }).collect()
    }

    fn new(corpus: &Corpus<'_>, key: &Key, clock: u64) -> Option<Self> {
        let training = corpus.training;
        let told = told(training, key.stage);
        let samplers: Vec<&Sampler<'_>> = key.parts.iter().map(|(task, ..)| corpus.instance(*task, clock)).collect();
        let outline = Outline::of(&samplers.iter().map(|sampler| sampler.task).collect::<Vec<_>>(), &told);
        let input = if outline::labels(training) { Input::Labels(Vec::new()) } else { Input::default() };
        let (tokens, read_at, heads_at) = (outline.tokens, outline.read_at.clone(), outline.heads_at.clone());
        let sequences = key.parts.iter().map(|(.., count)| count).sum();
        let mut batch = Batch { sequences, tokens, input, read_at, heads_at, ..Batch::default() };
        let mut parts = Vec::new();
        for (sampler, &(place, _, count)) in samplers.into_iter().zip(&key.parts) {
            let task = sampler.task;
            let drawing = Drawing::of(sampler, Split::Train, &wanted(training, (place, task))).ok()?;
            if !at_hand(corpus, place, sampler, &drawing) {
                return None;
            }
            let step = Written::of(training, key.stage, (place, task), &drawing, &outline).ok()?;
            let widths = std::iter::once((!task.real, task.classes));
            let widths = widths.chain(told.iter().map(|of| (of.label, of.columns.len())));
            for (at, ((labels, width), items)) in widths.zip(&step.targets).enumerate() {
                let counts = items.count();
                append(&mut batch, at, (labels, width), (0..count).flat_map(|_| counts.iter().copied()))?;
            }
            let own = drawing.own(sampler);
            parts.push((Recipe::new(drawing, step, corpus.embeddings(place).cloned()), own));
        }
        Some(Self { batch, parts })
    }
}

/// Whether a drawing needs no other embeddings than those that its tokens are of.
fn at_hand(corpus: &Corpus<'_>, place: usize, sampler: &Sampler<'_>, drawing: &Drawing) -> bool {
    drawing.source().is_none_or(|source| {
        let asked = sampler.task.sources.get(source).and_then(crate::data::Source::shapes);
        asked.is_some() && asked == sampler.task.input_source() && corpus.embeddings(place).is_some()
    })
}

/// Adds targets that are nothing yet, of which some count.
fn append(
    batch: &mut Batch,
    at: usize,
    (labels, width): (bool, usize),
    counts: impl Iterator<Item = bool>,
) -> Option<()> {
    if batch.targets.len() == at {
        let numbers = Targets::Numbers { width, values: Vec::new() };
        batch.targets.push(if labels { Targets::Labels(Vec::new()) } else { numbers });
    }
    match batch.targets.get_mut(at)? {
        Targets::Labels(known) if labels => known.extend(counts.map(|counts| if counts { 0 } else { IGNORED })),
        Targets::Numbers { width: known, values } if !labels && *known == width => {
            values.extend(counts.map(|counts| if counts { 0.0 } else { f32::NAN }));
        }
        _ => return None,
    }
    Some(())
}
