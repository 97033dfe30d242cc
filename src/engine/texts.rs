//! Drawn sequences as texts, and as tokens where words are cut: which tokens are of which field, and the batches of them.
//!
//! Examples then differ in length. A sequence is as long as its text, and padded on the right, where no token before it looks.

use super::batch::{self, Batch, IGNORED, Targets};
use super::corpus::add;
use super::error::{Error, Result};
use super::sampler::Sample;
use super::told::{Told, examples_of};
use crate::program::model::Place;
use crate::program::rendering::spanned;
use crate::program::task::{Form, Piece, Task};
use std::ops::Range;
use std::sync::Arc;

/// What a model reads of a sequence, the examples one after the other; nothing of a task that shows no text.
#[must_use]
pub fn prompt(task: &Task, drawn: &Sample, sequence: usize) -> Option<String> {
    written(task, drawn, sequence).map(|(text, _)| text)
}

/// The text of a sequence, and the bytes of every piece of every example.
fn written(task: &Task, drawn: &Sample, sequence: usize) -> Option<(String, Vec<Range<usize>>)> {
    let Form::Text { pieces } = &task.form else { return None };
    let (mut text, mut stretches) = (String::new(), Vec::with_capacity(task.length * pieces.len()));
    for example in 0..task.length {
        for piece in pieces {
            let start = text.len();
            text.push_str(match piece {
                Piece::Literal(literal) => literal,
                Piece::Field { node, .. } => {
                    let word = drawn.of(*node).label(sequence, example) as usize;
                    task.vocabulary.word(word).unwrap_or("?")
                }
            });
            stretches.push(start..text.len());
        }
    }
    Some((text, stretches))
}

/// Tokens of a sequence that are looked at, in the order of the examples that they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// Those at which the predictions of some positions begin.
    Read(Vec<usize>),
    /// Those at which every token of the predictions of some positions is read, as many for each as the task has at most.
    Every(Vec<usize>),
    Place(Place),
}

/// The tokens of drawn sequences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    ids: Vec<u32>,
    /// Where each sequence begins, and the last ends.
    starts: Vec<usize>,
    /// The tokens of every piece, `[sequences, examples, pieces]`.
    spans: Vec<Range<usize>>,
    examples: usize,
    pieces: usize,
    /// The pieces that are read and predicted.
    input: usize,
    target: usize,
    /// Tokens of a word that counts, at most.
    slots: usize,
}

impl Text {
    /// The tokens of some drawn sequences; none of a task whose words are not cut.
    ///
    /// # Errors
    /// A text that the tokenizer cannot cut, or that has more tokens than the model has places.
    pub fn of(task: &Task, drawn: &Sample) -> Result<Option<Arc<Self>>> {
        let (Some(rendering), Form::Text { pieces }) = (&task.rendering, &task.form) else { return Ok(None) };
        let piece = |node| task.piece_of(node).unwrap_or_default();
        let mut text = Self {
            starts: vec![0],
            examples: task.length,
            pieces: pieces.len(),
            input: piece(task.input),
            target: piece(task.target),
            slots: rendering.slots,
            ..Self::default()
        };
        for sequence in 0..drawn.sequences {
            let (said, stretches) = written(task, drawn, sequence).unwrap_or_default();
            let tokens = rendering.tokens.encode(&said).map_err(|fault| Error::Draw(fault.to_string()))?;
            if tokens.len() > rendering.most {
                return Err(Error::Draw(format!(
                    "a text of {} has {} tokens, but its words one by one have {} at most; put a blank or the end of a line \
                     between its fields, so that they are cut alike wherever they stand",
                    task.title,
                    tokens.len(),
                    rendering.most
                )));
            }
            text.spans.extend(stretches.iter().map(|stretch| spanned(&tokens, stretch)));
            text.ids.extend(tokens.iter().map(|token| token.id));
            text.starts.push(text.ids.len());
        }
        for position in 0..task.length {
            for sequence in 0..drawn.sequences {
                text.slots = text.slots.max(text.target(sequence, position).len());
            }
        }
        Ok(Some(Arc::new(text)))
    }

    /// The tokens of a sequence.
    #[must_use]
    pub fn ids(&self, sequence: usize) -> &[u32] {
        &self.ids[self.starts[sequence]..self.starts[sequence + 1]]
    }

    /// Tokens of the longest sequence.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.starts.windows(2).map(|ends| ends[1] - ends[0]).max().unwrap_or(0)
    }

    /// Tokens of a prediction, at most.
    #[must_use]
    pub const fn slots(&self) -> usize {
        self.slots
    }

    /// The tokens of a piece of an example.
    #[must_use]
    pub fn piece(&self, sequence: usize, example: usize, piece: usize) -> Range<usize> {
        self.spans[(sequence * self.examples + example) * self.pieces + piece].clone()
    }

    /// The tokens of what is predicted of an example.
    #[must_use]
    pub fn target(&self, sequence: usize, example: usize) -> Range<usize> {
        self.piece(sequence, example, self.target)
    }

    /// The last token of what is read of an example.
    #[must_use]
    pub fn input(&self, sequence: usize, example: usize) -> usize {
        last(&self.piece(sequence, example, self.input))
    }

    /// The token at which the prediction of an example begins.
    #[must_use]
    pub fn read_at(&self, sequence: usize, example: usize) -> usize {
        self.target(sequence, example).start.saturating_sub(1)
    }

    /// The tokens of a spot in a sequence, in every sequence as many.
    #[must_use]
    pub fn tokens(&self, spot: &Spot, task: &Task, sequence: usize) -> Vec<usize> {
        match spot {
            Spot::Read(positions) => positions.iter().map(|&position| self.read_at(sequence, position)).collect(),
            Spot::Every(positions) => {
                let each = positions.iter().flat_map(|&position| self.predicted(sequence, position));
                each.map(|predicted| predicted.map_or(0, |(at, _)| at)).collect()
            }
            Spot::Place(place) => {
                let token = |example| match place {
                    Place::Target => last(&self.target(sequence, example)),
                    Place::Query => self.read_at(sequence, example),
                    Place::Piece(piece) => last(&self.piece(sequence, example, *piece)),
                    Place::Input | Place::Position(_) | Place::Field(_) => self.input(sequence, example),
                };
                examples_of(place, task).into_iter().map(token).collect()
            }
        }
    }

    /// Each token of the prediction of an example, with the token at which it is read, in as many slots as any prediction
    /// needs. The first token of a sequence is predicted nowhere.
    pub fn predicted(&self, sequence: usize, example: usize) -> impl Iterator<Item = Option<(usize, u32)>> + '_ {
        let (span, ids) = (self.target(sequence, example), self.ids(sequence));
        (0..self.slots).map(move |slot| {
            let token = span.start + slot;
            (slot < span.len() && token > 0).then(|| (token - 1, ids[token]))
        })
    }
}

/// The last token of a stretch.
fn last(tokens: &Range<usize>) -> usize {
    tokens.end.saturating_sub(1)
}

/// Sequences of one task in a batch.
pub struct Part<'a> {
    pub place: usize,
    pub task: &'a Task,
    pub drawn: &'a Sample,
    pub sequences: Range<usize>,
    pub positions: &'a [usize],
}

/// The batch of some texts, of so many tokens, with the targets of read-outs of their own.
///
/// # Errors
/// Sequences that are no texts.
pub fn batch(parts: &[Part<'_>], told: &[Told<'_>], tokens: usize) -> Result<Batch> {
    let texts: Vec<&Text> = parts.iter().map(|part| text_of(part.drawn)).collect::<Result<_>>()?;
    let reads = parts.iter().zip(&texts).map(|(part, text)| part.positions.len() * text.slots).max().unwrap_or(0);
    let heads = told.iter().map(|told| told.output).max().unwrap_or(0);
    let mut batch = Batch { tokens, each_at: vec![Vec::new(); heads + 1], ..Batch::default() };
    let (mut ids, mut labels) = (Vec::new(), Vec::new());
    for (part, text) in parts.iter().zip(&texts) {
        let scored = part.task.scored();
        for sequence in part.sequences.clone() {
            let own = text.ids(sequence);
            batch.sequences += 1;
            batch.lengths.push(own.len());
            ids.extend_from_slice(own);
            ids.resize(batch.sequences * tokens, 0);
            for position in part.positions {
                let counts = scored.binary_search(position).is_ok();
                for predicted in text.predicted(sequence, *position) {
                    batch.each_at[0].push(predicted.map_or(0, |(at, _)| at));
                    labels.push(predicted.filter(|_| counts).map_or(IGNORED, |(_, label)| label));
                }
            }
            batch.each_at[0].resize(batch.sequences * reads, 0);
            labels.resize(batch.sequences * reads, IGNORED);
        }
    }
    (batch.input, batch.targets) = (batch::Input::Labels(ids), vec![Targets::Labels(labels)]);
    for head in 1..=heads {
        let Some(place) = told.iter().find(|told| told.output == head).map(|told| told.place) else {
            // Of a head that another stage trains nothing is read.
            continue;
        };
        let most = parts.iter().map(|part| examples_of(place, part.task).len()).max().unwrap_or(0);
        for (part, text) in parts.iter().zip(&texts) {
            for sequence in part.sequences.clone() {
                let mut tokens = text.tokens(&Spot::Place(place.clone()), part.task, sequence);
                tokens.resize(most, 0);
                batch.each_at[head].extend(tokens);
            }
        }
    }
    for (at, told) in told.iter().enumerate() {
        let most = parts.iter().map(|part| examples_of(told.place, part.task).len()).max().unwrap_or(0);
        for part in parts {
            let mut examples: Vec<Option<usize>> = examples_of(told.place, part.task).into_iter().map(Some).collect();
            examples.resize(most, None);
            add(&mut batch, at + 1, told.targets(part.place, part.drawn, &examples))?;
        }
    }
    Ok(batch)
}

/// The tokens of sequences that were drawn as texts.
///
/// # Errors
/// Sequences that were not.
pub fn text_of(drawn: &Sample) -> Result<&Text> {
    drawn.text.as_deref().ok_or_else(|| Error::NotRun("sequences without their tokens".into()))
}

/// Notes for each token of some texts which word it looks for and which it answers: where a prediction begins it looks for
/// its own target, and every token of a target answers it.
///
/// # Errors
/// Sequences that are no texts.
pub fn cue(batch: &mut Batch, task: &Task, drawn: &Sample, sequences: Range<usize>) -> Result<()> {
    let (text, target) = (text_of(drawn)?, drawn.of(task.target));
    for sequence in sequences {
        let first = batch.changes.cues.len();
        batch.changes.cues.resize(first + batch.tokens, [IGNORED; 2]);
        let cues = &mut batch.changes.cues[first..];
        for example in 0..task.length {
            let (tokens, label) = (text.target(sequence, example), target.label(sequence, example));
            if tokens.start > 0 {
                cues[tokens.start - 1][0] = label;
            }
            cues[tokens].iter_mut().for_each(|cue| cue[1] = label);
        }
    }
    Ok(())
}
