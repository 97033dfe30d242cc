//! The training of one cell: from its first weights or a checkpoint, step by step. When to stop, to evaluate and to keep a
//! checkpoint is its owner's choice.

use super::adam::{Rule, Update};
use super::backend::Stepping;
use super::batch::{Batch, Loss};
use super::corpus::Corpus;
use super::dropout::Noise;
use super::error::{Error, Result};
use super::intervene::{Changing, in_force};
use super::itinerary::Itinerary;
use super::kits::Kits;
use super::network::{Engine, Network, drawn};
use super::program::{Interface, Parameter};
use super::state::Array;
use super::streams::{Role, named};
use super::told::{heads, terms};
use crate::pretrained::Published;
use crate::program::training::{Optimizer, Products, Training, Width};

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
        let (training, step) = (self.corpus.training, self.step);
        let Some(stage) = training.stage_of(step) else { return Err(Error::NotRun("a step after the last".into())) };
        if training.stages[stage].reset && training.stages[stage].from == step {
            self.network.reset_optimizer()?;
        }
        let (time, clock) = (step - training.origin(step), training.clock(step));
        let noise = Some(Noise { seed: self.corpus.seed, step });
        let (terms, update) = (terms(training, stage, time, clock), update(training, time, clock)?);
        let changes = in_force(&training.interventions, step);
        let mut walk = None;
        if self.network.draws() && changes.is_empty() && self.ahead.is_none() {
            let walk = walk.insert(self.itinerary.advance());
            if let Some((batch, drawn)) = self.kits.step(walk, step) {
                let stepping = Stepping { batch, terms: &terms, update: &update, noise };
                let stepped = self.network.step_drawn(&stepping, &drawn);
                if let Err(Error::Draw(_)) = stepped {
                    // The sampler says in the author's words what cannot be computed.
                    self.corpus.training_batch(walk, step)?;
                }
                return self.stepped(stepped);
            }
        }
        let mut batch = match (self.ahead.take(), walk) {
            (Some(batch), _) => batch,
            (None, Some(walk)) => self.corpus.training_batch(&walk, step)?,
            (None, None) => self.corpus.training_batch(&self.itinerary.advance(), step)?,
        };
        if !changes.is_empty() {
            Changing { network: &self.network, changes }.training(&mut batch)?;
        }
        let stepping = Stepping { batch: &batch, terms: &terms, update: &update, noise };
        let mut ahead = None;
        let (corpus, itinerary) = (self.corpus, &mut self.itinerary);
        let mut draw = || {
            if training.stage_of(step + 1).is_some() {
                ahead = Some(corpus.training_batch(&itinerary.advance(), step + 1));
            }
        };
        let stepped = self.network.step_while(&stepping, &mut draw);
        if stepped.is_ok() {
            self.ahead = ahead.transpose()?;
        }
        self.stepped(stepped)
    }

    /// What became of a step.
    fn stepped(&mut self, stepped: Result<Loss>) -> Result<Stepped> {
        match stepped {
            Ok(loss) => {
                self.step += 1;
                self.loss_sum += loss.total;
                Ok(Stepped::Loss(loss.total))
            }
            Err(Error::NotFinite { .. }) => Ok(Stepped::Diverged),
            Err(other) => Err(other),
        }
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
