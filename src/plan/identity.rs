//! Identity by meaning: keys that are hashes of everything that determines a result, and of nothing else.
//!
//! A cell is a chain of segments, one for each stage. What a segment's weights are after a step follows from its parent,
//! the step at which it begins, and what its stage trains; how long it goes on changes none of them, so that it is no
//! part of its key: a longer run goes on where a shorter one ended, and arms that begin alike share their beginning. A
//! measure has a key of its own, under which its values stand beside the segment's weights.

use crate::program::model::{Context, Model, Norm, Place, Site};
use crate::program::task::{NodeId, Process, Task};
use crate::program::training::{
    Budget, ByPosition, Guard, Intervention, Measure, MeasureKind, Numerics, Observation, Optimizer, Rate, TermKind,
    Training,
};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};

/// 128 bits of BLAKE3 over resolved values, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(String);

impl Key {
    /// The key of a meaning: fields in the order of their types, so that equal meanings give equal text.
    #[must_use]
    pub fn of(meaning: &impl Serialize) -> Self {
        let json = serde_json::to_vec(meaning).unwrap_or_default();
        Self(blake3::hash(&json).to_hex()[..32].to_string())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a segment's key is a hash of; it stands beside the results.
#[derive(Serialize)]
pub struct Segment<'a> {
    /// Of the first segment of a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Start<'a>>,
    /// Of every later one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent<'a>>,
    /// Whether the optimizer forgets its moments on entry.
    pub reset: bool,
    pub train: Vec<Part<'a>>,
    pub batch: usize,
    pub data: Budget,
    pub optimizer: &'a Optimizer,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    pub loss: Vec<Weighted<'a>>,
    #[serde(skip_serializing_if = "<[Intervention]>::is_empty")]
    pub interventions: &'a [Intervention],
}

/// What the first weights follow from.
#[derive(Serialize)]
pub struct Start<'a> {
    pub seed: u64,
    pub numerics: Numerics,
    pub model: &'a Model,
    /// The width of a token, the longest sequence and the width of the read-out, over all tasks of the run.
    pub input: usize,
    pub tokens: usize,
    pub outputs: usize,
    pub labels: usize,
    /// Read-outs of their own: outputs, site, context.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<(usize, Site, Context)>,
}

/// Where a later segment begins.
#[derive(Serialize)]
pub struct Parent<'a> {
    pub key: &'a Key,
    pub left: Left,
}

/// What ends a segment for those that follow.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// A step of the run.
    After(u64),
    /// A guard, with what it looks at.
    When { guard: Looked, every: u64, decade: Option<u64>, at_most: u64 },
}

/// A guard with its measure by key.
#[derive(Serialize)]
pub struct Looked {
    pub measure: Key,
    pub above: bool,
    pub than: f64,
    pub held: u64,
}

/// A task with its share of each batch.
#[derive(Serialize)]
pub struct Part<'a> {
    pub task: Process<'a>,
    pub share: f64,
}

/// A term of the loss, with the nodes that it tells in each part of the batch.
#[derive(Serialize)]
pub struct Weighted<'a> {
    pub weight: &'a Rate,
    pub kind: Told<'a>,
}

/// What a term asks for.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Told<'a> {
    Icl,
    Readout { nodes: Vec<NodeId>, sizes: &'a [usize] },
    Head { nodes: Vec<&'a [NodeId]>, outputs: usize, site: Site, place: &'a Place, context: Context },
}

/// What a segment of a training means; `parent` is the segment before it, with its own place less one.
#[must_use]
pub fn segment<'a>(
    seed: u64,
    training: &'a Training,
    observation: &'a Observation,
    place: usize,
    parent: Option<&'a Key>,
) -> Segment<'a> {
    let stage = &training.stages[place];
    let start = parent.is_none().then(|| Start {
        seed,
        numerics: training.numerics,
        model: &training.model,
        input: training.token_width(),
        tokens: training.tokens(),
        outputs: training.outputs(),
        labels: training.classes(),
        heads: training.heads().collect(),
    });
    let parent = parent.map(|key| Parent { key, left: left(seed, training, observation, place - 1) });
    let loss = training.loss_of(place).iter().map(|term| {
        let kind = match &term.kind {
            TermKind::Icl => Told::Icl,
            TermKind::Readout { nodes, sizes } => {
                let of = |task: usize| nodes.iter().find(|(of, _)| *of == task).map(|(_, node)| *node);
                Told::Readout { nodes: stage.train.iter().filter_map(|(task, _)| of(*task)).collect(), sizes }
            }
            TermKind::Head { nodes, outputs, site, place, context } => {
                let of = |task: usize| nodes.iter().find(|(of, _)| *of == task).map(|(_, nodes)| nodes.as_slice());
                let nodes = stage.train.iter().filter_map(|(task, _)| of(*task)).collect();
                Told::Head { nodes, outputs: *outputs, site: *site, place, context: *context }
            }
        };
        Weighted { weight: &term.weight, kind }
    });
    let train =
        stage.train.iter().map(|(task, share)| Part { task: Process::of(&training.tasks[*task]), share: *share });
    Segment {
        start,
        parent,
        reset: stage.reset,
        train: train.collect(),
        batch: training.batch,
        data: training.budget,
        optimizer: &training.optimizer,
        clip: training.clip,
        loss: loss.collect(),
        interventions: &training.interventions,
    }
}

/// What ends a segment.
#[must_use]
pub fn left(seed: u64, training: &Training, observation: &Observation, place: usize) -> Left {
    let stage = &training.stages[place];
    match &stage.guard {
        None => Left::After(stage.until),
        Some(guard) => Left::When {
            guard: Looked {
                measure: looked_at(seed, training, observation, guard),
                above: guard.above,
                than: guard.than,
                held: guard.held,
            },
            every: observation.every,
            decade: observation.decade,
            at_most: stage.until,
        },
    }
}

/// What the key of a cell is a hash of: all that it reports.
#[derive(Serialize)]
pub struct Reported<'a> {
    /// A model that exists, in place of segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<&'a Model>,
    pub segments: &'a [Key],
    pub end: Option<Left>,
    pub every: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decade: Option<u64>,
    #[serde(skip_serializing_if = "<[u64]>::is_empty")]
    pub also: &'a [u64],
    pub measures: &'a [Key],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_position: Option<&'a Key>,
    /// The measure that ends it early, with the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<(&'a Key, &'a super::Stop)>,
    /// The measure whose exit finer evaluations place, with the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refine: Option<(&'a Key, &'a super::Refine)>,
}

/// What the key of a measure is a hash of: what is measured, on which sequences. Which weights it is measured on, the
/// segment says that its values belong to.
#[derive(Serialize)]
pub struct Measured<'a> {
    pub seed: u64,
    pub revision: u32,
    pub sequences: usize,
    pub kind: MeasureKind,
    pub task: Option<&'a Task>,
    /// Raised where a measure of the same name gives another number than it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mended: Option<u32>,
}

/// What a measure means.
#[must_use]
pub fn measured<'a>(seed: u64, training: &'a Training, sequences: usize, kind: &MeasureKind) -> Measured<'a> {
    let mut kind = kind.clone();
    // A place among the tasks of an arm means nothing outside of it.
    let task = kind.task_mut().map(|place| &training.tasks[std::mem::take(place)]);
    // Norms behind a sublayer did not count at first.
    let copying = matches!(&kind, MeasureKind::Inside { measure, .. } if measure == "copying_score");
    let mended = (copying && training.model.norm == Norm::Post).then_some(1);
    Measured { seed, revision: training.numerics.revision, sequences, kind, task, mended }
}

/// The key of what a guard looks at.
#[must_use]
pub fn looked_at(seed: u64, training: &Training, observation: &Observation, guard: &Guard) -> Key {
    Key::of(&measured(seed, training, observation.sequences, &guard.measure()))
}

/// The key of the loss by position of an arm, where it is asked for.
#[must_use]
pub fn by_position(seed: u64, training: &Training, sequences: usize, asked: &ByPosition) -> Key {
    let task = &training.tasks[asked.task];
    let references: Vec<_> = asked.references.iter().map(|compared| &compared.reference).collect();
    Key::of(&("loss by position", seed, training.numerics.revision, sequences, task, references))
}

/// The keys of all measures of an observation, in the order of a curve's columns.
#[must_use]
pub fn measures(seed: u64, training: &Training, observation: &Observation) -> Vec<Key> {
    let key = |measure: &Measure| Key::of(&measured(seed, training, observation.sequences, &measure.kind));
    observation.measures.iter().map(key).collect()
}
