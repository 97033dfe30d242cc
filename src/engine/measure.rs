//! Evaluations: scores of predictions and probes, on held-out sequences.

use super::batch::Batch;
use super::corpus::{Corpus, labels_of};
use super::error::{Error, Result};
use super::network::{Network, Reading};
use super::probe::{Fit, LinearProbe, first_largest};
use super::references::posterior;
use super::sampler::{Sample, Split};
use super::streams::{Role, meaning, stream};
use crate::program::model::{Context, Site};
use crate::program::task::{Reference, Task};
use crate::program::training::{Measure, MeasureKind, Observation, Position, Reader, Score};
use serde::{Deserialize, Serialize};

/// Sequences that are read at once. Fixed, so that the sums of an evaluation do not depend on anything else.
const AT_ONCE: usize = 32;

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
}

/// What a measure is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    /// P of a score, chance of a probe.
    pub blind: Option<f64>,
    /// F of a score.
    pub ideal: Option<f64>,
}

/// The held-out sequences of a cell, drawn once.
pub struct Evaluator<'a> {
    corpus: &'a Corpus<'a>,
    observation: &'a Observation,
    /// By task: held-out sequences, and the training sequences that probes are fitted on.
    drawn: Vec<(Option<Sample>, Option<Sample>)>,
}

impl<'a> Evaluator<'a> {
    /// Draws what the measures need.
    #[must_use]
    pub fn new(corpus: &'a Corpus<'a>, observation: &'a Observation) -> Self {
        let sequences: Vec<u64> = (0..observation.sequences as u64).collect();
        let mut drawn: Vec<(Option<Sample>, Option<Sample>)> =
            corpus.training.tasks.iter().map(|_| (None, None)).collect();
        for measure in &observation.measures {
            let (task, fits) = match measure.kind {
                MeasureKind::Score { task, .. } => (task, false),
                MeasureKind::Probe { task, .. } => (task, true),
                MeasureKind::Inside { .. } => continue,
            };
            drawn[task].0.get_or_insert_with(|| corpus.draw(task, Split::Test, &sequences));
            if fits {
                drawn[task].1.get_or_insert_with(|| corpus.draw(task, Split::Train, &sequences));
            }
        }
        Self { corpus, observation, drawn }
    }

    /// Measures everything at a step.
    ///
    /// # Errors
    /// What the network cannot do.
    pub fn evaluate(&self, network: &Network, step: u64, loss: Option<f64>) -> Result<Point> {
        let mut point = Point { step, loss, values: Vec::new(), parts: Vec::new() };
        let mut scored: Vec<Option<Vec<f32>>> = vec![None; self.drawn.len()];
        for measure in &self.observation.measures {
            let parts = match &measure.kind {
                MeasureKind::Score { task, score, at, .. } => {
                    if scored[*task].is_none() {
                        scored[*task] = Some(self.logits(network, *task)?);
                    }
                    let logits = scored[*task].as_deref().unwrap_or_default();
                    point.values.push(finite(self.score(logits, *task, *score, *at)));
                    Vec::new()
                }
                MeasureKind::Probe { .. } => {
                    let parts = self.probe(network, measure, step)?;
                    point.values.push(finite(parts.iter().sum::<f64>() / parts.len() as f64));
                    parts
                }
                MeasureKind::Inside { measure, .. } => return Err(Error::NotRun(format!("`{measure}`"))),
            };
            point.parts.push(parts);
        }
        Ok(point)
    }

    /// The levels of every measure, on the very sequences that it is evaluated on.
    #[must_use]
    pub fn levels(&self) -> Vec<Levels> {
        self.observation.measures.iter().map(|measure| self.levels_of(measure)).collect()
    }

    fn levels_of(&self, measure: &Measure) -> Levels {
        match &measure.kind {
            MeasureKind::Inside { .. } => Levels { blind: None, ideal: None },
            MeasureKind::Probe { task, nodes, .. } => {
                let at_task = &self.corpus.training.tasks[*task];
                let sizes: Vec<usize> = nodes.iter().flat_map(|&node| at_task.nodes[node].labels.clone()).collect();
                let chance = sizes.iter().map(|&size| 1.0 / size as f64).sum::<f64>() / sizes.len() as f64;
                Levels { blind: Some(chance), ideal: None }
            }
            MeasureKind::Score { task, score, at, .. } => {
                let at_task = &self.corpus.training.tasks[*task];
                Levels {
                    blind: self.level(*task, at_task.blind.as_ref(), *score, *at).or_else(|| guess(at_task, *score)),
                    ideal: self.level(*task, at_task.ideal.as_ref(), *score, *at),
                }
            }
        }
    }

    fn level(&self, task: usize, reference: Option<&Reference>, score: Score, at: Position) -> Option<f64> {
        match (reference?, score) {
            (Reference::Levels { accuracy, .. }, Score::Accuracy) => *accuracy,
            (Reference::Levels { loss, .. }, Score::CrossEntropy) => *loss,
            (Reference::Levels { .. } | Reference::Formula(_) | Reference::Predictor { .. }, _) => None,
            (Reference::Posterior, _) => {
                let at_task = &self.corpus.training.tasks[task];
                at_task.tractable().ok()?;
                let sequences: Vec<u64> = (0..self.observation.sequences as u64).collect();
                let by = posterior(at_task, self.corpus.rows(task), self.corpus.seed, Split::Test, &sequences);
                let values = if score == Score::Accuracy { by.accuracy } else { by.loss };
                Some(match at {
                    Position::All => values.iter().sum::<f64>() / values.len() as f64,
                    Position::Last => values.last().copied()?,
                    Position::Index(place) => values.get(place).copied()?,
                })
            }
        }
    }

    fn chunks(sequences: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        (0..sequences).step_by(AT_ONCE).map(move |first| first..(first + AT_ONCE).min(sequences))
    }

    fn logits(&self, network: &Network, task: usize) -> Result<Vec<f32>> {
        let Some(drawn) = &self.drawn[task].0 else { return Ok(Vec::new()) };
        let mut logits = Vec::new();
        for chunk in Self::chunks(self.observation.sequences) {
            logits.extend(network.logits(&self.corpus.evaluation_batch(task, drawn, chunk))?);
        }
        Ok(logits)
    }

    fn score(&self, logits: &[f32], task: usize, score: Score, at: Position) -> f64 {
        let at_task = &self.corpus.training.tasks[task];
        let Some(drawn) = &self.drawn[task].0 else { return f64::NAN };
        let truth = labels_of(at_task, drawn, at_task.target, 0);
        let outputs = self.corpus.training.outputs();
        let scored = |place: usize| match at {
            Position::All => true,
            Position::Last => place % at_task.length == at_task.length - 1,
            Position::Index(index) => place % at_task.length == index,
        };
        let each = logits.chunks(outputs).zip(&truth).enumerate().filter(|(place, _)| scored(*place)).map(
            |(_, (row, label))| {
                let row = &row[..at_task.classes];
                match score {
                    Score::Accuracy => f64::from(u8::from(first_largest(row) == *label as usize)),
                    Score::CrossEntropy => cross_entropy(row, *label as usize),
                    Score::SquaredError | Score::Progress => f64::NAN,
                }
            },
        );
        let (sum, count) = each.fold((0.0, 0u64), |(sum, count), value| (sum + value, count + 1));
        if logits.iter().all(|logit| logit.is_finite()) { sum / count as f64 } else { f64::NAN }
    }

    /// A probe's score for each of its targets: fitted anew on training sequences, scored on held-out ones.
    fn probe(&self, network: &Network, measure: &Measure, step: u64) -> Result<Vec<f64>> {
        let MeasureKind::Probe { task, site, context, ref nodes, reader: Reader::Linear { epochs, lr }, .. } =
            measure.kind
        else {
            return Err(Error::NotRun(format!("the reader of `{}`", measure.name)));
        };
        let &[node] = nodes.as_slice() else { return Err(Error::NotRun(format!("the targets of `{}`", measure.name))) };
        let at_task = &self.corpus.training.tasks[task];
        let sizes = &at_task.nodes[node].labels;
        let (Some(test), Some(train)) = (&self.drawn[task].0, &self.drawn[task].1) else { return Ok(Vec::new()) };
        let features = self.features(network, task, train, site, context)?;
        let targets: Vec<Vec<u32>> = (0..sizes.len()).map(|label| labels_of(at_task, train, node, label)).collect();
        let rows = self.observation.sequences * at_task.length;
        // A measure's own stream, by what it is, so that neither the arm nor the measures beside it change anything.
        let meaning = meaning(&(at_task, site, context, node, epochs));
        let order: Vec<u32> = (0..epochs as u64)
            .flat_map(|epoch| stream(self.corpus.seed, Role::Probe, &[meaning, step, 1 + epoch]).permutation(rows))
            .collect();
        let batch = self.corpus.training.batch * at_task.length;
        let mut init = |_: &str, count: usize| stream(self.corpus.seed, Role::Probe, &[meaning, 0]).normals(count);
        let fitted = LinearProbe::fit(&features, &targets, sizes, &Fit { batch, epochs, lr }, &order, &mut init)?;
        let features = self.features(network, task, test, site, context)?;
        let targets: Vec<Vec<u32>> = (0..sizes.len()).map(|label| labels_of(at_task, test, node, label)).collect();
        Ok(fitted.score(&features, &targets)?.into_iter().map(|score| score.accuracy).collect())
    }

    fn features(
        &self,
        network: &Network,
        task: usize,
        drawn: &Sample,
        site: Site,
        context: Context,
    ) -> Result<Vec<f32>> {
        let mut features = Vec::new();
        for chunk in Self::chunks(self.observation.sequences) {
            let batch: Batch = self.corpus.evaluation_batch(task, drawn, chunk);
            let reading = Reading { site, positions: &batch.read_at };
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
