//! What the batch of a training step looks like before anything is drawn: how long it is, at which tokens it is read, and
//! which example of each task is told of there.

use super::error::{Error, Result};
use super::told::{Told, tokens_of};
use crate::program::task::{Form, Task};
use crate::program::training::Training;
use crate::program::vocabulary::Slot;
use std::collections::BTreeSet;

/// The sizes of a batch of sequences of some tasks, in which each sequence is as long as the longest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    pub tokens: usize,
    /// The tokens at which predictions are read.
    pub read_at: Vec<usize>,
    /// The tokens at which each head reads.
    pub heads_at: Vec<Vec<usize>>,
}

impl Outline {
    /// That of some tasks, each an instance, whose batch tells what the loss asks for.
    #[must_use]
    pub fn of(tasks: &[&Task], told: &[Told<'_>]) -> Self {
        let tokens = tasks.iter().map(|at| at.tokens()).max().unwrap_or(0);
        let read: BTreeSet<usize> =
            tasks.iter().flat_map(|at| positions(at, told).into_iter().map(|position| at.read_at(position))).collect();
        let mut heads_at: Vec<Vec<usize>> = Vec::new();
        for told in told.iter().filter(|told| told.output > 0) {
            let read: BTreeSet<usize> =
                tasks.iter().flat_map(|at| tokens_of(told.place, at)).map(|(token, _)| token).collect();
            // Of a head that another stage trains nothing is read.
            heads_at.resize(heads_at.len().max(told.output), Vec::new());
            heads_at[told.output - 1] = read.into_iter().collect();
        }
        Self { tokens, read_at: read.into_iter().collect(), heads_at }
    }

    /// The examples of a task that something tells of, prediction by prediction of the output that tells it.
    #[must_use]
    pub fn examples(&self, at: &Task, of: &Told<'_>, told: &[Told<'_>]) -> Vec<Option<usize>> {
        if of.output == 0 {
            return places(&self.read_at, at, &positions(at, told));
        }
        let tokens = tokens_of(of.place, at);
        let example = |token: &usize| tokens.iter().find(|(at, _)| at == token).map(|(_, at)| *at);
        self.heads_at[of.output - 1].iter().map(example).collect()
    }
}

/// The positions of a task at which a batch is read: read-outs are read at every position, whichever the task counts.
#[must_use]
pub fn positions(at: &Task, told: &[Told<'_>]) -> Vec<usize> {
    if told.iter().any(|told| told.output == 0) { at.predicted() } else { at.scored() }
}

/// The position of a task that each token predicts at which a batch is read; none where it predicts none of these.
#[must_use]
pub fn places(read_at: &[usize], task: &Task, positions: &[usize]) -> Vec<Option<usize>> {
    let at = |token: &usize| positions.iter().copied().find(|&position| task.read_at(position) == *token);
    read_at.iter().map(at).collect()
}

/// The same, but for predictions that do not count.
#[must_use]
pub fn counted(read_at: &[usize], task: &Task, positions: &[usize]) -> Vec<Option<usize>> {
    let scored = task.scored();
    places(read_at, task, positions).into_iter().map(|place| place.filter(|place| scored.contains(place))).collect()
}

/// Whether every token of every task of a training is a label.
#[must_use]
pub fn labels(training: &Training) -> bool {
    let label = |task: &Task| task.form != Form::Pairs || task.input_source().is_none() && task.reads_label();
    training.tasks.iter().all(|task| !task.real && label(task))
}

/// What stands at each token of an example of a text; nothing of a task without one.
///
/// # Errors
/// Words that the tokenizer lacks.
pub fn slots(at: &Task) -> Result<Vec<Slot>> {
    let Form::Text { pieces } = &at.form else { return Ok(Vec::new()) };
    let lacks = || Error::NotRun(format!("a text of {} with words that the tokenizer lacks", at.title));
    at.vocabulary.slots(pieces).ok_or_else(lacks)
}
