//! What a head attends to: the token before, the same token, what followed it, the labels of matching examples.

use super::look::{Look, Scored, Sight, Tokens};
use crate::engine::error::Result;
use crate::engine::sampler::Sample;
use crate::program::model::Site;
use crate::program::task::{Form, Task};
use std::borrow::Cow;
use std::ops::Range;

/// What is read off a head's pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Mean attention to the token before.
    PreviousToken,
    /// Attention to earlier tokens, or inputs of examples, that are the same label.
    DuplicateToken,
    /// Of examples, attention from where a prediction is read to earlier targets equal to its own, less that to other
    /// targets (Singh et al. 2024); of tokens, to what followed earlier occurrences of the current one (Olsson et al.
    /// 2022). Predictions without any such token are left out.
    Induction,
    /// Entropy in nats.
    Entropy,
}

/// A score of one head while sequences pass.
pub struct HeadScore<'a> {
    kind: Attention,
    site: Site,
    task: &'a Task,
    sample: &'a Sample,
    /// The tokens from which it looks, each with the position of the task that it belongs to.
    from: Vec<(usize, usize)>,
    sum: f64,
    count: u64,
}

impl<'a> HeadScore<'a> {
    /// Of a head of a layer, on sequences of a task.
    #[must_use]
    pub fn new(kind: Attention, (layer, head): (usize, usize), task: &'a Task, sample: &'a Sample) -> Self {
        let from = match kind {
            // Texts whose words are cut have other tokens in every sequence.
            _ if task.rendering.is_some() => Vec::new(),
            Attention::PreviousToken => (1..task.tokens()).map(|token| (token, 0)).collect(),
            Attention::Entropy => (0..task.tokens()).map(|token| (token, 0)).collect(),
            Attention::DuplicateToken => (1..task.length).map(|position| (task.input_at(position), position)).collect(),
            Attention::Induction => {
                task.scored().into_iter().map(|position| (task.read_at(position), position)).collect()
            }
        };
        Self { kind, site: Site::Pattern(layer, head), task, sample, from, sum: 0.0, count: 0 }
    }

    /// The tokens of a sequence from which it looks.
    fn from(&self, sequence: usize) -> Cow<'_, [(usize, usize)]> {
        let Some(text) = &self.sample.text else { return Cow::Borrowed(&self.from) };
        let tokens = text.ids(sequence).len();
        Cow::Owned(match self.kind {
            Attention::PreviousToken => (1..tokens).map(|token| (token, 0)).collect(),
            Attention::Entropy => (0..tokens).map(|token| (token, 0)).collect(),
            Attention::DuplicateToken => {
                (1..self.task.length).map(|position| (text.input(sequence, position), position)).collect()
            }
            Attention::Induction => {
                let scored = self.task.scored().into_iter();
                scored.map(|position| (text.read_at(sequence, position), position)).collect()
            }
        })
    }

    /// The token at which the input of an example ends.
    fn input(&self, sequence: usize, position: usize) -> usize {
        self.sample.text.as_ref().map_or_else(|| self.task.input_at(position), |text| text.input(sequence, position))
    }

    /// The tokens of the target of an example.
    fn target(&self, sequence: usize, position: usize) -> Range<usize> {
        let behind = self.task.read_at(position) + 1;
        self.sample.text.as_ref().map_or(behind..behind + 1, |text| text.target(sequence, position))
    }

    /// What one token's attention gives; nothing where it does not count.
    fn of(&self, sequence: usize, token: usize, position: usize, attention: &[f32]) -> Option<f64> {
        let label = |node: usize, position: usize| self.sample.of(node).label(sequence, position);
        let to = |token: usize| f64::from(attention[token]);
        match self.kind {
            Attention::PreviousToken => Some(to(token - 1)),
            Attention::Entropy => {
                let parts = attention[..=token].iter().map(|&share| f64::from(share)).filter(|share| *share > 0.0);
                Some(-parts.map(|share| share * libm::log(share)).sum::<f64>())
            }
            Attention::DuplicateToken => {
                let node = if self.task.form == Form::Tokens { self.task.target } else { self.task.input };
                let own = label(node, position);
                total((0..position).filter(|&at| label(node, at) == own).map(|at| to(self.input(sequence, at))))
            }
            Attention::Induction if self.task.form != Form::Tokens => {
                let own = label(self.task.target, position);
                let (same, other): (Vec<usize>, Vec<usize>) =
                    (0..position).partition(|&at| label(self.task.target, at) == own);
                let target = |at: usize| self.target(sequence, at).map(to).sum::<f64>();
                total(same.into_iter().map(target)).map(|same| same - other.into_iter().map(target).sum::<f64>())
            }
            Attention::Induction => {
                // What is predicted stands behind the current token, so that what followed an earlier one is before it.
                let current = label(self.task.target, token);
                total((0..token).filter(|&at| label(self.task.target, at) == current).map(|at| to(at + 1)))
            }
        }
    }
}

/// The sum of some numbers; none where there is no number.
fn total(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    numbers.fold(None, |sum: Option<f64>, number| Some(sum.unwrap_or(0.0) + number))
}

impl Scored for HeadScore<'_> {
    fn value(&self) -> f64 {
        self.sum / self.count as f64
    }
}

impl Look for HeadScore<'_> {
    fn sights(&self) -> Vec<Sight> {
        let tokens = match &self.sample.text {
            None => self.from.iter().map(|(token, _)| *token).collect(),
            Some(text) => (0..text.longest()).collect(),
        };
        vec![Sight::now(self.site, Tokens::Shared(tokens))]
    }

    fn look(&mut self, sequences: Range<usize>, seen: &[&[f32]]) -> Result<()> {
        let (tokens, rows) = match &self.sample.text {
            None => (self.task.tokens(), self.from.len()),
            Some(text) => (text.longest(), text.longest()),
        };
        let patterns = seen[0].chunks_exact(tokens * rows.max(1));
        for (sequence, pattern) in sequences.zip(patterns) {
            let (mut sum, mut count) = (self.sum, self.count);
            for (place, &(token, position)) in self.from(sequence).iter().enumerate() {
                let row = if self.sample.text.is_some() { token } else { place };
                if let Some(value) = self.of(sequence, token, position, &pattern[row * tokens..(row + 1) * tokens]) {
                    sum += value;
                    count += 1;
                }
            }
            (self.sum, self.count) = (sum, count);
        }
        Ok(())
    }
}
