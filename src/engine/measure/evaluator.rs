//! What is evaluated, and how it is put together: every sequence passes once for all who look at it.

use super::attention::{Attention, HeadScore};
use super::held::Held;
use super::look::{Look, Networks, Passing, Scored, Tokens, chunks, few};
use super::probes::{Asked, Fitter, Scorer};
use super::scores::{self, Predictions, Seen};
use super::stream::{Alignment, Collapse, Places, Similarity};
use super::told::Told;
use super::weights::{self, Lens};
use super::{Levels, LossByPosition, Value};
use crate::engine::corpus::Corpus;
use crate::engine::error::{Error, Result};
use crate::engine::intervene::{Changing, in_force};
use crate::engine::levels;
use crate::engine::network::Engine;
use crate::engine::network::Network;
use crate::engine::plain::Width;
use crate::engine::references::ByPosition as Scores;
use crate::engine::sampler::Split;
use crate::engine::train;
use crate::program::model::Context;
use crate::program::task::Task;
use crate::program::training::{
    Arithmetic, ByPosition, Intervention, Measure, MeasureKind, Observation, Position, Score,
};
use std::ops::Range;
use std::sync::OnceLock;

/// The sequences that a cell is evaluated on, drawn once.
pub struct Evaluator<'a> {
    corpus: &'a Corpus<'a>,
    observation: &'a Observation,
    held: Vec<Held>,
    /// With the first weights of the run, where a measure compares with them.
    first: OnceLock<Network>,
}

impl<'a> Evaluator<'a> {
    /// Draws what the measures need.
    ///
    /// # Errors
    /// A line of a task that cannot be computed, or a reference that this version does not compute.
    pub fn new(corpus: &'a Corpus<'a>, observation: &'a Observation) -> Result<Self> {
        Self::drawn(corpus, observation, true)
    }

    /// The same without [`Evaluator::levels`], for a cell whose levels are known: only those that a score needs are made.
    ///
    /// # Errors
    /// As [`Evaluator::new`].
    pub fn without_levels(corpus: &'a Corpus<'a>, observation: &'a Observation) -> Result<Self> {
        Self::drawn(corpus, observation, false)
    }

    fn drawn(corpus: &'a Corpus<'a>, observation: &'a Observation, levels: bool) -> Result<Self> {
        let mut evaluator = Self { corpus, observation, held: Vec::new(), first: OnceLock::new() };
        for measure in &observation.measures {
            match &measure.kind {
                MeasureKind::Score { task, at, only, training, score, .. } => {
                    let held = evaluator.hold(*task, split(*training))?;
                    held.look_at(*at);
                    held.choose(corpus, only.as_ref(), levels || *score == Score::Progress)?;
                }
                MeasureKind::Distance { task, reference } => {
                    evaluator.hold(*task, Split::Test)?.compare(corpus, reference)?;
                }
                MeasureKind::Probe { task, .. } => {
                    evaluator.hold(*task, Split::Test)?;
                    evaluator.hold(*task, Split::Train)?;
                }
                MeasureKind::Inside { task, measure, numbers } => {
                    let Some(task) = task else { continue };
                    let held = evaluator.hold(*task, Split::Test)?;
                    if measure == "icl_score" {
                        numbers.iter().for_each(|&place| held.look_at(Position::Index(place)));
                        held.choose(corpus, None, levels)?;
                    }
                }
            }
        }
        if let Some(ByPosition { task, .. }) = observation.by_position {
            evaluator.hold(task, Split::Test)?;
        }
        Ok(evaluator)
    }

    /// The sequences of a task, drawn where they were not yet.
    fn hold(&mut self, task: usize, split: Split) -> Result<&mut Held> {
        let place = self.held.iter().position(|held| held.task == task && held.split == split);
        let place = match place {
            Some(place) => place,
            None => {
                self.held.push(Held::new(self.corpus, task, split, self.observation.sequences)?);
                self.held.len() - 1
            }
        };
        Ok(&mut self.held[place])
    }

    fn held(&self, task: usize, split: Split) -> Result<&Held> {
        let found = self.held.iter().find(|held| held.task == task && held.split == split);
        found.ok_or_else(|| Error::NotRun("a measure without sequences".into()))
    }

    fn task(&self, place: usize) -> &Task {
        &self.corpus.training.tasks[place]
    }

    /// What some measures give at a step, by their columns, in that order.
    ///
    /// # Errors
    /// What the network cannot do.
    pub fn evaluate(&self, network: &Network, step: u64, columns: &[usize]) -> Result<Vec<Value>> {
        let measures: Vec<&Measure> = columns.iter().map(|&column| &self.observation.measures[column]).collect();
        let mut values: Vec<Value> = vec![Value::default(); measures.len()];
        self.predictions(network, step, &measures, &mut values)?;
        self.probes(network, step, &measures, &mut values)?;
        self.inside(network, step, &measures, &mut values)?;
        Ok(values)
    }

    /// Scores of predictions.
    fn predictions(&self, network: &Network, step: u64, measures: &[&Measure], values: &mut [Value]) -> Result<()> {
        let mut known: Vec<(usize, Split, Option<&Intervention>, Seen)> = Vec::new();
        for (measure, value) in measures.iter().zip(values) {
            let (task, split, under) = match &measure.kind {
                MeasureKind::Score { task, training, under, .. } => (*task, split(*training), under.as_ref()),
                MeasureKind::Distance { task, .. } => (*task, Split::Test, None),
                MeasureKind::Inside { task: Some(task), measure, .. } if measure == "icl_score" => {
                    (*task, Split::Test, None)
                }
                _ => continue,
            };
            let held = self.held(task, split)?;
            let place = known.iter().position(|(of, at, change, _)| (*of, *at, *change) == (task, split, under));
            let place = match place {
                Some(place) => place,
                None => {
                    known.push((task, split, under, self.outputs(network, step, held, under)?));
                    known.len() - 1
                }
            };
            let (task, width) = (self.task(task), self.corpus.training.outputs());
            let predictions = Predictions { task, held, seen: &known[place].3, width };
            let score = |score: Score, at: Position, only| {
                held.subset(only).map_or(f64::NAN, |subset| predictions.score(score, at, subset))
            };
            *value = number(match &measure.kind {
                MeasureKind::Score { score: of, at, only, .. } => score(*of, *at, only.as_ref()),
                MeasureKind::Distance { reference, .. } => held
                    .foretold(reference)
                    .map_or(f64::NAN, |foretold| foretold.distance(task, held, &known[place].3, width)),
                MeasureKind::Inside { numbers, .. } => {
                    let loss = if task.real { Score::SquaredError } else { Score::CrossEntropy };
                    let at = |place: usize| score(loss, Position::Index(numbers[place]), None);
                    at(0) - at(1)
                }
                MeasureKind::Probe { .. } => continue,
            });
        }
        Ok(())
    }

    /// What the network gives at the positions of a task, `[sequences, positions, outputs]`, under the interventions that
    /// the step is trained with and perhaps another.
    fn outputs(&self, network: &Network, step: u64, held: &Held, under: Option<&Intervention>) -> Result<Seen> {
        let mut changes = in_force(&self.corpus.training.interventions, step);
        changes.extend(under.filter(|under| under.in_force(step)).map(|under| &under.change));
        let (changing, sequences) = (Changing { network, changes }, held.sample.sequences);
        let make = self.corpus.made(&changing, (held.task, &held.sample), &held.positions);
        let means = changing.over(chunks(sequences), &make)?;
        let logits = |chunk: Range<usize>| network.logits(&changing.evaluated(chunk, sequences, &means, &make)?);
        let Some(text) = &held.sample.text else {
            let mut outputs = Vec::new();
            for chunk in chunks(sequences) {
                outputs.extend(logits(chunk)?);
            }
            return Ok(Seen::Outputs(outputs));
        };
        // Vocabularies are large, so that words are judged as soon as they are seen.
        let (task, width) = (self.task(held.task), self.corpus.training.outputs());
        let mut seen = Vec::new();
        for chunk in few(sequences, held.positions.len() * text.slots() * width) {
            let outputs = logits(chunk.clone())?;
            seen.extend(scores::words((text, task), (chunk, &held.positions), &outputs, width));
        }
        Ok(Seen::Words(seen))
    }

    /// Probes: all are fitted on training sequences, then all are scored on held-out ones.
    fn probes(&self, network: &Network, step: u64, measures: &[&Measure], values: &mut [Value]) -> Result<()> {
        let mut asked: Vec<(usize, usize, Asked)> = Vec::new();
        for (place, measure) in measures.iter().enumerate() {
            if let MeasureKind::Probe { task, .. } = measure.kind {
                asked.push((place, task, Asked::new(&self.corpus.training.model, self.task(task), &measure.kind)));
            }
        }
        let now = Networks { now: network, first: None };
        let told = |task: usize, asked: &Asked, split: Split| -> Result<Vec<Told>> {
            Ok(asked.told(self.task(task), &self.held(task, split)?.sample))
        };
        let mut fitters = Vec::with_capacity(asked.len());
        for (_, task, asked) in &asked {
            let told = told(*task, asked, Split::Train)?;
            let fitter = Fitter::new(asked, told, self.corpus, step)?;
            fitters.push((*task, Split::Train, asked.context, fitter));
        }
        self.pass(now, step, &mut fitters)?;
        let mut scorers = Vec::with_capacity(asked.len());
        for ((_, task, asked), (.., fitter)) in asked.iter().zip(fitters) {
            let scorer = Scorer::new(asked, told(*task, asked, Split::Test)?, fitter.fitted()?);
            scorers.push((*task, Split::Test, asked.context, scorer));
        }
        self.pass(now, step, &mut scorers)?;
        for ((place, ..), (.., scorer)) in asked.iter().zip(&scorers) {
            values[*place] = scorer.value();
        }
        Ok(())
    }

    /// Measures of the inside.
    fn inside(&self, network: &Network, step: u64, measures: &[&Measure], values: &mut [Value]) -> Result<()> {
        let model = &self.corpus.training.model;
        let mut looks: Vec<(usize, Split, Context, Box<dyn Scored + '_>)> = Vec::new();
        let mut places = Vec::new();
        for (place, measure) in measures.iter().enumerate() {
            let MeasureKind::Inside { measure, numbers, task } = &measure.kind else { continue };
            let head = || (numbers[0], numbers[1]);
            match (measure.as_str(), task) {
                ("icl_score", _) => {}
                ("weight_distance", _) => {
                    values[place] = number(weights::distance(network, self.first()?)?);
                }
                ("copying_score", Some(task)) => {
                    values[place] = number(weights::copying(network, model, head(), self.task(*task).classes)?);
                }
                (_, None) => return Err(Error::NotRun(format!("`{measure}` without a task"))),
                (measure, Some(of)) => {
                    let (task, held) = (self.task(*of), self.held(*of, Split::Test)?);
                    let score = |kind| Box::new(HeadScore::new(kind, head(), task, &held.sample));
                    let tokens = Tokens::read(task, task.predicted());
                    let stream = || Places {
                        after: numbers[0],
                        with: numbers[1],
                        first: numbers.get(2) == Some(&1),
                        tokens: tokens.clone(),
                    };
                    let look: Box<dyn Scored> = match measure {
                        "induction_score" => score(Attention::Induction),
                        "previous_token_score" => score(Attention::PreviousToken),
                        "duplicate_token_score" => score(Attention::DuplicateToken),
                        "attention_entropy" => score(Attention::Entropy),
                        "cosine_collapse" => Box::new(Collapse::new(numbers[0], tokens)),
                        "cosine_similarity" => Box::new(Similarity::new(stream())),
                        "cka" => Box::new(Alignment::new(stream(), model.width)),
                        "logit_lens" => Box::new(Lens::new(network, model, numbers[0], task, &held.sample)?),
                        _ => return Err(Error::NotRun(format!("`{measure}`"))),
                    };
                    looks.push((*of, Split::Test, Context::Full, look));
                    places.push(place);
                }
            }
        }
        let compares = looks.iter().any(|(.., look)| look.sights().iter().any(|sight| sight.first));
        let first = if compares { Some(self.first()?) } else { None };
        self.pass(Networks { now: network, first }, step, &mut looks)?;
        for (place, (.., look)) in places.into_iter().zip(&looks) {
            values[place] = number(look.value());
        }
        Ok(())
    }

    /// The network with the first weights of the run.
    fn first(&self) -> Result<&Network> {
        if self.first.get().is_none() {
            let training = self.corpus.training;
            // By the operations of the network that it is compared with; a card would be waited for, and first weights
            // are the same everywhere.
            let engine = match training.numerics.arithmetic {
                Arithmetic::Composed => Engine::Plain(Width::F32),
                Arithmetic::Fused | Arithmetic::Unfused | Arithmetic::Card | Arithmetic::Emulated => Engine::alone(),
            };
            let network = train::network(training, self.corpus.seed, engine)?;
            return Ok(self.first.get_or_init(|| network));
        }
        self.first.get().ok_or_else(|| Error::NotRun("the first weights".into()))
    }

    /// Lets sequences pass: once for all looks at the same ones in the same context.
    fn pass<L: Look>(&self, networks: Networks<'_>, step: u64, looks: &mut [(usize, Split, Context, L)]) -> Result<()> {
        let changes = in_force(&self.corpus.training.interventions, step);
        let mut done: Vec<(usize, Split, Context)> = Vec::new();
        for place in 0..looks.len() {
            let (task, split, context, _) = looks[place];
            if done.contains(&(task, split, context)) {
                continue;
            }
            done.push((task, split, context));
            let sample = &self.held(task, split)?.sample;
            let passing = Passing { corpus: self.corpus, task, sample, context, changes: &changes };
            let same = looks.iter_mut().filter(|(of, at, with, _)| (*of, *at, *with) == (task, split, context));
            let mut same: Vec<&mut dyn Look> = same.map(|(.., look)| look as &mut dyn Look).collect();
            passing.before(networks, &mut same)?;
        }
        Ok(())
    }

    /// The loss at every scored position at a step, where the observation asks for it.
    ///
    /// # Errors
    /// What the network cannot do, or a reference that this version does not compute.
    pub fn loss_by_position(&self, network: &Network, step: u64) -> Result<Option<LossByPosition>> {
        let Some(ByPosition { task, references }) = &self.observation.by_position else { return Ok(None) };
        let (at_task, held) = (self.task(*task), self.held(*task, Split::Test)?);
        let positions = at_task.scored();
        let outputs = self.outputs(network, step, held, None)?;
        let score = if at_task.real { Score::SquaredError } else { Score::CrossEntropy };
        let width = self.corpus.training.outputs();
        let all: Vec<usize> = (0..held.sample.sequences).collect();
        let by = Predictions { task: at_task, held, seen: &outputs, width }.by_position(score, &all);
        let by = held.positions.iter().zip(by);
        let model = by.filter(|(position, _)| positions.contains(position)).map(|(_, loss)| loss).collect();
        let told = references.iter().map(|compared| {
            let scores = levels::of(Some(&compared.reference), self.corpus.sampler(*task), &held.sample)?;
            let loss = scores.map_or_else(Vec::new, |scores| scores.loss);
            Ok(positions.iter().filter_map(|&position| loss.get(position).copied()).collect())
        });
        Ok(Some(LossByPosition { references: told.collect::<Result<_>>()?, positions, model }))
    }

    /// The levels of every measure, on the very sequences that it is evaluated on.
    #[must_use]
    pub fn levels(&self) -> Vec<Levels> {
        self.observation.measures.iter().map(|measure| self.levels_of(measure)).collect()
    }

    fn levels_of(&self, measure: &Measure) -> Levels {
        match &measure.kind {
            MeasureKind::Inside { .. } | MeasureKind::Distance { .. } => Levels::between(None, None),
            MeasureKind::Probe { task, .. } => {
                let at = self.task(*task);
                let asked = Asked::new(&self.corpus.training.model, at, &measure.kind);
                let told = |split| self.held(*task, split).map(|held| asked.told(at, &held.sample));
                let (Ok(train), Ok(test)) = (told(Split::Train), told(Split::Test)) else {
                    return Levels::between(None, None);
                };
                let chances = test.iter().zip(&train).map(|(test, train)| test.chance(train));
                Levels::between(Some(chances.sum::<f64>() / test.len() as f64), None)
            }
            MeasureKind::Score { score: Score::Progress, .. } => Levels::between(Some(0.0), Some(1.0)),
            MeasureKind::Score { task, score, at, only, training, .. } => {
                let of = self.task(*task);
                let held = self.held(*task, split(*training)).ok();
                let subset = held.and_then(|held| held.subset(only.as_ref()));
                let known = subset.and_then(|subset| subset.levels.as_ref());
                let Some(subset) = known else { return Levels::between(guess(of, *score), None) };
                let level = |reference: &Option<Scores>| scores::level(of, reference.as_ref(), *score, *at);
                Levels {
                    blind: level(&subset.blind).or_else(|| guess(of, *score)),
                    ideal: level(&subset.ideal),
                    stairs: subset.stairs.iter().map(level).collect(),
                }
            }
        }
    }
}

/// Which sequences a score is taken on.
const fn split(training: bool) -> Split {
    if training { Split::Train } else { Split::Test }
}

/// The level of guessing, where a task declares none.
fn guess(task: &Task, score: Score) -> Option<f64> {
    (score == Score::Accuracy).then(|| 1.0 / task.outcomes() as f64)
}

/// One number as a value, where it is one.
fn number(value: f64) -> Value {
    Value { value: value.is_finite().then_some(value), ..Value::default() }
}
