//! Words as tokens: each text of a table and each word of a template is one token.

use super::task::{NodeId, Op, Piece, Task};
use crate::data::Source;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The words that there are, each under its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary(Arc<Vec<String>>);

/// What stands at a token of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A word of the template.
    Word(u32),
    /// A node that holds the place of its word.
    Field(NodeId),
}

impl Vocabulary {
    /// Words in order; those that stood before are left out.
    #[must_use]
    pub fn of(words: impl IntoIterator<Item = String>) -> Self {
        Self::default().with(words)
    }

    /// The same words with further ones behind them, in order.
    #[must_use]
    pub fn with(&self, further: impl IntoIterator<Item = String>) -> Self {
        let mut words = (*self.0).clone();
        let mut known: std::collections::HashSet<String> = words.iter().cloned().collect();
        words.extend(further.into_iter().filter(|word| known.insert(word.clone())));
        Self(Arc::new(words))
    }

    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The word at a place.
    #[must_use]
    pub fn word(&self, place: usize) -> Option<&str> {
        self.0.get(place).map(String::as_str)
    }

    /// The place of each word.
    #[must_use]
    pub fn places(&self) -> HashMap<&str, u32> {
        self.words().zip(0..).collect()
    }

    /// What stands at each token of an example; none where a word of the template is none of these.
    #[must_use]
    pub fn slots(&self, pieces: &[Piece]) -> Option<Vec<Slot>> {
        let places = self.places();
        let each = pieces.iter().flat_map(|piece| match piece {
            Piece::Field { node, .. } => vec![Some(Slot::Field(*node))],
            Piece::Literal(text) => cut(text).map(|word| places.get(word).copied().map(Slot::Word)).collect(),
        });
        each.collect()
    }
}

/// The texts that a node may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Side by side where two labels choose; none where there is no such label.
    pub texts: Vec<Option<String>>,
    /// Texts in a line.
    pub line: usize,
}

impl Task {
    /// The texts that a node may be; none where it is no text, or a text of no table.
    #[must_use]
    pub fn shows(&self, id: NodeId) -> Option<Shown> {
        let texts = match &self.nodes[id].op {
            Op::Column { row, column } => {
                let Source::Table(table) = self.sources.get(self.source_of(*row)?)? else { return None };
                table.column(column)?.into_iter().map(|text| Some(text.to_owned())).collect()
            }
            Op::Apply { function, args } => match (function.as_str(), args.as_slice()) {
                ("text", [of]) => {
                    let labels = *self.nodes[*of].labels.first()?;
                    (0..labels).map(|label| Some(label.to_string())).collect()
                }
                (text, []) if text.starts_with('"') => vec![Some(serde_json::from_str(text).ok()?)],
                (label, [_, _]) => {
                    let source = label.strip_prefix("label ")?.parse().ok()?;
                    let Source::Table(table) = self.sources.get::<usize>(source)? else { return None };
                    let line = table.attributes.iter().map(|(_, values)| values.len()).max()?;
                    let mut texts = Vec::new();
                    for (_, values) in &table.attributes {
                        texts.extend(values.iter().cloned().map(Some));
                        // Beyond the values of an attribute there is no text.
                        texts.resize(texts.len().next_multiple_of(line), None);
                    }
                    return Some(Shown { texts, line });
                }
                _ => return None,
            },
            _ => return None,
        };
        Some(Shown { texts, line: 1 })
    }
}

impl Task {
    /// Every text that a node may be, also one that is chosen among others; none where that is not known. There may be some
    /// that no sequence shows.
    #[must_use]
    pub fn texts_of(&self, id: NodeId) -> Option<Vec<String>> {
        if let Some(shown) = self.shows(id) {
            return Some(shown.texts.into_iter().flatten().collect());
        }
        let among: &[NodeId] = match &self.nodes[id].op {
            Op::Gather { table, .. } => std::slice::from_ref(table),
            Op::Apply { function, args } if matches!(function.as_str(), "[]" | "concat") => args,
            Op::Apply { function, args } if matches!(function.as_str(), "if" | "where" | "either") => args.get(1..)?,
            _ => return None,
        };
        let mut all = BTreeSet::new();
        for &operand in among {
            all.extend(self.texts_of(operand)?);
        }
        Some(all.into_iter().collect())
    }
}

/// The words of a template: what white space parts, and every end of a line.
pub fn cut(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').flat_map(|line| {
        let end = line.ends_with('\n').then_some("\n");
        line.split_whitespace().chain(end)
    })
}

/// How many tokens a piece is.
#[must_use]
pub fn tokens(piece: &Piece) -> usize {
    match piece {
        Piece::Field { .. } => 1,
        Piece::Literal(text) => cut(text).count(),
    }
}
