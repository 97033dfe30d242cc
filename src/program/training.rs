//! One arm, resolved to numbers. What trains it and what observes it are kept apart, because only the first can change
//! its weights.

use super::model::{Context, Model, Place, Site};
use super::task::{NodeId, Reference, Task};
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
    /// The largest norm of a gradient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    pub loss: Vec<Term>,
    pub stages: Vec<Stage>,
    /// What is changed in the model while it trains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interventions: Vec<Intervention>,
}

/// How numbers are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numerics {
    /// Raised when the same program gives other numbers.
    pub revision: u32,
    #[serde(default, skip_serializing_if = "Width::usual")]
    pub width: Width,
}

/// How wide numbers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Width {
    #[default]
    F32,
    F64,
}

impl Width {
    fn usual(&self) -> bool {
        *self == Self::default()
    }
}

/// The arithmetic of this version.
pub const NUMERICS: Numerics = Numerics { revision: 3, width: Width::F32 };

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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Kingma and Ba 2015, as in PyTorch.
    Adam {
        lr: Rate,
        beta1: f64,
        beta2: f64,
        eps: f64,
    },
    /// Loshchilov and Hutter 2019, as in PyTorch.
    Adamw {
        lr: Rate,
        beta1: f64,
        beta2: f64,
        eps: f64,
        weight_decay: f64,
    },
    Sgd {
        lr: Rate,
        momentum: f64,
        weight_decay: f64,
    },
    /// Nothing is trained.
    None,
}

/// A number that may change over training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Rate {
    Constant(f64),
    Schedule(Schedule),
}

impl Rate {
    /// The number, where it does not change.
    #[must_use]
    pub const fn constant(&self) -> Option<f64> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Schedule(_) => None,
        }
    }

    /// The number at a step of the run, counted from 0, that is step `clock` of its stage.
    #[must_use]
    pub fn at(&self, step: u64, clock: u64) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Schedule(schedule) => schedule.at(step, clock),
        }
    }
}

/// How a number changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    pub shape: Shape,
    pub from: f64,
    pub to: f64,
    /// Steps until it has arrived.
    pub over: u64,
}

impl Schedule {
    /// The number at a step of the run that is step `clock` of its stage. Half a cosine is Loshchilov and Hutter's (2017)
    /// without restarts; both ways stay where they arrived.
    #[must_use]
    pub fn at(&self, step: u64, clock: u64) -> f64 {
        let gone = step.min(self.over) as f64 / self.over.max(1) as f64;
        match self.shape {
            Shape::Ramp { by, every } => {
                let value = by.mul_add((clock / every.max(1)) as f64, self.from);
                if by > 0.0 { value.min(self.to) } else { value.max(self.to) }
            }
            Shape::Linear => (self.to - self.from).mul_add(gone, self.from),
            Shape::Cosine => {
                let left = f64::midpoint(1.0, libm::cos(std::f64::consts::PI * gone));
                (self.from - self.to).mul_add(left, self.to)
            }
        }
    }
}

/// The way from one value to another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// One increment of `by` each `every` steps, on the clock of the stage.
    Ramp { by: f64, every: u64 },
    /// A straight line, on the clock of the run.
    Linear,
    /// Half a cosine, on the clock of the run.
    Cosine,
}

/// A change of the model, from a step and until another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intervention {
    pub change: Change,
    pub from: Option<u64>,
    pub until: Option<u64>,
}

/// What an intervention does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Ablate { site: Site, with: String },
    Clamp { site: Site, to: String },
    ScaleAttention { by: f64 },
}

/// One weighted part of the training loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    pub weight: Rate,
    pub kind: TermKind,
}

/// What a part of the loss asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermKind {
    /// Cross-entropy, or squared error, of the task's own predictions.
    Icl,
    /// Mean cross-entropy over labels of the task, as further logits of the final read-out at the inputs. `nodes`
    /// pairs each task that is trained with the node that holds the labels there.
    Readout { nodes: Vec<(usize, NodeId)>, sizes: Vec<usize> },
    /// A head of its own at another site, or of a real target: so many outputs.
    Head { nodes: Vec<(usize, Vec<NodeId>)>, outputs: usize, site: Site, place: Place, context: Context },
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
    /// What ends the stage before `until`, where something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Guard>,
    /// The earliest step after its last, where a guard of it or of a stage before it ends early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<u64>,
    /// Its own loss, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Vec<Term>>,
}

/// A comparison of a measure with a number that ends a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    pub task: usize,
    pub score: Score,
    pub at: Position,
    /// Whether the measure must rise above the number, or else fall below it.
    pub above: bool,
    pub than: f64,
    /// For how many evaluations in a row.
    pub held: u64,
}

/// What is measured along the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Steps between two evaluations; 1 where they are spaced by decades.
    pub every: u64,
    /// Evaluations in a decade of steps, where they are spaced so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decade: Option<u64>,
    /// Held-out sequences in an evaluation.
    pub sequences: usize,
    /// In an order of meaning, which is that of a curve's columns.
    pub measures: Vec<Measure>,
    /// The column of each measure in the order written; changes no result.
    #[serde(skip)]
    pub written: Vec<usize>,
    /// What the last evaluation tells position by position, where a figure asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_position: Option<ByPosition>,
}

/// The task's own loss at every scored position: of the model, and of predictors beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ByPosition {
    pub task: usize,
    pub references: Vec<Compared>,
}

/// A reference beside the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// As written; no part of an identity.
    #[serde(skip)]
    pub name: String,
    pub reference: Reference,
}

impl Observation {
    /// The measure that stands at a place of the `measure` block.
    #[must_use]
    pub fn measure(&self, place: usize) -> &Measure {
        &self.measures[self.written[place]]
    }
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
    Score {
        task: usize,
        score: Score,
        at: Position,
        /// A condition on the sequences that count, the task's names by their places.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        only: Option<String>,
        /// What is changed in the model meanwhile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        under: Option<Intervention>,
    },
    Probe {
        task: usize,
        site: Site,
        #[serde(default, skip_serializing_if = "Place::input")]
        place: Place,
        context: Context,
        /// What is told; the score is the mean over them.
        nodes: Vec<NodeId>,
        reader: Reader,
    },
    /// A measure of the registry of the inside of the model, with its numbers and the task it needs.
    Inside { measure: String, numbers: Vec<usize>, task: Option<usize> },
}

/// How a probe is fitted on frozen features.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// One linear layer trained by Adam.
    Linear { epochs: usize, lr: f64 },
    /// Ridge regression in closed form.
    Ridge { lambda: f64 },
    /// Logistic regression to its optimum.
    Logistic { lambda: f64 },
    /// The nearest class mean.
    Centroid,
}

/// How predictions are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    Accuracy,
    /// In nats.
    CrossEntropy,
    SquaredError,
    /// The share of the way of the loss from blind to ideal.
    Progress,
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
        self.tasks.iter().flat_map(Task::instances).map(Task::tokens).max().unwrap_or(0)
    }

    /// The fewest steps that guards can leave.
    #[must_use]
    pub fn least_steps(&self) -> u64 {
        self.stages.last().map_or(0, |stage| stage.earliest.unwrap_or(stage.until))
    }

    /// The stage that trains at `step` (from 0).
    #[must_use]
    pub fn stage_at(&self, step: u64) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.from <= step && step < stage.until)
    }

    /// The step of its stage that a step is.
    #[must_use]
    pub fn clock(&self, step: u64) -> u64 {
        self.stage_at(step).map_or(0, |stage| step - stage.from)
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
    /// Outputs of a head of its own, which reads the residual stream.
    #[must_use]
    pub fn head_outputs(&self) -> usize {
        match self {
            Self::Head { outputs, .. } => *outputs,
            Self::Icl | Self::Readout { .. } => 0,
        }
    }

    /// Logits that this term adds to the read-out.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Icl => 0,
            Self::Readout { sizes, .. } => sizes.iter().sum(),
            // A head of its own is no part of the read-out.
            Self::Head { .. } => 0,
        }
    }
}
