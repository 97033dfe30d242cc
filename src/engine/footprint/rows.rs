//! Bytes of the embeddings that cells read, which all of them share.

use crate::data::ShapesSpec;
use crate::program::task::{Op, Scope, Task};
use crate::program::training::{Budget, MeasureKind, Observation, Training};

/// Draws of rows of one source.
struct Drawn<'a> {
    spec: &'a ShapesSpec,
    /// Sequences with the rows of each, by seed: arms of one seed draw the same rows, so that the most of them counts.
    train: Vec<(u64, f64)>,
    test: Vec<(u64, f64)>,
    /// Whether every training row is read.
    all: bool,
}

/// The embeddings of a study, as they are told of one cell after another.
#[derive(Default)]
pub struct Rows<'a> {
    sources: Vec<Drawn<'a>>,
}

impl<'a> Rows<'a> {
    /// Adds what a cell reads.
    pub fn add(&mut self, training: &'a Training, observation: &Observation, seed: u64) {
        if training.tasks.iter().all(|task| task.sources.is_empty()) {
            return;
        }
        let trained: Vec<usize> =
            training.stages.iter().flat_map(|stage| stage.train.iter().map(|(task, _)| *task)).collect();
        let drawn = training.steps().saturating_mul((training.batch * training.tokens()) as u64);
        let offered: usize = training.tasks.iter().flat_map(|task| &task.sources).map(crate::data::Source::rows).sum();
        let grows = trained.iter().any(|&task| !training.tasks[task].growth.is_empty());
        // As the corpus decides it.
        let all = drawn / 8 > offered as u64 || grows;
        let read = training.steps() * training.batch as u64;
        let on = observation.sequences as u64;
        for (place, task) in training.tasks.iter().enumerate() {
            let probed = observation.measures.iter().any(|measure| match measure.kind {
                MeasureKind::Probe { task, .. } | MeasureKind::Score { task, training: true, .. } => task == place,
                _ => false,
            });
            let scored = observation.measures.iter().any(|measure| measure.kind.task() == Some(place));
            let trains = trained.contains(&place);
            let sequences = match training.budget {
                Budget::Fresh => read.max(if probed { on } else { 0 }),
                Budget::Sequences(n) => {
                    let (read, on) = (read.min(n), if probed { on } else { 0 });
                    // Those of a probe are the first; a run visits them in an order of its own.
                    on + (read as f64 * (1.0 - (on as f64 / n as f64).min(1.0))) as u64
                }
            };
            for instance in task.instances() {
                for (source, spec) in instance.embedded() {
                    let each = rows(instance, source) as f64;
                    let known = self.source(spec);
                    known.all |= all && trains;
                    if trains || probed {
                        let sequences = if trains { sequences } else { on };
                        most(&mut known.train, seed, sequences as f64 * each);
                    }
                    if scored {
                        most(&mut known.test, seed, on as f64 * each);
                    }
                }
            }
        }
    }

    fn source(&mut self, spec: &'a ShapesSpec) -> &mut Drawn<'a> {
        let place = self.sources.iter().position(|known| known.spec == spec).unwrap_or_else(|| {
            self.sources.push(Drawn { spec, train: Vec::new(), test: Vec::new(), all: false });
            self.sources.len() - 1
        });
        &mut self.sources[place]
    }

    /// Bytes of all rows that are expected to be read, and of the table that finds them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let each = self.sources.iter().map(|source| {
            let rows = source.spec.rows();
            let held_out = rows / 5;
            let training = rows - held_out;
            let test = distinct(held_out, &source.test);
            let train = if source.all { training as f64 } else { distinct(training, &source.train) };
            let numbers = (test + train) * source.spec.width as f64;
            (numbers as u64 + rows as u64) * size_of::<f32>() as u64
        });
        each.sum()
    }
}

fn most(drawn: &mut Vec<(u64, f64)>, seed: u64, rows: f64) {
    // Seeds come in runs, so that the last is the likeliest.
    match drawn.iter_mut().rev().find(|(known, _)| *known == seed) {
        Some((_, known)) => *known = known.max(rows),
        None => drawn.push((seed, rows)),
    }
}

/// How many different rows out of so many are expected among draws.
fn distinct(rows: usize, drawn: &[(u64, f64)]) -> f64 {
    let draws: f64 = drawn.iter().map(|(_, draws)| draws).sum();
    rows as f64 * -(-draws / rows.max(1) as f64).exp_m1()
}

/// Rows of a source that a sequence draws.
fn rows(task: &Task, source: usize) -> usize {
    let each = task.nodes.iter().filter(|node| matches!(node.op, Op::Rows { source: of, .. } if of == source));
    each.map(|node| if node.scope == Scope::Example { task.length } else { 1 }).sum()
}
