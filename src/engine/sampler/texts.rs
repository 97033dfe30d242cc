//! Texts as words: the place of a word in the vocabulary of the task, looked up by a row or by labels.

use super::values::{Numbers, Values, whole};
use super::{Fault, each};
use crate::data::Source;
use crate::program::task::{NodeId, Op, Task};
use std::ops::Range;
use std::sync::Arc;

/// The labels of the rows of a table.
pub struct Labels {
    pub labels: Arc<Vec<u32>>,
    pub attributes: usize,
}

impl Labels {
    /// None where the source is no table.
    pub fn of(source: &Source) -> Option<Self> {
        let Source::Table(table) = source else { return None };
        Some(Self { labels: Arc::clone(&table.labels), attributes: table.attributes.len() })
    }

    /// The labels of rows, one after the other.
    pub fn write(&self, rows: &Values, out: &mut Values, positions: Range<usize>) {
        each(out, positions, |out, sequence, position| {
            let row = whole(rows.at(sequence, position)[0]) as usize;
            let labels = &self.labels[row * self.attributes..(row + 1) * self.attributes];
            out.iter_mut().zip(labels).for_each(|(out, label)| *out = f64::from(*label));
        });
    }
}

/// Words in a table with one or two axes.
pub struct Texts {
    pub words: Vec<f64>,
    /// Words in a line of the table.
    pub line: usize,
}

impl Texts {
    /// The words that a node may be; none where it is no text, or a text of no table.
    pub fn of(task: &Task, id: NodeId) -> Option<Self> {
        let (places, shown) = (task.vocabulary.places(), task.shows(id)?);
        let word = |text: &Option<String>| match text {
            Some(text) => places.get(text.as_str()).map(|place| f64::from(*place)),
            None => Some(f64::NAN),
        };
        Some(Self { words: shown.texts.iter().map(word).collect::<Option<_>>()?, line: shown.line })
    }

    /// The words for what its operands hold.
    ///
    /// # Errors
    /// A label that its attribute does not have.
    pub fn write(&self, op: &Op, values: Numbers<'_>, out: &mut Values, positions: Range<usize>) -> Result<(), Fault> {
        let operands: Vec<&Values> = op.needs().into_iter().map(|id| &values[id]).collect();
        let mut lacking = None;
        each(out, positions, |out, sequence, position| {
            let at = |operand: &&Values| whole(operand.at(sequence, position)[0]) as usize;
            let place = match operands.as_slice() {
                [] => 0,
                [one] => at(one),
                [line, one, ..] => at(line) * self.line + at(one),
            };
            out[0] = self.words.get(place).copied().unwrap_or(f64::NAN);
            if out[0].is_nan() {
                lacking = Some(place % self.line);
                out[0] = 0.0;
            }
        });
        match lacking {
            Some(label) => {
                Err(Fault::of(format!("asks for the text of label {label}, which its attribute does not have")))
            }
            None => Ok(()),
        }
    }
}
