//! The training of one cell: from its first weights or a checkpoint, step by step. When to stop, to evaluate and to keep a
//! checkpoint is its owner's choice.

use super::adam::{Rule, Update};
use super::backend::Stepping;
use super::batch::{Batch, Loss, Term};
use super::corpus::Corpus;
use super::dropout::Noise;
use super::error::{Error, Result};
use super::intervene::{Changing, in_force};
use super::itinerary::{Itinerary, Step as Walk};
use super::kits::Kits;
use super::network::{Engine, Network, drawn};
use super::program::{Interface, Parameter};
use super::stacked::recipe::Drawn;
use super::state::Array;
use super::streams::{Role, named};
use super::told::{heads, terms};
use crate::pretrained::Published;
use crate::program::training::{Optimizer, Products, Training, Width};
use std::collections::VecDeque;

/// All that a resumed training needs: the state after `step` steps.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    pub step: u64,
    /// The losses of all steps of the run so far, summed in their order.
    pub loss_sum: f64,
    pub arrays: Vec<Array>,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stepped {
    /// It was made, at this loss.
    Loss(f64),
    /// The loss was not finite, so that nothing has changed and no further step can be made.
    Diverged,
}

/// A network in training on the data of a cell.
pub struct Trainer<'a> {
    corpus: &'a Corpus<'a>,
    network: Network,
    itinerary: Itinerary<'a>,
    kits: Kits<'a>,
    /// The sequences of next steps that were walked to already.
    pending: VecDeque<Walk>,
    step: u64,
    /// The batch of the next step, where it was drawn while the engine waited.
    ahead: Option<Batch>,
    loss_sum: f64,
    /// Whether the moments are those of this step too.
    whole: bool,
}

impl<'a> Trainer<'a> {
    /// The first weights of a cell.
    ///
    /// # Errors
    /// A model that this engine does not run.
    pub fn new(corpus: &'a Corpus<'a>, engine: Engine) -> Result<Self> {
        let network = network(corpus.training, corpus.seed, engine)?;
        let itinerary = Itinerary::new(corpus.training, corpus.seed);
        Ok(Self {
            corpus,
            network,
            itinerary,
            kits: Kits::new(corpus),
            pending: VecDeque::new(),
            step: 0,
            ahead: None,
            loss_sum: 0.0,
            whole: true,
        })
    }

    /// Goes to a checkpoint, from wherever the training is.
    ///
    /// # Errors
    /// If its arrays do not fit the model; then nothing has changed.
    pub fn seek(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        self.network.load(&checkpoint.arrays)?;
        self.whole = true;
        self.itinerary = Itinerary::new(self.corpus.training, self.corpus.seed);
        self.itinerary.seek(checkpoint.step);
        (self.step, self.loss_sum, self.ahead) = (checkpoint.step, checkpoint.loss_sum, None);
        self.pending.clear();
        Ok(())
    }

    /// Takes on the weights of a checkpoint, to be looked at; no step can be made from there.
    ///
    /// # Errors
    /// If its weights do not fit the model; then nothing has changed.
    pub fn look(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        self.network.load_weights(&checkpoint.arrays)?;
        (self.step, self.loss_sum, self.whole) = (checkpoint.step, checkpoint.loss_sum, false);
        Ok(())
    }

    /// Whether a step can be made from here.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.whole
    }

    /// Makes the next step.
    ///
    /// # Errors
    /// What the engine cannot do, or a line of a task that cannot be computed.
    pub fn step(&mut self) -> Result<Stepped> {
        let stepped = self.steps_to(self.step + 1)?;
        stepped.into_iter().next().ok_or_else(|| Error::NotRun("no step".into()))
    }

    /// Makes the next steps, as many as the engine makes at once, but none behind `until`. What became of them ends with the
    /// first that diverges.
    ///
    /// # Errors
    /// As [`Trainer::step`].
    pub fn steps_to(&mut self, until: u64) -> Result<Vec<Stepped>> {
        let (training, step) = (self.corpus.training, self.step);
        let Some(stage) = training.stage_of(step) else { return Err(Error::NotRun("a step after the last".into())) };
        if training.stages[stage].reset && training.stages[stage].from == step {
            self.network.reset_optimizer()?;
        }
        if self.network.draws()
            && self.ahead.is_none()
            && let Some(stepped) = self.drawn(stage, until)?
        {
            return Ok(stepped);
        }
        let (terms, update) = asked(training, stage, step)?;
        let mut batch = match self.ahead.take() {
            Some(batch) => batch,
            None => {
                let walk = self.walk();
                self.corpus.training_batch(&walk, step)?
            }
        };
        let changes = in_force(&training.interventions, step);
        if !changes.is_empty() {
            Changing { network: &self.network, changes }.training(&mut batch)?;
        }
        let noise = Some(Noise { seed: self.corpus.seed, step });
        let stepping = Stepping { batch: &batch, terms: &terms, update: &update, noise };
        let mut ahead = None;
        let (corpus, draws) = (self.corpus, self.network.draws());
        let (kits, pending, itinerary) = (&mut self.kits, &mut self.pending, &mut self.itinerary);
        let mut draw = || {
            let next = step + 1;
            if training.stage_of(next).is_none() {
                return;
            }
            let walk = pending.pop_front().unwrap_or_else(|| itinerary.advance());
            // Who draws a step follows from the step, not from who had time.
            let own = draws && in_force(&training.interventions, next).iter().all(|change| change.follows_from_sizes());
            if own && kits.key(&walk, next).is_some_and(|key| kits.of(&key, next).is_some()) {
                pending.push_front(walk);
            } else {
                ahead = Some(corpus.training_batch(&walk, next));
            }
        };
        match self.network.step_while(&stepping, &mut draw) {
            Ok(loss) => {
                self.ahead = ahead.transpose()?;
                Ok(self.made(&[loss], 1))
            }
            Err(Error::NotFinite { .. }) => Ok(self.made(&[], 1)),
            Err(other) => Err(other),
        }
    }

    /// The next steps of a stage that the engine draws itself, and that are alike; none where it cannot draw the first.
    fn drawn(&mut self, stage: usize, until: u64) -> Result<Option<Vec<Stepped>>> {
        let training = self.corpus.training;
        let changes = in_force(&training.interventions, self.step);
        if !changes.iter().all(|change| change.follows_from_sizes()) {
            return Ok(None);
        }
        let first = self.walk();
        let key = self.kits.key(&first, self.step);
        self.pending.push_front(first);
        let Some(key) = key else { return Ok(None) };
        if self.kits.of(&key, self.step).is_none() {
            return Ok(None);
        }
        let mut walks = Vec::new();
        for step in self.step..until.min(self.step + TOGETHER) {
            if training.stage_of(step) != Some(stage) || in_force(&training.interventions, step) != changes {
                break;
            }
            let walk = self.walk();
            if self.kits.key(&walk, step).as_ref() != Some(&key) {
                self.pending.push_front(walk);
                break;
            }
            walks.push((step, walk, asked(training, stage, step)?));
        }
        let Some(kit) = self.kits.of(&key, self.step) else { return Ok(None) };
        let seed = self.corpus.seed;
        let mut batch = kit.batch.clone();
        Changing { network: &self.network, changes }.direct(&mut batch);
        let steps: Vec<(Stepping, Vec<Drawn>)> = (walks.iter())
            .map(|(step, walk, (terms, update))| {
                let noise = Some(Noise { seed, step: *step });
                (Stepping { batch: &batch, terms, update, noise }, kit.drawn(walk))
            })
            .collect();
        match self.network.steps_drawn(&steps) {
            Ok(losses) => Ok(Some(self.made(&losses, walks.len()))),
            Err(fault @ Error::Draw(_)) => {
                // The sampler says in the author's words what cannot be computed.
                for (step, walk, _) in &walks {
                    self.corpus.training_batch(walk, *step)?;
                }
                Err(fault)
            }
            Err(other) => Err(other),
        }
    }

    /// The sequences of the next step that nobody has walked to.
    fn walk(&mut self) -> Walk {
        self.pending.pop_front().unwrap_or_else(|| self.itinerary.advance())
    }

    /// What became of so many steps, of which those before the first that diverged have losses.
    fn made(&mut self, losses: &[Loss], steps: usize) -> Vec<Stepped> {
        let mut made = Vec::with_capacity(steps);
        for loss in losses {
            self.step += 1;
            self.loss_sum += loss.total;
            made.push(Stepped::Loss(loss.total));
        }
        if losses.len() < steps {
            made.push(Stepped::Diverged);
        }
        made
    }

    /// How many steps were made.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The losses of all steps so far, summed in their order.
    #[must_use]
    pub fn loss_sum(&self) -> f64 {
        self.loss_sum
    }

    /// The network as it is.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The state as it is.
    ///
    /// # Errors
    /// If the model lies on a card that does not answer.
    pub fn checkpoint(&self) -> Result<Checkpoint> {
        Ok(Checkpoint { step: self.step, loss_sum: self.loss_sum, arrays: self.network.state()? })
    }
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
    if training.numerics.products != Products::Whole && !matches!(engine, Engine::Stacked(..)) {
        return Err(Error::NotRun(format!("`numerics: {}` on the processor", training.numerics.word())));
    }
    let engine = match training.numerics.width {
        Width::F32 => engine,
        Width::F64 => Engine::Plain(Width::F64),
    };
    let (classes, outputs) = (training.classes(), training.outputs());
    let mut normals = |name: &str, count: usize| {
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
    };
    let Some(known) = &training.model.pretrained else {
        return Network::new(&training.model, &interface, engine, &mut normals);
    };
    let published = Published::open(&known.path, known.family)?;
    if published.model.pretrained.as_ref().is_none_or(|found| found.hash != known.hash) {
        return Err(Error::NotRun(format!("weights in {} that changed since the check", known.path.display())));
    }
    Network::begun(&training.model, &interface, engine, &mut |parameter| {
        let Some(found) = published.read(&parameter.name)? else { return drawn(parameter, &mut normals) };
        fitted(found, parameter, &mut |parameter| drawn(parameter, &mut normals))
    })
}

/// Values of a model that exists, for a parameter with fewer rows, as of a table of positions that is longer than any
/// sequence, or with more columns, as of a read-out with further outputs: those behind its own start as `fresh`.
fn fitted(
    found: Vec<f32>,
    parameter: &Parameter,
    fresh: &mut dyn FnMut(&Parameter) -> Result<Vec<f32>>,
) -> Result<Vec<f32>> {
    let count = parameter.count();
    let &[rows, columns] = parameter.shape.as_slice() else { return Ok(found) };
    if parameter.name != "read_out.weight" || found.len() == count {
        return Ok(found.into_iter().take(count).collect());
    }
    let (mut values, own) = (fresh(parameter)?, found.len() / rows.max(1));
    for (to, from) in values.chunks_exact_mut(columns).zip(found.chunks_exact(own)) {
        to[..own].copy_from_slice(from);
    }
    Ok(values)
}

/// Steps that an engine is asked for together where it draws their batches; a stop waits for them.
const TOGETHER: u64 = 16;

/// The terms of a step's loss, and what the optimizer does.
fn asked(training: &Training, stage: usize, step: u64) -> Result<(Vec<Term>, Update)> {
    let (time, clock) = (step - training.origin(step), training.clock(step));
    Ok((terms(training, stage, time, clock), update(training, time, clock)?))
}

/// What the optimizer does at a time of the run and of the stage.
fn update(training: &Training, time: u64, clock: u64) -> Result<Update> {
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
    Ok(Update { rule, lr: lr.at(time, clock), clip: training.clip })
}
