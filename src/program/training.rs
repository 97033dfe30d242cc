//! What trains an arm, resolved to numbers. What observes it is kept apart (`observation.rs`), because only this can
//! change its weights.

use super::model::{Context, Model, Place, Site};
pub use super::numerics::{Arithmetic, NUMERICS, Numerics, Products, Width};
use super::task::{NodeId, Task};
use serde::{Deserialize, Serialize};

pub use super::intervention::{Cells, Change, Clamp, Intervention, With};
pub use super::observation::{
    ByPosition, Compared, DISTANCE, Measure, MeasureKind, Observation, Position, Reader, Score,
};

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
    /// How `until` follows from `from`; the two say it in an identity.
    #[serde(skip)]
    pub length: Length,
}

/// How long a stage lasts at most, by when it is entered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Length {
    /// Steps, where it is entered at step 0.
    pub steps: f64,
    /// Further steps for each step that was made before its entry: -1 where a total is given.
    pub elapsed: f64,
    /// The last step of a trial.
    pub most: Option<u64>,
}

impl Length {
    /// The step after the last of a stage that is entered at a step.
    #[must_use]
    pub fn until(&self, from: u64) -> u64 {
        let until = from + (self.steps + self.elapsed * from as f64).round().max(0.0) as u64;
        self.most.map_or(until, |most| until.min(most))
    }
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

impl Guard {
    /// What it looks at.
    #[must_use]
    pub fn measure(&self) -> MeasureKind {
        MeasureKind::Score { task: self.task, score: self.score, at: self.at, only: None, under: None, training: false }
    }

    /// Whether it has held for as long as it must, the raw values of the evaluations of its stage so far in order.
    #[must_use]
    pub fn holds(&self, values: &[f64]) -> bool {
        let held = usize::try_from(self.held).unwrap_or(usize::MAX);
        let beyond = |value: &f64| if self.above { *value > self.than } else { *value < self.than };
        values.len() >= held && values[values.len() - held..].iter().all(beyond)
    }
}

impl Training {
    /// The loss of a stage.
    #[must_use]
    pub fn loss_of(&self, stage: usize) -> &[Term] {
        self.stages[stage].loss.as_deref().unwrap_or(&self.loss)
    }

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
        self.classes() + self.readers().iter().map(|kind| kind.width()).sum::<usize>()
    }

    /// What the losses of all stages read out, each reader once.
    #[must_use]
    pub fn readers(&self) -> Vec<&TermKind> {
        let own = self.stages.iter().filter_map(|stage| stage.loss.as_ref());
        let shared = (self.stages.is_empty() || own.clone().count() < self.stages.len()).then_some(&self.loss);
        let mut readers: Vec<&TermKind> = Vec::new();
        for term in shared.into_iter().chain(own).flatten() {
            if !matches!(term.kind, TermKind::Icl) && !readers.iter().any(|known| known.same_reader(&term.kind)) {
                readers.push(&term.kind);
            }
        }
        readers
    }

    /// The read-outs of their own: outputs, site and context.
    pub fn heads(&self) -> impl Iterator<Item = (usize, Site, Context)> {
        self.readers().into_iter().filter_map(|kind| match *kind {
            TermKind::Head { outputs, site, context, .. } => Some((outputs, site, context)),
            TermKind::Icl | TermKind::Readout { .. } => None,
        })
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

    /// Tokens of a sequence in the mean, of the task where these are the most.
    #[must_use]
    pub fn usual_tokens(&self) -> usize {
        self.tasks.iter().flat_map(Task::instances).map(Task::usual_tokens).max().unwrap_or(0)
    }

    /// The fewest steps that guards can leave.
    #[must_use]
    pub fn least_steps(&self) -> u64 {
        self.stages.last().map_or(0, |stage| stage.earliest.unwrap_or(stage.until))
    }

    /// The stage that trains at `step` (from 0).
    #[must_use]
    pub fn stage_at(&self, step: u64) -> Option<&Stage> {
        self.stage_of(step).map(|place| &self.stages[place])
    }

    /// The place of the stage that trains at `step` (from 0).
    #[must_use]
    pub fn stage_of(&self, step: u64) -> Option<usize> {
        self.stages.iter().position(|stage| stage.from <= step && step < stage.until)
    }

    /// The step of its stage that a step is.
    #[must_use]
    pub fn clock(&self, step: u64) -> u64 {
        self.stage_at(step).map_or(0, |stage| step - stage.from)
    }

    /// The step of the run from which schedules count: the entry of the last stage that resets the optimizer, else 0.
    #[must_use]
    pub fn origin(&self, step: u64) -> u64 {
        let begun = self.stages.iter().take_while(|stage| stage.from <= step);
        begun.filter(|stage| stage.reset).map(|stage| stage.from).last().unwrap_or(0)
    }

    /// The same training cut after `steps`.
    #[must_use]
    pub fn limited(&self, steps: u64) -> Self {
        let mut cut = self.clone();
        // A stage that an earlier guard can bring before the end of the trial stays, empty for now.
        let mut soonest = 0;
        cut.stages.retain(|stage| std::mem::replace(&mut soonest, stage.earliest.unwrap_or(stage.until)) < steps);
        for stage in &mut cut.stages {
            (stage.from, stage.until) = (stage.from.min(steps), stage.until.min(steps));
            stage.earliest = stage.earliest.map(|earliest| earliest.min(steps)).filter(|end| *end != stage.until);
            stage.length.most = Some(steps);
        }
        cut
    }

    /// The same training where the guard of a stage ended it after a step; what follows is entered then.
    #[must_use]
    pub fn ended(&self, stage: usize, after: u64) -> Self {
        let mut shifted = self.clone();
        shifted.stages[stage].until = after;
        let mut entry = after;
        for later in shifted.stages.iter_mut().skip(stage + 1) {
            later.from = entry;
            later.until = later.length.until(entry);
            entry = later.until;
        }
        shifted
    }
}

impl TermKind {
    /// Whether another term, of another stage perhaps, is read by the same outputs: it tells the same of every task that
    /// both know.
    #[must_use]
    pub fn same_reader(&self, other: &Self) -> bool {
        fn agree<T: PartialEq>(one: &[(usize, T)], other: &[(usize, T)]) -> bool {
            one.iter().all(|(task, nodes)| other.iter().all(|(of, known)| of != task || known == nodes))
        }
        match (self, other) {
            (Self::Icl, Self::Icl) => true,
            (Self::Readout { nodes, sizes }, Self::Readout { nodes: others, sizes: theirs }) => {
                sizes == theirs && agree(nodes, others)
            }
            (
                Self::Head { nodes, outputs, site, place, context },
                Self::Head { nodes: others, outputs: width, site: at, place: there, context: under },
            ) => (outputs, site, place, context) == (width, at, there, under) && agree(nodes, others),
            _ => false,
        }
    }

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
