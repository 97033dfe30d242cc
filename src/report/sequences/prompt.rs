//! The text of a sequence as a model reads it.

use crate::engine::sampler::Sample;
use crate::program::task::{Form, Piece, Task};

/// The examples of a sequence one after the other; nothing of a task that shows no text.
#[must_use]
pub fn prompt(task: &Task, drawn: &Sample, sequence: usize) -> Option<String> {
    let Form::Text { pieces } = &task.form else { return None };
    let mut text = String::new();
    for example in 0..task.length {
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Field { node, .. } => {
                    let word = drawn.of(*node).label(sequence, example) as usize;
                    text.push_str(task.vocabulary.word(word).unwrap_or("?"));
                }
            }
        }
    }
    Some(text)
}
