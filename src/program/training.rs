//! One arm, resolved to numbers. What trains it and what observes it are kept apart, because only the first can change
//! its weights.

use super::model::{Context, Model, Site};
use super::task::{NodeId, Task};
use serde::{Deserialize, Serialize};

/// Everything that determines the weights after every step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    pub numerics: Numerics,
    pub model: Model,
    /// The task instances of all stages, losses and measures.
    pub tasks: Vec<Task>,
    pub budget: Budget,
    /// Sequences in a step.
    pub batch: usize,
    pub optimizer: Optimizer,
    pub loss: Vec<Term>,
    pub stages: Vec<Stage>,
}

/// How numbers are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numerics {
    /// Raised when the same program gives other numbers.
    pub revision: u32,
}

/// The arithmetic of this version.
pub const NUMERICS: Numerics = Numerics { revision: 1 };

/// How much data there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// So many distinct sequences of each task instance.
    Sequences(u64),
    /// No sequence is seen twice.
    Fresh,
}

/// How weights follow gradients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Kingma and Ba 2015, as in PyTorch.
    Adam { lr: f64, beta1: f64, beta2: f64, eps: f64 },
}

/// One weighted part of the training loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    pub weight: f64,
    pub kind: TermKind,
}

/// What a part of the loss asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermKind {
    /// Cross-entropy of the task's own predictions.
    Icl,
    /// Mean cross-entropy over labels of the task, as further logits of the final read-out at the inputs. `nodes`
    /// pairs each task that is trained with the node that holds the labels there.
    Readout { nodes: Vec<(usize, NodeId)>, sizes: Vec<usize> },
}

/// A stretch of training on one task or mixture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// How messages call it; no part of an identity.
    #[serde(skip)]
    pub name: String,
    /// Task instances by place, with their shares of each batch.
    pub train: Vec<(usize, f64)>,
    /// First step of the stage, and the step after its last.
    pub from: u64,
    pub until: u64,
    /// Whether the optimizer forgets its moments on entry.
    pub reset: bool,
}

/// What is measured along the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Steps between two evaluations.
    pub every: u64,
    /// Held-out sequences in an evaluation.
    pub sequences: usize,
    pub measures: Vec<Measure>,
}

/// One number, or one a target, at every evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What the author calls it; no part of an identity.
    #[serde(skip)]
    pub name: String,
    pub kind: MeasureKind,
}

/// The kinds of measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureKind {
    Score { task: usize, score: Score, at: Position },
    Probe { task: usize, site: Site, context: Context, node: NodeId, epochs: usize, lr: f64 },
}

/// How predictions are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    Accuracy,
    /// In nats.
    CrossEntropy,
}

/// Which predictions are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    All,
    Last,
    /// From 0.
    Index(usize),
}

impl Training {
    /// Planned steps.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.stages.last().map_or(0, |stage| stage.until)
    }

    /// Steps in an epoch, where an epoch has a length.
    #[must_use]
    pub fn epoch(&self) -> Option<u64> {
        match self.budget {
            Budget::Sequences(n) => Some(n.div_ceil(self.batch as u64)),
            Budget::Fresh => None,
        }
    }

    /// Width of the read-out: the label space, then the further logits of the losses.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.classes() + self.loss.iter().map(|term| term.kind.width()).sum::<usize>()
    }

    /// The widest label space of the tasks.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.tasks.iter().map(|task| task.classes).max().unwrap_or(0)
    }

    /// The widest dense token of the tasks.
    #[must_use]
    pub fn token_width(&self) -> usize {
        self.tasks.iter().map(Task::token_width).max().unwrap_or(0)
    }

    /// The longest sequence, in tokens.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.tasks.iter().map(Task::tokens).max().unwrap_or(0)
    }

    /// The stage that trains at `step` (from 0).
    #[must_use]
    pub fn stage_at(&self, step: u64) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.from <= step && step < stage.until)
    }

    /// The same training cut after `steps`.
    #[must_use]
    pub fn limited(&self, steps: u64) -> Self {
        let mut cut = self.clone();
        cut.stages.retain(|stage| stage.from < steps);
        for stage in &mut cut.stages {
            stage.until = stage.until.min(steps);
        }
        cut
    }
}

impl TermKind {
    /// Logits that this term adds to the read-out.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Icl => 0,
            Self::Readout { sizes, .. } => sizes.iter().sum(),
        }
    }
}
