//! Evaluations: scores of predictions and probes, on held-out sequences.

use super::batch::Batch;
use super::corpus::{Corpus, labels_of};
use super::error::{Error, Result};
use super::levels;
use super::network::{Network, Reading};
use super::probe::{Fit, LinearProbe, first_largest};
use super::references::ByPosition as Scores;
use super::sampler::{Sample, Split};
use super::streams::{Role, meaning, stream};
use super::told::tokens_of;
use crate::program::model::{Context, Site};
use crate::program::task::Task;
use crate::program::training::{ByPosition, Measure, MeasureKind, Observation, Position, Reader, Score};
use serde::{Deserialize, Serialize};

/// Sequences that are read at once, which bounds the memory of an evaluation.
pub(super) const AT_ONCE: usize = 128;

/// One evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub step: u64,
    /// Mean training loss since the last evaluation; none at step 0.
    pub loss: Option<f64>,
    /// One value a measure, in the order of the observation; none where it is not finite.
    pub values: Vec<Option<f64>>,
    /// A probe's value for each of its targets; empty for scores.
    pub parts: Vec<Vec<f64>>,
    /// At the last evaluation, where it is asked for: the positions that count, and the loss there of the model and of
    /// each reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_position: Option<LossByPosition>,
}

/// What one measure gives at one evaluation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// None where it is not finite.
    pub value: Option<f64>,
    /// A probe's value for each of its targets; empty for scores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<f64>,
}

/// Losses at every scored position, averaged over sequences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossByPosition {
    pub positions: Vec<usize>,
    pub model: Vec<f64>,
    pub references: Vec<Vec<f64>>,
}

/// What a measure is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    /// P of a score, chance of a probe.
    pub blind: Option<f64>,
    /// F of a score.
    pub ideal: Option<f64>,
    /// Levels between them, of a staircase; none where a reference does not tell this score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stairs: Vec<Option<f64>>,
}

impl Levels {
    fn between(blind: Option<f64>, ideal: Option<f64>) -> Self {
        Self { blind, ideal, stairs: Vec::new() }
    }
}

/// The held-out sequences of a cell, drawn once.
pub struct Evaluator<'a> {
    corpus: &'a Corpus<'a>,
    observation: &'a Observation,
    tasks: Vec<Held>,
}

/// What is held out of a task.
#[derive(Default)]
struct Held {
    test: Option<Sample>,
    /// The training sequences that probes are fitted on.
    train: Option<Sample>,
    /// The positions whose predictions are looked at.
    positions: Vec<usize>,
    /// What the task's levels score there, where a score asks for them.
    blind: Option<Scores>,
    ideal: Option<Scores>,
    stairs: Vec<Option<Scores>>,
}

impl<'a> Evaluator<'a> {
    /// Draws what the measures need.
    ///
    /// # Errors
    /// A line of a task that cannot be computed, or a reference that this version does not compute.
    pub fn new(corpus: &'a Corpus<'a>, observation: &'a Observation) -> Result<Self> {
        let sequences: Vec<u64> = (0..observation.sequences as u64).collect();
        let mut tasks: Vec<Held> = corpus.training.tasks.iter().map(|_| Held::default()).collect();
        for measure in &observation.measures {
            let (task, fits, at) = match measure.kind {
                MeasureKind::Score { task, at, .. } => (task, false, at),
                MeasureKind::Probe { task, .. } => (task, true, Position::All),
                MeasureKind::Inside { .. } => continue,
            };
            let held = &mut tasks[task];
            if held.test.is_none() {
                held.test = Some(corpus.draw(task, Split::Test, &sequences)?);
                held.positions = corpus.training.tasks[task].scored();
            }
            if let Position::Index(place) = at
                && let Err(between) = held.positions.binary_search(&place)
            {
                held.positions.insert(between, place);
            }
            if fits && held.train.is_none() {
                held.train = Some(corpus.draw(task, Split::Train, &sequences)?);
            }
        }
        if let Some(ByPosition { task, .. }) = observation.by_position
            && tasks[task].test.is_none()
        {
            tasks[task].test = Some(corpus.draw(task, Split::Test, &sequences)?);
            tasks[task].positions = corpus.training.tasks[task].scored();
        }
        for (task, held) in tasks.iter_mut().enumerate() {
            let scored = observation
                .measures
                .iter()
                .any(|measure| matches!(&measure.kind, MeasureKind::Score { task: at, .. } if *at == task));
            if let (true, Some(test)) = (scored, &held.test) {
                let at = &corpus.training.tasks[task];
                held.blind = levels::of(at.blind.as_ref(), corpus.sampler(task), test)?;
                held.ideal = levels::of(at.ideal.as_ref(), corpus.sampler(task), test)?;
                let stairs = at.plateaus.iter().map(|stair| levels::of(Some(stair), corpus.sampler(task), test));
                held.stairs = stairs.collect::<Result<_>>()?;
            }
        }
        Ok(Self { corpus, observation, tasks })
    }

    /// What some measures give at a step, by their columns, in that order.
    ///
    /// # Errors
    /// What the network cannot do.
    pub fn evaluate(&self, network: &Network, step: u64, columns: &[usize]) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(columns.len());
        let mut outputs: Vec<Option<Vec<f32>>> = vec![None; self.tasks.len()];
        for measure in columns.iter().map(|&column| &self.observation.measures[column]) {
            values.push(match &measure.kind {
                MeasureKind::Score { task, score, at, .. } => {
                    if outputs[*task].is_none() {
                        outputs[*task] = Some(self.outputs(network, *task)?);
                    }
                    let outputs = outputs[*task].as_deref().unwrap_or_default();
                    Value { value: finite(self.score(outputs, *task, *score, *at)), parts: Vec::new() }
                }
                MeasureKind::Probe { .. } => {
                    let parts = self.probe(network, measure, step)?;
                    Value { value: finite(parts.iter().sum::<f64>() / parts.len() as f64), parts }
                }
                MeasureKind::Inside { measure, .. } => return Err(Error::NotRun(format!("`{measure}`"))),
            });
        }
        Ok(values)
    }

    /// The loss at every scored position, where the observation asks for it.
    ///
    /// # Errors
    /// What the network cannot do, or a reference that this version does not compute.
    pub fn loss_by_position(&self, network: &Network) -> Result<Option<LossByPosition>> {
        let Some(ByPosition { task, references }) = &self.observation.by_position else { return Ok(None) };
        let (at_task, held) = (&self.corpus.training.tasks[*task], &self.tasks[*task]);
        let Some(test) = &held.test else { return Ok(None) };
        let positions = at_task.scored();
        let outputs = self.outputs(network, *task)?;
        let score = if at_task.real { Score::SquaredError } else { Score::CrossEntropy };
        let by = held.positions.iter().zip(self.score_by_position(&outputs, *task, score));
        let model = by.filter(|(position, _)| positions.contains(position)).map(|(_, loss)| loss).collect();
        let told = references.iter().map(|compared| {
            let scores = levels::of(Some(&compared.reference), self.corpus.sampler(*task), test)?;
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
            MeasureKind::Inside { .. } => Levels::between(None, None),
            MeasureKind::Probe { task, nodes, .. } => {
                let at_task = &self.corpus.training.tasks[*task];
                let sizes: Vec<usize> = nodes.iter().flat_map(|&node| at_task.nodes[node].labels.clone()).collect();
                let chance = sizes.iter().map(|&size| 1.0 / size as f64).sum::<f64>() / sizes.len() as f64;
                Levels::between(Some(chance), None)
            }
            MeasureKind::Score { score: Score::Progress, .. } => Levels::between(Some(0.0), Some(1.0)),
            MeasureKind::Score { task, score, at, .. } => {
                let held = &self.tasks[*task];
                let level = |reference: &Option<Scores>| self.level(*task, reference.as_ref(), *score, *at);
                Levels {
                    blind: level(&held.blind).or_else(|| guess(&self.corpus.training.tasks[*task], *score)),
                    ideal: level(&held.ideal),
                    stairs: held.stairs.iter().map(level).collect(),
                }
            }
        }
    }

    /// What a reference scores where a measure looks.
    fn level(&self, task: usize, reference: Option<&Scores>, score: Score, at: Position) -> Option<f64> {
        let reference = reference?;
        let values = if score == Score::Accuracy { &reference.accuracy } else { &reference.loss };
        let positions = self.looked_at(task, at);
        let sum: f64 = positions.iter().map(|&position| values.get(position)).sum::<Option<f64>>()?;
        Some(sum / positions.len() as f64)
    }

    fn looked_at(&self, task: usize, at: Position) -> Vec<usize> {
        let scored = self.corpus.training.tasks[task].scored();
        match at {
            Position::All => scored,
            Position::Last => scored.last().copied().into_iter().collect(),
            Position::Index(place) => vec![place],
        }
    }

    fn chunks(sequences: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        (0..sequences).step_by(AT_ONCE).map(move |first| first..(first + AT_ONCE).min(sequences))
    }

    /// What the network gives at the positions of a task: `[sequences, positions, outputs]`.
    fn outputs(&self, network: &Network, task: usize) -> Result<Vec<f32>> {
        let held = &self.tasks[task];
        let Some(drawn) = &held.test else { return Ok(Vec::new()) };
        let mut outputs = Vec::new();
        for chunk in Self::chunks(self.observation.sequences) {
            let batch = self.corpus.evaluation_batch(task, drawn, chunk, &held.positions)?;
            outputs.extend(network.logits(&batch)?);
        }
        Ok(outputs)
    }

    fn score(&self, outputs: &[f32], task: usize, score: Score, at: Position) -> f64 {
        if !outputs.iter().all(|output| output.is_finite()) {
            return f64::NAN;
        }
        let looked_at = self.looked_at(task, at);
        let held = &self.tasks[task];
        let by = self.score_by_position(outputs, task, score);
        let each = held.positions.iter().zip(by).filter(|(position, _)| looked_at.contains(position));
        let (sum, count) = each.fold((0.0, 0u64), |(sum, count), (_, value)| (sum + value, count + 1));
        let value = sum / count as f64;
        if score != Score::Progress {
            return value;
        }
        let level = |reference: &Option<Scores>| self.level(task, reference.as_ref(), score, at);
        match (level(&held.blind), level(&held.ideal)) {
            (Some(blind), Some(ideal)) => (blind - value) / (blind - ideal),
            _ => f64::NAN,
        }
    }

    /// The score at each position that is looked at, averaged over sequences; progress is that of this loss.
    fn score_by_position(&self, outputs: &[f32], task: usize, score: Score) -> Vec<f64> {
        let (at_task, held) = (&self.corpus.training.tasks[task], &self.tasks[task]);
        let Some(drawn) = &held.test else { return Vec::new() };
        let target = drawn.of(at_task.target);
        let mut sums = vec![0.0; held.positions.len()];
        let rows = outputs.chunks(self.corpus.training.outputs());
        for (place, row) in rows.enumerate() {
            let (sequence, place) = (place / held.positions.len(), place % held.positions.len());
            let (row, truth) = (&row[..at_task.classes], target.at(sequence, held.positions[place]));
            sums[place] += match score {
                Score::Accuracy => f64::from(u8::from(first_largest(row) == truth[0] as usize)),
                _ if at_task.real => {
                    let errors = row.iter().zip(truth).map(|(output, truth)| (f64::from(*output) - truth).powi(2));
                    errors.sum::<f64>() / truth.len() as f64
                }
                _ => cross_entropy(row, truth[0] as usize),
            };
        }
        sums.into_iter().map(|sum| sum / drawn.sequences as f64).collect()
    }

    /// A probe's score for each of its targets: fitted anew on training sequences, scored on held-out ones.
    fn probe(&self, network: &Network, measure: &Measure, step: u64) -> Result<Vec<f64>> {
        let MeasureKind::Probe { task, site, ref place, context, ref nodes, reader: Reader::Linear { epochs, lr } } =
            measure.kind
        else {
            return Err(Error::NotRun(format!("the reader of `{}`", measure.name)));
        };
        let &[node] = nodes.as_slice() else { return Err(Error::NotRun(format!("the targets of `{}`", measure.name))) };
        let at_task = &self.corpus.training.tasks[task];
        let sizes = &at_task.nodes[node].labels;
        let (Some(test), Some(train)) = (&self.tasks[task].test, &self.tasks[task].train) else {
            return Ok(Vec::new());
        };
        let (tokens, examples): (Vec<usize>, Vec<usize>) = tokens_of(place, at_task).into_iter().unzip();
        let told = |drawn: &Sample| (0..sizes.len()).map(|label| labels_of(drawn, node, label, &examples)).collect();
        let features = self.features(network, (task, train), (site, context), &tokens)?;
        let targets: Vec<Vec<u32>> = told(train);
        let rows = self.observation.sequences * tokens.len();
        // A measure's own stream, by what it is, so that neither the arm nor the measures beside it change anything.
        let meaning = meaning(&(at_task, site, place, context, node, epochs));
        let order: Vec<u32> = (0..epochs as u64)
            .flat_map(|epoch| stream(self.corpus.seed, Role::Probe, &[meaning, step, 1 + epoch]).permutation(rows))
            .collect();
        let batch = self.corpus.training.batch * tokens.len();
        let mut init = |_: &str, count: usize| stream(self.corpus.seed, Role::Probe, &[meaning, 0]).normals(count);
        let fitted = LinearProbe::fit(&features, &targets, sizes, &Fit { batch, epochs, lr }, &order, &mut init)?;
        let features = self.features(network, (task, test), (site, context), &tokens)?;
        let targets: Vec<Vec<u32>> = told(test);
        Ok(fitted.score(&features, &targets)?.into_iter().map(|score| score.accuracy).collect())
    }

    fn features(
        &self,
        network: &Network,
        (task, drawn): (usize, &Sample),
        (site, context): (Site, Context),
        tokens: &[usize],
    ) -> Result<Vec<f32>> {
        let mut features = Vec::new();
        for chunk in Self::chunks(self.observation.sequences) {
            let at_task = &self.corpus.training.tasks[task];
            let batch: Batch = self.corpus.evaluation_batch(task, drawn, chunk, &at_task.predicted())?;
            let reading = Reading { site, positions: tokens };
            features.extend(network.read_all(&batch, context, &[reading])?.pop().unwrap_or_default());
        }
        Ok(features)
    }
}

/// The level of guessing, where a task declares none.
fn guess(task: &Task, score: Score) -> Option<f64> {
    (score == Score::Accuracy).then(|| 1.0 / task.classes as f64)
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Cross-entropy of a softmax, in nats, in f64.
fn cross_entropy(logits: &[f32], label: usize) -> f64 {
    let most = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits.iter().map(|&logit| libm::exp(f64::from(logit) - most)).sum();
    most + libm::log(sum) - f64::from(logits[label])
}
