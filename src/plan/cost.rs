//! What a cell costs, counted from the program alone.

use crate::program::model::{Context, Norm, Positions, Sublayer};
use crate::program::training::{Intervention, Measure, MeasureKind, Observation, Training, Width};

/// Sizes of one cell. Counts of operations are dense matrix products: a product of `[m, k]` and `[k, n]` is 2 m n k.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    pub steps: u64,
    /// The fewest steps, where a guard may end a stage early; everything else is counted at the most.
    pub least_steps: u64,
    /// Numbers that are trained; 0 where the model stands in a folder that says.
    pub parameters: u64,
    /// Tokens read in training.
    pub tokens: u64,
    /// Operations of training: a backward pass costs twice its forward pass.
    pub training_flops: f64,
    /// Operations of evaluations and probes.
    pub evaluation_flops: f64,
    pub evaluations: u64,
    /// Bytes that stay on disk: weights of 4 bytes a number, or 8 in f64, in each checkpoint that is kept, two moments more in
    /// the newest, and the curve.
    pub disk: u64,
}

impl Cost {
    /// The cost of a cell that keeps so many checkpoints, or one at every evaluation.
    #[must_use]
    pub fn of(training: &Training, observation: &Observation, keep: Option<usize>) -> Self {
        let steps = training.steps();
        let sequences = sequences(training);
        let forward = forward_flops(training, training.usual_tokens() as f64);
        let evaluations = evaluations(steps, observation);
        let parameters = parameters(training);
        let kept = if steps == 0 { 0 } else { keep.map_or(evaluations, |keep| evaluations.min(keep as u64)) };
        let number = match training.numerics.width {
            Width::F32 => 4,
            Width::F64 => 8,
        };
        let arrays = if kept == 0 { 0 } else { kept + 2 };
        let disk = number * parameters * arrays + evaluations * CURVE * (observation.measures.len() as u64 + 2);
        let passes = passes(&observation.measures) as f64;
        Self {
            steps,
            least_steps: training.least_steps(),
            parameters,
            tokens: sequences * training.usual_tokens() as u64,
            training_flops: 3.0 * forward * sequences as f64,
            evaluation_flops: forward * passes * observation.sequences as f64 * evaluations as f64,
            evaluations,
            disk,
        }
    }

    /// The cost where an exit is placed by evaluations of one measure, by its column, so many steps apart: those of the stretch
    /// between two of the others, and as many as running medians and an exit that is held need around it, on steps that are
    /// made again. No exit may come, or a checkpoint may be further behind; this is what is usual.
    #[must_use]
    pub fn refined(self, observation: &Observation, measure: usize, every: u64, held: usize) -> Self {
        let spacing = observation.decade.map_or(observation.every, |each| {
            // The widest gap is the last.
            let share = 1.0 - libm::pow(10.0, -1.0 / each as f64);
            (self.steps as f64 * share).round() as u64
        });
        let around = held as u64 + 3;
        let evaluations = (spacing.div_ceil(every) + around).min(self.steps / every.max(1) + 1);
        let steps = (spacing + around * every).min(self.steps);
        let share = passes(&observation.measures[measure..=measure]) as f64 / passes(&observation.measures) as f64;
        let each = self.evaluation_flops / self.evaluations.max(1) as f64 * share;
        Self {
            training_flops: self.training_flops * (1.0 + steps as f64 / self.steps.max(1) as f64),
            evaluation_flops: self.evaluation_flops + each * evaluations as f64,
            evaluations: self.evaluations + evaluations,
            disk: self.disk + evaluations * CURVE * 3,
            ..self
        }
    }

    /// All operations.
    #[must_use]
    pub fn flops(&self) -> f64 {
        self.training_flops + self.evaluation_flops
    }
}

/// Bytes of one number of a curve, as it is written.
const CURVE: u64 = 24;

/// Evaluations of a run: at step 0, at each step that is due, and at the end.
fn evaluations(steps: u64, observation: &Observation) -> u64 {
    if steps == 0 {
        return 1;
    }
    match observation.decade {
        None if observation.also.is_empty() => steps.div_ceil(observation.every) + 1,
        _ => observation.steps(steps).count() as u64,
    }
}

/// Sequences read in training: full batches, and the short last one of every epoch.
fn sequences(training: &Training) -> u64 {
    let (steps, batch) = (training.steps(), training.batch as u64);
    match (training.epoch(), training.budget) {
        (Some(epoch), crate::program::training::Budget::Sequences(n)) => {
            steps / epoch * n + (steps % epoch * batch).min(n)
        }
        _ => steps * batch,
    }
}

fn parameters(training: &Training) -> u64 {
    // Of a model that is not on this machine nothing is known.
    if !training.model.is_here() {
        return 0;
    }
    let (width, model) = (training.model.width, &training.model);
    let norm = if model.norm == Norm::None { 0 } else { 2 * width };
    let positions = if model.positions == Positions::Learned { training.tokens() * width } else { 0 };
    let blocks: usize = (model.blocks.iter())
        .map(|block| {
            norm + match block {
                Sublayer::Attention { .. } => width * 3 * width + 3 * width + width * width + width,
                Sublayer::Mlp { hidden, .. } => 2 * width * hidden + hidden + width,
            }
        })
        .sum();
    let read_in = training.token_width() * width + width;
    // A read-out that is the transpose of the read-in has a bias of its own only.
    let read_out = if model.tied { training.outputs() } else { width * training.outputs() + training.outputs() };
    // Post-norm has none before the read-out, since the last sublayer has one.
    let last = if model.norm == Norm::Pre { norm } else { 0 };
    let heads: usize = training.heads().map(|(outputs, ..)| outputs * (width + 1)).sum();
    (read_in + positions + blocks + last + read_out + heads) as u64
}

/// Operations of one sequence, forward. Causal attention is counted in full, as it is computed.
fn forward_flops(training: &Training, tokens: f64) -> f64 {
    let width = training.model.width as f64;
    let blocks: f64 = (training.model.blocks.iter())
        .map(|block| match block {
            Sublayer::Attention { .. } => 8.0 * tokens * width * width + 4.0 * tokens * tokens * width,
            Sublayer::Mlp { hidden, .. } => 4.0 * tokens * width * *hidden as f64,
        })
        .sum();
    let ends = 2.0 * tokens * training.token_width() as f64 * width + tokens * width * training.outputs() as f64;
    blocks + ends
}

/// How often the sequences of an evaluation pass through the model: once for all that look at the same ones in the same
/// way.
fn passes(measures: &[Measure]) -> usize {
    let mut known: Vec<(usize, bool, Option<Context>, Option<&Intervention>)> = Vec::new();
    for measure in measures {
        let passes = match &measure.kind {
            MeasureKind::Score { task, training, under, .. } => vec![(*task, *training, None, under.as_ref())],
            MeasureKind::Distance { task, .. } => vec![(*task, false, None, None)],
            // A probe reads as many sequences to be fitted as to be scored.
            MeasureKind::Probe { task, context, .. } => {
                [true, false].map(|training| (*task, training, Some(*context), None)).to_vec()
            }
            MeasureKind::Inside { task: Some(task), .. } => vec![(*task, false, Some(Context::Full), None)],
            MeasureKind::Inside { task: None, .. } => Vec::new(),
        };
        known.extend(passes.into_iter().filter(|pass| !known.contains(pass)).collect::<Vec<_>>());
    }
    known.len()
}
