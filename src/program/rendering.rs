//! Texts under a tokenizer that cuts words: how long they can become, told before any is drawn.

use super::task::{Form, Piece, Task};
use crate::data::{DataError, Token, Tokens};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// How the text of a task becomes tokens, of which examples have different numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    pub tokens: Arc<Tokens>,
    /// Tokens of a sequence, at most.
    pub most: usize,
    /// How many of them are there only in case that a word is cut otherwise far from where it was looked at.
    pub spare: usize,
    /// Tokens of a sequence whose texts are as long as they are in the mean.
    pub usual: usize,
    /// Tokens of the field that counts, at most.
    pub slots: usize,
}

/// Why texts cannot be rendered.
#[derive(Clone, Debug, PartialEq)]
pub enum Unrendered {
    /// The tokenizer says that it cannot cut a text.
    Data(DataError),
    /// A field whose texts are not known.
    Unknown { field: String },
    /// A text of a field of which no token tells.
    Lost { field: String, text: String },
    /// A text with a token that the model does not know.
    Beyond { text: String, id: u32, classes: usize },
    /// Two texts of the field that counts that are the same tokens.
    Same { field: String, texts: [String; 2] },
}

impl Rendering {
    /// How a task is rendered for a model that knows so many tokens. Each text of a field is cut between the words of the template that surround it, since a token may
    /// reach over the edge.
    ///
    /// # Errors
    /// Texts that cannot be told from their tokens.
    pub fn of(task: &Task, tokens: &Arc<Tokens>, classes: usize) -> Result<Self, Unrendered> {
        let Form::Text { pieces } = &task.form else { return Err(Unrendered::Unknown { field: task.title.clone() }) };
        let literal = |piece: Option<&Piece>| match piece {
            Some(Piece::Literal(text)) => text.clone(),
            _ => String::new(),
        };
        let encode = |text: &str| {
            let tokens = tokens.encode(text).map_err(Unrendered::Data)?;
            match tokens.iter().find(|token| token.id as usize >= classes) {
                Some(beyond) => Err(Unrendered::Beyond { text: text.into(), id: beyond.id, classes }),
                None => Ok(tokens),
            }
        };
        let count = |text: &str| encode(text).map(|tokens| tokens.len());
        let (mut most, mut usual, mut slots) = (0, 0.0, 1);
        for (place, piece) in pieces.iter().enumerate() {
            let Piece::Field { node, name, .. } = piece else {
                let own = count(&literal(Some(piece)))?;
                most += own;
                usual += own as f64;
                continue;
            };
            // In front of the first piece stands the last one of the example before.
            let before = literal(pieces.get(place.checked_sub(1).unwrap_or(pieces.len() - 1)));
            let behind = literal(pieces.get(place + 1).or_else(|| pieces.first()));
            let around = count(&before)? + count(&behind)?;
            let shown = task.texts_of(*node).ok_or_else(|| Unrendered::Unknown { field: name.clone() })?;
            let mut known: HashMap<Vec<u32>, &str> = HashMap::new();
            let (mut longest, mut sum, mut texts) = (0, 0, 0);
            for text in &shown {
                let all = encode(&format!("{before}{text}{behind}"))?;
                let own = spanned(&all, &(before.len()..before.len() + text.len()));
                if own.is_empty() {
                    return Err(Unrendered::Lost { field: name.clone(), text: text.clone() });
                }
                if *node == task.target {
                    slots = slots.max(own.len());
                    let ids: Vec<u32> = all[own].iter().map(|token| token.id).collect();
                    if let Some(other) = known.insert(ids, text).filter(|other| *other != text.as_str()) {
                        return Err(Unrendered::Same { field: name.clone(), texts: [other.into(), text.clone()] });
                    }
                }
                let further = all.len().saturating_sub(around);
                longest = longest.max(further);
                (sum, texts) = (sum + further, texts + 1);
            }
            most += longest;
            usual += f64::from(sum as u32) / f64::from(texts.max(1));
        }
        // What stands further away than the template around a field may cost a token more.
        let spare = if tokens.are_bytes() { 0 } else { task.length };
        let usual = ((usual * task.length as f64).ceil() as usize).max(1);
        Ok(Self { tokens: Arc::clone(tokens), most: task.length * most + spare, spare, usual, slots })
    }
}

/// The tokens that overlap a stretch of a text; they stand in its order.
#[must_use]
pub fn spanned(tokens: &[Token], stretch: &Range<usize>) -> Range<usize> {
    let first = tokens.partition_point(|token| token.range.end <= stretch.start);
    let end = tokens.partition_point(|token| token.range.start < stretch.end);
    first..end.max(first)
}
