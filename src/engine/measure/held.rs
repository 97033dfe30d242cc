//! The sequences that an evaluation is made on, drawn once.

use super::distance::Foretold;
use crate::engine::corpus::Corpus;
use crate::engine::error::Result;
use crate::engine::levels;
use crate::engine::references::ByPosition as Scores;
use crate::engine::sampler::{Sample, Split};
use crate::program::condition::Condition;
use crate::program::task::Reference;
use crate::program::training::Position;

/// Sequences of a task, held out or trained on.
pub struct Held {
    pub task: usize,
    pub split: Split,
    pub sample: Sample,
    /// The positions whose predictions are looked at.
    pub positions: Vec<usize>,
    /// Those of the sequences that scores count.
    pub subsets: Vec<Subset>,
    /// What references predict of them, where the model is compared with these.
    pub foretold: Vec<Foretold>,
}

/// The sequences for which a condition holds, all without one, with what the task's levels score there.
pub struct Subset {
    pub only: Option<Condition>,
    /// Places among the sequences, ascending.
    pub chosen: Vec<usize>,
    /// None where nobody asked for them: those of a posterior may take longer than the evaluation.
    pub levels: Option<Known>,
}

/// What the task's levels score on some sequences.
pub struct Known {
    pub blind: Option<Scores>,
    pub ideal: Option<Scores>,
    pub stairs: Vec<Option<Scores>>,
}

impl Held {
    /// Draws so many sequences.
    ///
    /// # Errors
    /// A line of the task that cannot be computed.
    pub fn new(corpus: &Corpus<'_>, task: usize, split: Split, sequences: usize) -> Result<Self> {
        let numbers: Vec<u64> = (0..sequences as u64).collect();
        let sample = corpus.draw(task, split, &numbers)?;
        let positions = corpus.training.tasks[task].scored();
        Ok(Self { task, split, sample, positions, subsets: Vec::new(), foretold: Vec::new() })
    }

    /// Sees to it that a position is looked at, though it may not count for the task.
    pub fn look_at(&mut self, at: Position) {
        if let Position::Index(place) = at
            && let Err(between) = self.positions.binary_search(&place)
        {
            self.positions.insert(between, place);
        }
    }

    /// Chooses the sequences for which a condition holds, and scores the levels there where they are asked for.
    ///
    /// # Errors
    /// A reference that this version does not compute.
    pub fn choose(&mut self, corpus: &Corpus<'_>, only: Option<&Condition>, levels: bool) -> Result<()> {
        let place = self.subsets.iter().position(|subset| subset.only.as_ref() == only);
        if place.is_some_and(|place| !levels || self.subsets[place].levels.is_some()) {
            return Ok(());
        }
        let holds = |place: usize| {
            only.is_none_or(|only| {
                only.holds(&|node| self.sample.of(node).at(place, 0).first().copied().unwrap_or(0.0))
            })
        };
        let chosen: Vec<usize> = (0..self.sample.sequences).filter(|&place| holds(place)).collect();
        let known = if levels { Some(self.known(corpus, only, &chosen)?) } else { None };
        let subset = Subset { only: only.cloned(), chosen, levels: known };
        match place {
            Some(place) => self.subsets[place] = subset,
            None => self.subsets.push(subset),
        }
        Ok(())
    }

    /// What the levels score on some of the sequences.
    fn known(&self, corpus: &Corpus<'_>, only: Option<&Condition>, chosen: &[usize]) -> Result<Known> {
        let (at, sampler) = (&corpus.training.tasks[self.task], corpus.sampler(self.task));
        // Levels are those of the chosen sequences alone, drawn again by their numbers.
        let again = match only {
            Some(_) if !chosen.is_empty() => {
                let numbers: Vec<u64> = chosen.iter().map(|&place| place as u64).collect();
                Some(corpus.draw(self.task, self.split, &numbers)?)
            }
            _ => None,
        };
        let sample = again.as_ref().unwrap_or(&self.sample);
        let blind = levels::of(at.blind.as_ref(), sampler, sample)?;
        let ideal = levels::of(at.ideal.as_ref(), sampler, sample)?;
        let stairs = at.plateaus.iter().map(|stair| levels::of(Some(stair), sampler, sample));
        Ok(Known { blind, ideal, stairs: stairs.collect::<Result<_>>()? })
    }

    /// Asks a reference what it predicts.
    ///
    /// # Errors
    /// A reference that this version does not compute.
    pub fn compare(&mut self, corpus: &Corpus<'_>, reference: &Reference) -> Result<()> {
        if self.foretold(reference).is_none() {
            self.foretold.push(Foretold::of(reference, corpus, self)?);
        }
        Ok(())
    }

    /// What a reference predicts, where somebody asked it.
    #[must_use]
    pub fn foretold(&self, reference: &Reference) -> Option<&Foretold> {
        self.foretold.iter().find(|foretold| foretold.reference == *reference)
    }

    /// The sequences for which a condition holds, where somebody asked for them.
    #[must_use]
    pub fn subset(&self, only: Option<&Condition>) -> Option<&Subset> {
        self.subsets.iter().find(|subset| subset.only.as_ref() == only)
    }
}
