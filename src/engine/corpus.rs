//! The data of one cell: its tasks with their rows and embeddings, assembled into batches of dense tokens.

use super::batch::Batch;
use super::itinerary::{Itinerary, Step};
use super::sampler::{Rows, Sample, Split, sample};
use crate::data::Embeddings;
use crate::program::task::{Op, Scope, Task};
use crate::program::training::{MeasureKind, Observation, TermKind, Training};
use std::sync::Arc;

/// A task with what is needed to draw it.
struct Source {
    rows: Rows,
    embeddings: Arc<Embeddings>,
}

/// The data of one cell.
pub struct Corpus<'a> {
    pub training: &'a Training,
    pub seed: u64,
    sources: Vec<Source>,
    width: usize,
}

impl<'a> Corpus<'a> {
    /// The data of a cell; `embeddings` gives those of each task, with every row of [`rows_used`] in memory.
    pub fn new(training: &'a Training, seed: u64, embeddings: impl Fn(&Task) -> Arc<Embeddings>) -> Self {
        let sources = training.tasks.iter().map(|task| Source { rows: Rows::of(task), embeddings: embeddings(task) });
        Self { training, seed, sources: sources.collect(), width: training.token_width() }
    }

    /// Draws sequences of a task.
    #[must_use]
    pub fn draw(&self, task: usize, split: Split, sequences: &[u64]) -> Sample {
        sample(&self.training.tasks[task], &self.sources[task].rows, self.seed, split, sequences)
    }

    /// The rows of a task's sources.
    #[must_use]
    pub fn rows(&self, task: usize) -> &Rows {
        &self.sources[task].rows
    }

    /// The batch of a training step, with the targets of the loss terms: first the task's own, then those of each
    /// read-out, label by label.
    #[must_use]
    pub fn training_batch(&self, step: &Step) -> Batch {
        let mut batch = Batch::default();
        for (task, sequences) in step {
            let drawn = self.draw(*task, Split::Train, sequences);
            self.append(&mut batch, *task, &drawn, 0..sequences.len());
            let mut place = 1;
            for term in &self.training.loss {
                let TermKind::Readout { nodes, sizes } = &term.kind else { continue };
                let node = nodes.iter().find(|(at, _)| at == task).map_or(0, |(_, node)| *node);
                for label in 0..sizes.len() {
                    self.labels(&mut batch.targets, place, *task, &drawn, node, label);
                    place += 1;
                }
            }
        }
        batch
    }

    fn labels(
        &self,
        targets: &mut Vec<Vec<u32>>,
        place: usize,
        task: usize,
        drawn: &Sample,
        node: usize,
        label: usize,
    ) {
        if targets.len() <= place {
            targets.resize(place + 1, Vec::new());
        }
        targets[place].extend(labels_of(&self.training.tasks[task], drawn, node, label));
    }

    /// A batch of some drawn sequences of a task, its own target alone.
    #[must_use]
    pub fn evaluation_batch(&self, task: usize, drawn: &Sample, sequences: std::ops::Range<usize>) -> Batch {
        let mut batch = Batch::default();
        self.append(&mut batch, task, drawn, sequences);
        batch
    }

    /// Adds sequences as x1, y1, x2, y2, ...: embeddings, then one-hot labels in the same space.
    fn append(&self, batch: &mut Batch, task: usize, drawn: &Sample, sequences: std::ops::Range<usize>) {
        let at = &self.training.tasks[task];
        let source = &self.sources[task];
        batch.tokens = at.tokens();
        batch.read_at = (0..at.length).map(|example| 2 * example).collect();
        if batch.targets.is_empty() {
            batch.targets.push(Vec::new());
        }
        batch.sequences += sequences.len();
        for sequence in sequences {
            for example in 0..at.length {
                let row = drawn.values[at.input].at(sequence, example)[0];
                let label = drawn.values[at.target].at(sequence, example)[0];
                let embedding = source.embeddings.gather(row);
                batch.input.extend_from_slice(embedding);
                let padding = self.width - embedding.len();
                batch.input.resize(batch.input.len() + padding, 0.0);
                let token = batch.input.len();
                batch.input.resize(token + self.width, 0.0);
                batch.input[token + label as usize] = 1.0;
                batch.targets[0].push(label);
            }
        }
    }
}

/// One label of a node for every sequence and example, `[sequences x length]`.
#[must_use]
pub fn labels_of(task: &Task, drawn: &Sample, node: usize, label: usize) -> Vec<u32> {
    let values = &drawn.values[node];
    let width: usize = values.inner.iter().product();
    let sequences = values.data.len() / (values.repeats * width);
    let each = (0..sequences).flat_map(|sequence| (0..task.length).map(move |example| (sequence, example)));
    each.map(|(sequence, example)| values.at(sequence, example)[label]).collect()
}

/// The rows that a cell reads of each task's source: those of its training steps and of its evaluations.
#[must_use]
pub fn rows_used(training: &Training, observation: &Observation, seed: u64) -> Vec<Vec<u32>> {
    let rows: Vec<Rows> = training.tasks.iter().map(Rows::of).collect();
    let mut used: Vec<Vec<u32>> = vec![Vec::new(); training.tasks.len()];
    let note = |used: &mut Vec<Vec<u32>>, task: usize, split: Split, sequences: &[u64]| {
        let at = &training.tasks[task];
        let only_rows = row_graph(at);
        let drawn = sample(&only_rows, &rows[task], seed, split, sequences);
        for (node, values) in only_rows.nodes.iter().zip(&drawn.values) {
            if matches!(node.op, Op::Rows { .. }) {
                used[task].extend(&values.data);
            }
        }
    };
    let drawn = training.steps().saturating_mul((training.batch * training.tokens()) as u64);
    let offered: usize = training.tasks.iter().flat_map(|task| &task.sources).map(crate::data::Source::rows).sum();
    if drawn / 8 > offered as u64 {
        // So many draws leave next to no row out; naming all of them costs less than drawing.
        for task in training.stages.iter().flat_map(|stage| stage.train.iter().map(|(task, _)| *task)) {
            used[task]
                .extend(training.tasks[task].sources.iter().flat_map(|source| source.split().training_rows().to_vec()));
        }
    } else {
        let mut itinerary = Itinerary::new(training, seed);
        for _ in 0..training.steps() {
            for (task, sequences) in itinerary.advance() {
                note(&mut used, task, Split::Train, &sequences);
            }
        }
    }
    let evaluated: Vec<u64> = (0..observation.sequences as u64).collect();
    for measure in &observation.measures {
        match measure.kind {
            MeasureKind::Score { task, .. } => note(&mut used, task, Split::Test, &evaluated),
            MeasureKind::Inside { .. } => {}
            MeasureKind::Probe { task, .. } => {
                note(&mut used, task, Split::Test, &evaluated);
                note(&mut used, task, Split::Train, &evaluated);
            }
        }
    }
    for rows in &mut used {
        rows.sort_unstable();
        rows.dedup();
    }
    used
}

/// The task with all but its rows made trivial: node places, and so streams, stay as they are.
fn row_graph(task: &Task) -> Task {
    let mut rows = task.clone();
    for node in &mut rows.nodes {
        if !matches!(node.op, Op::Rows { .. }) {
            node.op = Op::Constant(0);
            node.scope = Scope::Run;
        }
    }
    rows
}
