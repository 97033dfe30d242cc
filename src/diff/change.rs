//! What a change is: its class, its words, and where it holds.

use serde::Serialize;

/// How much a change invalidates, from least to most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Names, order, comments, layout: the meaning is the same.
    #[default]
    Cosmetic,
    /// What is looked at and concluded: measures, cadence, the evaluation set, the plateau rule, claims, the report.
    Observation,
    /// How much is run or kept: arms, points of a sweep and seeds that come or go, `keep`, `stop`.
    Cost,
    /// What is trained, and how.
    Result,
    /// What is measured: numbers are no longer comparable with earlier ones.
    Identity,
}

impl Class {
    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cosmetic => "cosmetic",
            Self::Observation => "observation",
            Self::Cost => "cost",
            Self::Result => "result",
            Self::Identity => "identity",
        }
    }

    /// What it means for a reader, in a clause.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Cosmetic => "no change in meaning",
            Self::Observation => "what is looked at or concluded changes",
            Self::Cost => "how much is run or kept changes",
            Self::Result => "what is trained changes",
            Self::Identity => "numbers are no longer comparable with earlier ones",
        }
    }
}

/// Whether something changed, came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Changed,
    Added,
    Dropped,
}

/// Which setting of an experiment states something: `optimizer`, or `measure` and `every`, or `arm` alone. A reader of the
/// text finds the line by it.
pub type Place = Vec<String>;

/// One change, in the words of the language.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub class: Class,
    pub kind: Kind,
    /// What changed: `batch`, `task classify length`.
    pub subject: String,
    pub old: Option<String>,
    pub new: Option<String>,
    /// What it comes to inside, such as the nodes of a task; each like a change of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
    /// The arms that have it, by their names now; empty where all have it or it is none of an arm.
    pub arms: Vec<String>,
    /// The points of the sweep that have it, in words; `None` where all have it.
    pub at: Option<String>,
    #[serde(skip)]
    pub place: Place,
    /// An arm that states it, before and now.
    #[serde(skip)]
    pub stated: (Option<String>, Option<String>),
}

/// A part of a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Detail {
    pub subject: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

impl Change {
    /// A change from one value to another; a value that was not there, or is no more, is `None`.
    #[must_use]
    pub fn new(class: Class, subject: impl Into<String>, old: Option<String>, new: Option<String>) -> Self {
        Self {
            class,
            kind: Kind::Changed,
            subject: subject.into(),
            old,
            new,
            details: Vec::new(),
            arms: Vec::new(),
            at: None,
            place: Vec::new(),
            stated: (None, None),
        }
    }

    /// Something that came.
    #[must_use]
    pub fn added(class: Class, subject: impl Into<String>, what: Option<String>) -> Self {
        Self { kind: Kind::Added, ..Self::new(class, subject, None, what) }
    }

    /// Something that went.
    #[must_use]
    pub fn dropped(class: Class, subject: impl Into<String>, what: Option<String>) -> Self {
        Self { kind: Kind::Dropped, ..Self::new(class, subject, what, None) }
    }

    /// The same with the setting that states it.
    #[must_use]
    pub fn stated_by(mut self, place: &[&str]) -> Self {
        self.place = place.iter().map(ToString::to_string).collect();
        self
    }

    /// Whether two changes say the same, wherever they hold.
    #[must_use]
    pub fn alike(&self, other: &Self) -> bool {
        (self.kind, &self.subject, &self.old, &self.new, &self.details)
            == (other.kind, &other.subject, &other.old, &other.new, &other.details)
    }
}

/// Something that goes by another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rename {
    /// `arm`, `measure`, `experiment`, `stage`, `sweep`.
    pub what: &'static str,
    pub old: String,
    pub new: String,
}

/// What should give a reviewer pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    pub text: String,
    /// The arm that it is about, by its name now.
    pub arm: String,
}
