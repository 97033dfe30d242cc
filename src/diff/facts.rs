//! What is stated of an arm, fact by fact, and the changes that two lists of facts come to.

use super::change::{Change, Class};
use super::words;

/// One thing that a side states.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What it is stated of; facts of both sides are compared by it.
    pub key: String,
    /// How a reader is told of it.
    pub subject: String,
    pub said: Said,
    /// What decides whether it is the same, where the words do not.
    pub meaning: Option<String>,
    pub class: Class,
    /// The setting that states it.
    pub place: &'static [&'static str],
}

/// A value as a reader is told of it.
#[derive(Clone, Debug)]
pub enum Said {
    Text(String),
    /// Steps, and the length of an epoch where it has one: the same time in either unit is the same.
    Time {
        steps: u64,
        epoch: Option<u64>,
    },
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Time { steps, .. } => f.write_str(&words::counted(*steps, "step")),
        }
    }
}

impl Fact {
    /// A fact of a setting that goes by its own name.
    pub fn new(class: Class, place: &'static [&'static str], subject: impl Into<String>, said: String) -> Self {
        let subject = subject.into();
        Self { key: subject.clone(), subject, said: Said::Text(said), meaning: None, class, place }
    }

    /// The same with a meaning of its own.
    pub fn meaning(mut self, meaning: String) -> Self {
        self.meaning = Some(meaning);
        self
    }

    /// The same as a time.
    pub fn time(mut self, steps: u64, epoch: Option<u64>) -> Self {
        self.said = Said::Time { steps, epoch };
        self
    }

    /// The same under another key.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    fn same(&self, other: &Self) -> bool {
        match (&self.said, &other.said) {
            (Said::Time { steps: a, epoch: of_a }, Said::Time { steps: b, epoch: of_b }) => {
                let in_epochs = epochs(*a, *of_a);
                a == b || in_epochs.is_some() && in_epochs == epochs(*b, *of_b)
            }
            (Said::Text(a), Said::Text(b)) => match (&self.meaning, &other.meaning) {
                (Some(a), Some(b)) => a == b,
                _ => a == b,
            },
            _ => false,
        }
    }

    fn text(&self, in_epochs: bool) -> String {
        match &self.said {
            Said::Time { steps, epoch } if in_epochs => {
                let whole = epochs(*steps, *epoch).map(|epochs| words::counted(epochs, "epoch"));
                whole.unwrap_or_else(|| self.said.to_string())
            }
            said => said.to_string(),
        }
    }

    fn in_epochs(&self) -> bool {
        matches!(self.said, Said::Time { steps, epoch } if epochs(steps, epoch).is_some())
    }
}

/// A time in whole epochs.
fn epochs(steps: u64, epoch: Option<u64>) -> Option<u64> {
    epoch.filter(|&epoch| epoch > 1 && steps > 0 && steps.is_multiple_of(epoch)).map(|epoch| steps / epoch)
}

/// The changes that lead from the facts of one side to those of the other.
pub fn changes(old: &[Fact], new: &[Fact]) -> Vec<Change> {
    let mut found = Vec::new();
    for after in new {
        match old.iter().find(|before| before.key == after.key) {
            Some(before) if before.same(after) => {}
            Some(before) => {
                let both = before.in_epochs() && after.in_epochs();
                let (from, mut to) = (before.text(both), after.text(both));
                if from == to {
                    to = format!("another {to}");
                }
                found.push(Change::new(after.class, &after.subject, Some(from), Some(to)).stated_by(after.place));
            }
            None => {
                let to = after.text(after.in_epochs());
                found.push(Change::new(after.class, &after.subject, None, Some(to)).stated_by(after.place));
            }
        }
    }
    for before in old.iter().filter(|before| new.iter().all(|after| after.key != before.key)) {
        let from = before.text(before.in_epochs());
        found.push(Change::new(before.class, &before.subject, Some(from), None).stated_by(before.place));
    }
    found
}
