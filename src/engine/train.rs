//! The training loop of one cell: from a checkpoint or the start, step by step, with evaluations on the way.

use super::adam::{Rule, Update};
use super::corpus::Corpus;
use super::dropout::Noise;
use super::error::{Error, Result};
use super::itinerary::Itinerary;
use super::measure::{Evaluator, Levels, Point};
use super::network::{Engine, Network};
use super::program::Interface;
use super::state::Array;
use super::streams::{Role, named};
use super::told::{heads, terms};
use crate::program::training::{Observation, Optimizer, Training, Width};
use std::sync::atomic::{AtomicBool, Ordering};

/// All that a resumed training needs: after `step` steps, with the loss summed since the last evaluation.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    pub step: u64,
    pub loss_sum: f64,
    pub loss_steps: u64,
    pub arrays: Vec<Array>,
}

/// How a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every planned step was made.
    Complete,
    /// The loss was not finite at this step; the curve ends there.
    Diverged { step: u64 },
    /// Asked to stop; a checkpoint of this step was handed over.
    Stopped { step: u64 },
}

/// Who keeps what a training makes, and watches it.
pub trait Keeper {
    /// What went wrong while keeping.
    type Error: From<Error>;

    /// Levels of the measures, once, before the first step.
    ///
    /// # Errors
    /// If they cannot be kept.
    fn levels(&mut self, levels: &[Levels]) -> std::result::Result<(), Self::Error>;

    /// A new point of the curve.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn point(&mut self, point: &Point) -> std::result::Result<(), Self::Error>;

    /// Whether a checkpoint is due.
    fn wants_checkpoint(&mut self) -> bool;

    /// A checkpoint; the curve up to its step was handed over before.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn checkpoint(&mut self, checkpoint: &Checkpoint) -> std::result::Result<(), Self::Error>;

    /// A step was made.
    fn stepped(&mut self, step: u64, loss: f64);
}

/// Trains a cell to its end, or until `stop` is set, on `engine`.
///
/// # Errors
/// What the engine cannot do, or the keeper cannot keep.
pub fn train<K: Keeper>(
    corpus: &Corpus<'_>,
    observation: &Observation,
    engine: Engine,
    resume: Option<Checkpoint>,
    stop: &AtomicBool,
    keeper: &mut K,
) -> std::result::Result<Ending, K::Error> {
    let (training, seed) = (corpus.training, corpus.seed);
    super::support::runs(training, observation)?;
    let mut network = network(training, seed, engine)?;
    let evaluator = Evaluator::new(corpus, observation)?;
    let mut itinerary = Itinerary::new(training, seed);
    let (mut step, mut loss_sum, mut loss_steps) = (0, 0.0, 0);
    match resume {
        Some(checkpoint) => {
            network.load(&checkpoint.arrays)?;
            (step, loss_sum, loss_steps) = (checkpoint.step, checkpoint.loss_sum, checkpoint.loss_steps);
            itinerary.seek(step);
        }
        None => {
            keeper.levels(&evaluator.levels())?;
            keeper.point(&evaluator.evaluate(&network, 0, None)?)?;
        }
    }
    let total = training.steps();
    while step < total {
        if stop.load(Ordering::Relaxed) {
            let arrays = network.state();
            keeper.checkpoint(&Checkpoint { step, loss_sum, loss_steps, arrays })?;
            return Ok(Ending::Stopped { step });
        }
        if training.stage_at(step).is_some_and(|stage| stage.reset && stage.from == step) {
            network.reset_optimizer();
        }
        let clock = training.clock(step);
        let batch = corpus.training_batch(&itinerary.advance(), clock)?;
        let (terms, update) = (terms(training, step, clock), update(training, step, clock)?);
        let loss = match network.step(&batch, &terms, &update, Some(Noise { seed, step })) {
            Ok(loss) => loss.total,
            Err(Error::NotFinite { .. }) => {
                keeper.point(&diverged(step + 1, observation))?;
                return Ok(Ending::Diverged { step: step + 1 });
            }
            Err(other) => return Err(other.into()),
        };
        step += 1;
        loss_sum += loss;
        loss_steps += 1;
        keeper.stepped(step, loss);
        if step % observation.every == 0 || step == total {
            let mean = loss_sum / loss_steps as f64;
            let mut point = evaluator.evaluate(&network, step, Some(mean))?;
            if step == total {
                point.by_position = evaluator.loss_by_position(&network)?;
            }
            keeper.point(&point)?;
            (loss_sum, loss_steps) = (0.0, 0);
            if step < total && keeper.wants_checkpoint() {
                keeper.checkpoint(&Checkpoint { step, loss_sum, loss_steps, arrays: network.state() })?;
            }
        }
    }
    keeper.checkpoint(&Checkpoint { step, loss_sum, loss_steps, arrays: network.state() })?;
    Ok(Ending::Complete)
}

/// A network with its first weights, drawn by the seed and each parameter's name. Only the plain engine computes in f64,
/// so it takes the place of another where the training asks for that.
///
/// # Errors
/// If the model cannot be compiled.
pub fn network(training: &Training, seed: u64, engine: Engine) -> Result<Network> {
    let interface = Interface {
        input: training.token_width(),
        tokens: training.tokens(),
        outputs: training.outputs(),
        heads: heads(training),
    };
    let engine = match training.numerics.width {
        Width::F32 => engine,
        Width::F64 => Engine::Plain(Width::F64),
    };
    let (classes, outputs) = (training.classes(), training.outputs());
    Network::new(&training.model, &interface, engine, &mut |name, count| {
        if name != "read_out.weight" || outputs == classes {
            return named(seed, Role::Init, name).normals(count);
        }
        // `[width, outputs]`: further logits come behind the task's own, which start as they do without them, so that
        // arms with and without a read-out loss have the same initial predictions.
        let width = count / outputs;
        let own = named(seed, Role::Init, name).normals(width * classes);
        let further = named(seed, Role::Init, "read_out.weight.further").normals(width * (outputs - classes));
        let rows = own.chunks(classes).zip(further.chunks(outputs - classes));
        rows.flat_map(|(own, further)| own.iter().chain(further).copied()).collect()
    })
}

fn update(training: &Training, step: u64, clock: u64) -> Result<Update> {
    let (rule, lr) = match &training.optimizer {
        Optimizer::Adam { lr, beta1, beta2, eps } => {
            (Rule::Adam { betas: (*beta1, *beta2), eps: *eps, weight_decay: 0.0, decoupled: false }, lr)
        }
        Optimizer::Adamw { lr, beta1, beta2, eps, weight_decay } => {
            let (betas, eps, weight_decay) = ((*beta1, *beta2), *eps, *weight_decay);
            (Rule::Adam { betas, eps, weight_decay, decoupled: true }, lr)
        }
        Optimizer::Sgd { lr, momentum, weight_decay } => {
            (Rule::Sgd { momentum: *momentum, weight_decay: *weight_decay }, lr)
        }
        Optimizer::None => return Err(Error::NotRun("training without an optimizer".into())),
    };
    Ok(Update { rule, lr: lr.at(step, clock), clip: training.clip })
}

fn diverged(step: u64, observation: &Observation) -> Point {
    let measures = observation.measures.len();
    Point { step, loss: None, values: vec![None; measures], parts: vec![Vec::new(); measures], by_position: None }
}
