//! A model with its weights and its optimizer: trained a step at a time, read, saved and restored.

use crate::engine::adam::Update;
use crate::engine::backend::{Backend, Stepping};
use crate::engine::batch::{Batch, Loss, Targets, Term};
use crate::engine::compile::compile;
use crate::engine::crew::Crew;
use crate::engine::dropout::Noise;
use crate::engine::error::{Result, ensure};
use crate::engine::fast::Fast;
use crate::engine::kernels::simd::{Vectors, vectors};
use crate::engine::memory;
use crate::engine::plain::{Plain, Width};
use crate::engine::program::{Init, Interface, Parameter, Program};
use crate::engine::stacked::Deck;
use crate::engine::stacked::recipe::Drawn;
use crate::program::model::{Context, Model, Site};
use crate::program::training::{Arithmetic, Products};
use std::sync::Arc;

/// Standard normals for the parameter of the given name: as many as asked.
pub type Normals<'a> = dyn FnMut(&str, usize) -> Vec<f32> + 'a;

/// Numbers by the name of their parameter.
pub type Named = Vec<(String, Vec<f64>)>;

/// Where a model is read in [`Network::read_all`].
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    pub site: Site,
    /// The tokens that are read, the same in every sequence.
    pub positions: &'a [usize],
}

/// What runs a model.
#[derive(Clone, Debug)]
pub enum Engine {
    /// Fused operations in f32, on the threads of a crew.
    Fast(Arc<Crew>),
    /// Composed tensor operations.
    Plain(Width),
    /// Fused operations in f32 on cards, models of one program together.
    Stacked(Arc<Deck>, Products),
}

/// What operations the fast engine computes with on this machine.
#[must_use]
pub fn arithmetic() -> Arithmetic {
    if vectors() == Vectors::Plain { Arithmetic::Unfused } else { Arithmetic::Fused }
}

/// The first values of a parameter, where it is drawn.
///
/// # Errors
/// If `init` gives another count than asked.
pub fn drawn(parameter: &Parameter, init: &mut Normals) -> Result<Vec<f32>> {
    let count = parameter.count();
    Ok(match parameter.init {
        Init::Zeros => vec![0.0; count],
        Init::Ones => vec![1.0; count],
        Init::Normal { sd } => {
            let values = init(&parameter.name, count);
            ensure(values.len() == count, || {
                format!("{} draws for the {count} numbers of {}", values.len(), parameter.name)
            })?;
            values.into_iter().map(|value| (f64::from(value) * sd) as f32).collect()
        }
    })
}

impl Engine {
    /// The fast engine on the caller's thread alone.
    #[must_use]
    pub fn alone() -> Self {
        Self::Fast(Arc::new(Crew::new(1)))
    }
}

/// A model in training.
#[derive(Debug)]
pub struct Network {
    pub(crate) program: Arc<Program>,
    pub(crate) backend: Box<dyn Backend>,
    /// Of its numbers.
    pub(crate) width: Width,
}

impl Network {
    /// A network with first values drawn from `init`, which is asked once for each parameter that starts at random,
    /// by name, so that a draw depends on the parameter and not on the order.
    ///
    /// # Errors
    /// If the model has a width that its heads do not divide, or `init` gives another count than asked.
    pub fn new(model: &Model, interface: &Interface, engine: Engine, init: &mut Normals) -> Result<Self> {
        Self::begun(model, interface, engine, &mut |parameter| drawn(parameter, init))
    }

    /// A network whose first values are given, parameter by parameter, in rows.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn begun(
        model: &Model,
        interface: &Interface,
        engine: Engine,
        first: &mut dyn FnMut(&Parameter) -> Result<Vec<f32>>,
    ) -> Result<Self> {
        memory::keep_freed();
        let program = Arc::new(compile(model, interface)?);
        let parameters = program.parameters.iter().map(|parameter| {
            let values = first(parameter)?;
            ensure(values.len() == parameter.count(), || {
                format!("{} values for the {} numbers of {}", values.len(), parameter.count(), parameter.name)
            })?;
            Ok(values)
        });
        let parameters = parameters.collect::<Result<Vec<_>>>()?;
        let (backend, width): (Box<dyn Backend>, _) = match engine {
            Engine::Fast(crew) => (Box::new(Fast::new(program.clone(), &parameters, crew)), Width::F32),
            Engine::Stacked(deck, products) => (Box::new(deck.join(&program, products, &parameters)?), Width::F32),
            Engine::Plain(width) => (Box::new(Plain::new(program.clone(), &parameters, width)?), width),
        };
        Ok(Self { program, backend, width })
    }

    /// The compiled model.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// How many optimizer steps were made since the last reset.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.backend.steps()
    }

    /// Forgets the optimizer's moments and step count.
    ///
    /// # Errors
    /// If the model lies on a card that does not answer.
    pub fn reset_optimizer(&mut self) -> Result<()> {
        self.backend.forget()
    }

    /// One optimizer step on the weighted sum of the terms; `noise` keys the dropouts of a model that has some.
    ///
    /// # Errors
    /// If the sizes do not fit, or if the loss is not finite; then nothing has changed.
    pub fn step(&mut self, batch: &Batch, terms: &[Term], update: &Update, noise: Option<Noise>) -> Result<Loss> {
        self.check_terms(batch, terms)?;
        self.backend.step(batch, terms, update, noise)
    }

    /// The same step; where the engine waits for a card, `meanwhile` may be done, once or not at all.
    ///
    /// # Errors
    /// As [`Network::step`].
    pub fn step_while(&mut self, step: &Stepping, meanwhile: &mut dyn FnMut()) -> Result<Loss> {
        self.check_terms(step.batch, step.terms)?;
        self.backend.step_while(step, meanwhile)
    }

    /// Whether the engine draws batches itself.
    #[must_use]
    pub fn draws(&self) -> bool {
        self.backend.draws()
    }

    /// Optimizer steps on sequences that the engine draws itself, in batches that have no numbers. Losses end before the
    /// first that is not finite.
    ///
    /// # Errors
    /// If the sizes do not fit; a line of the task that cannot be computed.
    pub fn steps_drawn(&mut self, steps: &[(Stepping, Vec<Drawn>)]) -> Result<Vec<Loss>> {
        for (step, _) in steps {
            self.check_told(step.batch, step.terms)?;
        }
        self.backend.steps_drawn(steps)
    }

    /// The loss and its gradient by parameter name.
    ///
    /// # Errors
    /// If the sizes do not fit.
    pub fn gradients(&self, batch: &Batch, terms: &[Term], noise: Option<Noise>) -> Result<(Loss, Named)> {
        self.check_terms(batch, terms)?;
        let (loss, gradients) = self.backend.gradients(batch, terms, noise)?;
        let names = self.program.parameters.iter().map(|parameter| parameter.name.clone());
        Ok((loss, names.zip(gradients).collect()))
    }

    /// The read-out at the tokens where it is read: `[B, positions, outputs]`.
    ///
    /// # Errors
    /// If the sizes do not fit.
    pub fn logits(&self, batch: &Batch) -> Result<Vec<f32>> {
        self.check(batch)?;
        batch.read(0)?;
        self.backend.outputs(batch)
    }

    /// The values at one site: `[B, positions, width]`. No gradient flows; what stands behind the site is not computed.
    ///
    /// # Errors
    /// If the sizes do not fit or the model lacks the site.
    pub fn read(&self, batch: &Batch, site: Site, context: Context, positions: &[usize]) -> Result<Vec<f32>> {
        let mut all = self.read_all(batch, context, &[Reading { site, positions }])?;
        Ok(all.pop().unwrap_or_default())
    }

    /// The values at several sites from one pass, in the order of `readings`; each `[B, positions, width]`.
    /// The batch's own `read_at` and targets play no part.
    ///
    /// # Errors
    /// If the sizes do not fit or the model lacks a site.
    pub fn read_all(&self, batch: &Batch, context: Context, readings: &[Reading]) -> Result<Vec<Vec<f32>>> {
        self.check(batch)?;
        for reading in readings {
            ensure(reading.positions.iter().all(|&at| at < batch.tokens) && !reading.positions.is_empty(), || {
                format!("reading at tokens {:?} of {}", reading.positions, batch.tokens)
            })?;
        }
        if readings.is_empty() { Ok(Vec::new()) } else { self.backend.read(batch, context, readings) }
    }

    /// A copy of the network as it is, which is computed beside it; none where the engine gives none, or the card has no
    /// room for one.
    #[must_use]
    pub fn snapshot(&self) -> Option<Self> {
        Some(Self { program: self.program.clone(), backend: self.backend.snapshot()?, width: self.width })
    }

    /// Every parameter by name, in the program's order.
    ///
    /// # Errors
    /// If the model lies on a card that does not answer.
    pub fn parameters(&self) -> Result<Named> {
        let names = self.program.parameters.iter().map(|parameter| parameter.name.clone());
        Ok(names.zip(self.backend.numbers()?.parameters).collect())
    }

    fn check(&self, batch: &Batch) -> Result<()> {
        batch.check(self.program.interface.input, self.program.interface.tokens)?;
        batch.changes.check(&self.program, batch.sequences, batch.tokens)
    }

    fn check_terms(&self, batch: &Batch, terms: &[Term]) -> Result<()> {
        self.check(batch)?;
        self.check_told(batch, terms)
    }

    fn check_told(&self, batch: &Batch, terms: &[Term]) -> Result<()> {
        ensure(!terms.is_empty(), || "a loss without terms".into())?;
        let interface = &self.program.interface;
        for Term { output, columns, targets, .. } in terms {
            let outputs = match output {
                0 => interface.outputs,
                head => interface.heads.get(head - 1).map_or(0, |head| head.outputs),
            };
            let classes = columns.len();
            ensure(classes > 0 && columns.end <= outputs, || format!("outputs {columns:?} of {outputs}"))?;
            let (at, count) = (*targets, batch.sequences * batch.read(*output)?.positions());
            let targets = batch.targets.get(at);
            let Some(targets) = targets else {
                return ensure(false, || format!("targets {at} of {}", batch.targets.len()));
            };
            ensure(targets.len() == count, || format!("{} targets for {count} predictions", targets.len()))?;
            targets.check(classes)?;
        }
        Ok(())
    }
}

impl Targets {
    /// Whether they fit so many outputs, and some of them count.
    fn check(&self, classes: usize) -> Result<()> {
        use crate::engine::batch::IGNORED;
        let counts = match self {
            Self::Labels(labels) => {
                let known = |&label: &u32| (label as usize) < classes || label == IGNORED;
                ensure(labels.iter().all(known), || format!("a target that is not one of {classes} classes"))?;
                labels.iter().any(|&label| label != IGNORED)
            }
            Self::Numbers { width, values } => {
                ensure(*width == classes, || format!("targets of {width} numbers for {classes} outputs"))?;
                values.iter().any(|value| !value.is_nan())
            }
        };
        ensure(counts, || "no prediction counts".into())
    }
}
