//! How much memory cells need at their peak, told before anything is trained: what stands as long as a cell runs (weights,
//! held-out sequences), what its threads work in, and the most that comes and goes.
//!
//! Buffers of the fast engine are counted as its own layout and plans give them. What grows while it is filled counts
//! with the half that it was copied from; what is freed is kept by the allocator, and used anew where it fits.

pub mod card;
mod changed;
pub mod rows;
pub mod samples;

use super::batch::{Batch, Read};
use super::compile::compile;
use super::error::Result;
use super::fast::rooms::Rooms;
use super::measure::{AT_ONCE, few};
use super::network::Reading;
use super::outline::{self, Outline};
use super::program::{Interface, Kind, Program, Rows as Kept};
use super::told::{examples_of, heads, terms, tokens_of, told};
use crate::program::model::{Context, Model, Site, Sublayer};
use crate::program::task::Task;
use crate::program::training::{Measure, MeasureKind, Observation, Position, Reader, Training, Width};
use samples::Samples;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bytes of the process itself: the program's code and tables, and a checked study.
pub const PROCESS: u64 = 14_500_000;
/// Bytes of the process while it draws figures, after the cells have ended: from 59 MB for two figures to 71 MB for three.
pub const REPORT: u64 = 65_000_000;

/// Bytes that a cell needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Cells with the same model, batches and passes of evaluations have the same number here.
    pub shape: usize,
    /// Parameters, moments, transposes, and the gradients of every lane.
    pub weights: u64,
    /// What one thread runs a few sequences in.
    pub arena: u64,
    /// The most threads that can share a step.
    pub lanes: usize,
    /// Held-out sequences, those that probes are fitted on, pools, and the sequences of a step.
    pub samples: u64,
    /// A batch, of training or of an evaluation.
    pub batch: u64,
    /// The largest of what comes and goes: an evaluation, the computation of levels, a checkpoint.
    pub passing: u64,
}

impl Footprint {
    /// All of it, where so many threads share the cell.
    #[must_use]
    pub fn bytes(&self, threads: usize) -> u64 {
        self.weights
            + self.samples
            + self.batch
            + self.passing
            + self.arena * threads.clamp(1, self.lanes.max(1)) as u64
    }
}

/// Bytes of a process that runs cells, as many at once as there are jobs, with the embeddings that they share.
#[must_use]
pub fn of_study(cells: &[Footprint], jobs: usize, embeddings: u64, figures: bool) -> u64 {
    let jobs = jobs.max(1);
    let together = jobs.min(cells.len()).max(1);
    // A thread without a cell helps another.
    let threads = jobs.div_ceil(together);
    let mut each: Vec<(u64, u64)> = cells.iter().map(|cell| (cell.bytes(threads), cell.passing)).collect();
    each.sort_unstable_by(|a, b| b.cmp(a));
    // What comes and goes is seldom at its largest in all cells at once, and one takes up the room of another.
    let apart: u64 = each.iter().take(together).skip(1).map(|(_, passing)| passing / 4).sum();
    let run = PROCESS + embeddings + each.iter().take(together).map(|(bytes, _)| bytes).sum::<u64>() - apart;
    run.max(if figures { REPORT } else { PROCESS })
}

/// Tells footprints; what the engine takes is told once for each shape of a cell, which most cells of a study share.
#[derive(Default)]
pub struct Footprints {
    known: Vec<(Shape, Taken)>,
    samples: Samples,
}

/// What the memory of the engine follows from.
#[derive(Clone, Debug, PartialEq)]
struct Shape {
    model: Model,
    interface: Interface,
    width: Width,
    /// Batches of training without their numbers, each with the outputs that its loss reads.
    steps: Vec<(Batch, Vec<usize>)>,
    looks: Vec<Look>,
}

/// A pass of an evaluation.
#[derive(Clone, Debug, PartialEq)]
struct Look {
    tokens: usize,
    sequences: usize,
    read: Vec<usize>,
    /// So many tokens that differ from sequence to sequence, instead.
    each: usize,
    /// Of a probe.
    site: Option<(Site, Context)>,
}

/// What the engine takes.
#[derive(Clone, Copy, Debug)]
struct Taken {
    weights: u64,
    arena: u64,
    lanes: usize,
    parameters: u64,
}

impl Footprints {
    /// The footprint of a cell, on the fast engine unless its numbers are wider.
    ///
    /// # Errors
    /// A model that cannot be compiled, or a site that it lacks.
    pub fn of(&mut self, training: &Training, observation: &Observation) -> Result<Footprint> {
        let shape = shape(training, observation);
        let found = self.known.iter().rposition(|(known, _)| *known == shape);
        let place = match found {
            Some(place) => place,
            None => {
                let taken = take(&shape)?;
                self.known.push((shape, taken));
                self.known.len() - 1
            }
        };
        let taken = self.known[place].1;
        let on = observation.sequences as u64;
        let scored = |task: usize| {
            observation.measures.iter().any(|measure| measure.kind.task() == Some(task))
                || observation.by_position.as_ref().is_some_and(|asked| asked.task == task)
        };
        let probed = |task: usize| {
            observation.measures.iter().any(|measure| match measure.kind {
                MeasureKind::Probe { task: of, .. } | MeasureKind::Score { task: of, training: true, .. } => of == task,
                _ => false,
            })
        };
        let (mut samples, mut levels) = (0, 0);
        for (place, task) in training.tasks.iter().enumerate() {
            let held = on * u64::from(scored(place)) + on * u64::from(probed(place));
            samples += self.samples.drawn(task, held) + task.instances().map(samples::pools).sum::<u64>();
            if held > 0 {
                levels = levels.max(samples::levels(task, on));
            }
        }
        samples += foretold(training, observation);
        let batch = training.batch as u64;
        let steps = training.tasks.iter().flat_map(Task::instances).map(|task| self.samples.drawn(task, batch));
        samples += steps.max().unwrap_or(0);
        let evaluation = observation.measures.iter().map(|measure| fitted(training, measure, on)).max().unwrap_or(0)
            + outputs(training, observation, on);
        // Three numbers a parameter: as they are known, in f64, as they are kept, and as the bytes of a file, before and
        // after these stand together.
        let checkpoint = 3 * 16 * taken.parameters;
        Ok(Footprint {
            shape: place,
            weights: taken.weights,
            arena: taken.arena,
            lanes: taken.lanes,
            samples,
            batch: batches(training, on) + changed::bytes(training, observation),
            passing: evaluation.max(levels).max(checkpoint),
        })
    }
}

/// Bytes of an array that grew to its size by doubling: itself, and what it was copied from last.
fn grown(count: u64, each: u64) -> u64 {
    count * each + count.next_power_of_two() / 2 * each
}

/// Bytes of the largest batch.
fn batches(training: &Training, on: u64) -> u64 {
    let sequences = (training.batch as u64).max((AT_ONCE as u64).min(on));
    let labels = outline::labels(training);
    let tokens = sequences * training.tokens() as u64;
    tokens * 4 * if labels { 1 } else { training.token_width() as u64 }
}

/// Bytes of what references predict, for as many measures as compare with them.
fn foretold(training: &Training, observation: &Observation) -> u64 {
    let each = observation.measures.iter().filter_map(|measure| match measure.kind {
        MeasureKind::Distance { task, .. } => Some(&training.tasks[task]),
        _ => None,
    });
    each.map(|task| 8 * (observation.sequences * task.scored().len() * task.outcomes()) as u64).sum()
}

/// Bytes of the read-outs of every task that is scored.
fn outputs(training: &Training, observation: &Observation, on: u64) -> u64 {
    let scored: BTreeSet<usize> = (observation.measures.iter())
        .filter_map(|measure| match measure.kind {
            MeasureKind::Score { task, .. } | MeasureKind::Distance { task, .. } => Some(task),
            _ => None,
        })
        .collect();
    let rows = scored.into_iter().map(|task| {
        let task = &training.tasks[task];
        let positions = task.scored().len();
        match task.rendering {
            None => grown(on * positions as u64, 4 * training.outputs() as u64),
            // Words are judged a few sequences at a time.
            Some(_) => {
                let each = task.predictions(positions) * training.outputs();
                let most = few(on as usize, each).next().map_or(0, |chunk| chunk.len());
                4 * (most * each) as u64 + grown(on * positions as u64, 16)
            }
        }
    });
    rows.sum()
}

/// Bytes that fitting and scoring a probe takes.
fn fitted(training: &Training, measure: &Measure, on: u64) -> u64 {
    let MeasureKind::Probe { task, site, place, nodes, reader, .. } = &measure.kind else { return 0 };
    let task = &training.tasks[*task];
    let cut = task.rendering.is_some();
    let tokens = examples_of(place, task).len() as u64;
    let rows = on * tokens;
    // Bytes of a row's targets, and the outputs that tell them.
    let (mut told, mut outputs) = (0, 0);
    for node in nodes.iter().map(|&node| &task.nodes[node]) {
        let numbers = node.shape.iter().product::<usize>().max(1);
        let labels = node.labels.len();
        told += if labels > 0 { 4 * labels } else { 8 * numbers } as u64;
        outputs += if labels > 0 { node.labels.iter().sum() } else { numbers } as u64;
    }
    let sites = if *site == Site::Everywhere { training.model.layers() as u64 + 1 } else { 1 };
    let width = match site {
        Site::Pattern(..) => task.tokens() as u64,
        _ => training.model.width as u64,
    };
    let at_once = if cut {
        few(on as usize, task.tokens() * (sites * width) as usize).next().map_or(0, |chunk| chunk.len() as u64)
    } else {
        (AT_ONCE as u64).min(on)
    };
    // Of texts whose words are cut every token is read.
    let read = if cut { task.tokens() as u64 } else { tokens };
    let passing = at_once * (4 * read * sites * width + 2 * 8 * tokens * outputs);
    let fitted = match reader {
        // All features stand while they are fitted; order and shuffled targets beside them.
        Reader::Linear { .. } | Reader::Logistic { .. } => sites * grown(rows, 4 * width),
        Reader::Ridge { .. } => sites * 8 * width * (width + 2 * outputs),
        Reader::Centroid => sites * 8 * width * 2 * outputs,
    };
    // The control has targets of its own, and held-out ones come while those of training stand.
    passing + fitted + 3 * rows * told + 4 * rows
}

/// What surrounds the model of a cell.
#[must_use]
pub fn interface(training: &Training) -> Interface {
    Interface {
        input: training.token_width(),
        tokens: training.tokens(),
        outputs: training.outputs(),
        heads: heads(training),
    }
}

/// What the memory of the engine follows from.
fn shape(training: &Training, observation: &Observation) -> Shape {
    let mut steps: Vec<(Batch, Vec<usize>)> = Vec::new();
    for (place, stage) in training.stages.iter().enumerate() {
        let tasks: Vec<&Task> = stage.train.iter().flat_map(|(task, _)| training.tasks[*task].instances()).collect();
        let mut read: Vec<usize> = terms(training, place, 0, 0).iter().map(|term| term.output).collect();
        read.sort_unstable();
        read.dedup();
        let step = (step(training, place, &tasks), read);
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    let sequences = observation.sequences.min(AT_ONCE);
    let mut looks: Vec<Look> = Vec::new();
    for measure in &observation.measures {
        let look = match &measure.kind {
            MeasureKind::Score { task, at, .. } => {
                let task = &training.tasks[*task];
                let mut positions = task.scored();
                if let Position::Index(place) = at
                    && !positions.contains(place)
                {
                    positions.push(*place);
                }
                scored(task, &positions, sequences)
            }
            MeasureKind::Probe { task, site, place, context, .. } => {
                let task = &training.tasks[*task];
                let read = match task.rendering {
                    None => tokens_of(place, task).into_iter().map(|(token, _)| token).collect(),
                    // Every token is read, and those that are wanted are chosen of them.
                    Some(_) => (0..task.tokens()).collect(),
                };
                // The last of all sites stands for them.
                let site = if *site == Site::Everywhere { Site::Residual(training.model.layers()) } else { *site };
                Look { tokens: task.tokens(), sequences, read, each: 0, site: Some((site, *context)) }
            }
            MeasureKind::Distance { task, .. } => {
                let task = &training.tasks[*task];
                scored(task, &task.scored(), sequences)
            }
            MeasureKind::Inside { .. } => continue,
        };
        if !looks.contains(&look) {
            looks.push(look);
        }
    }
    Shape {
        model: training.model.clone(),
        interface: interface(training),
        width: training.numerics.width,
        steps,
        looks,
    }
}

/// A pass that reads the predictions of some positions of a task.
fn scored(task: &Task, positions: &[usize], sequences: usize) -> Look {
    let tokens = task.tokens();
    if task.rendering.is_some() {
        return Look { tokens, sequences, read: Vec::new(), each: task.predictions(positions.len()), site: None };
    }
    let read = positions.iter().map(|&position| task.read_at(position)).collect();
    Look { tokens, sequences, read, each: 0, site: None }
}

/// The batch of a step of a stage, as the corpus makes it of these tasks, without numbers.
fn step(training: &Training, stage: usize, tasks: &[&Task]) -> Batch {
    let told = told(training, stage);
    let Outline { tokens, read_at, heads_at } = Outline::of(tasks, &told);
    if tasks.iter().any(|task| task.rendering.is_some()) {
        let reads = tasks.iter().map(|task| task.predictions(task.scored().len())).max().unwrap_or(0);
        let heads = told.iter().map(|told| told.output).max().unwrap_or(0);
        let most = |place| tasks.iter().map(|task| examples_of(place, task).len()).max().unwrap_or(0);
        let head = |head| told.iter().find(|told| told.output == head).map_or(0, |told| most(told.place));
        let each = std::iter::once(reads).chain((1..=heads).map(head));
        let each_at = each.map(|count| vec![0; training.batch * count]).collect();
        let changes = changed::places(&training.interventions);
        return Batch { sequences: training.batch, tokens, each_at, changes, ..Batch::default() };
    }
    let changes = changed::places(&training.interventions);
    Batch { sequences: training.batch, tokens, read_at, heads_at, changes, ..Batch::default() }
}

fn take(shape: &Shape) -> Result<Taken> {
    let program = Arc::new(compile(&shape.model, &shape.interface)?);
    let parameters = program.parameter_count() as u64;
    if shape.width == Width::F64 {
        return Ok(plainly(&program, shape, parameters));
    }
    let rooms = Rooms::new(&program);
    let (mut arena, mut lanes) = (0, 1);
    for (batch, read) in &shape.steps {
        let (shared, room) = rooms.training(batch, read)?;
        (arena, lanes) = (arena.max(room), lanes.max(shared));
    }
    for look in &shape.looks {
        let room = match look.site {
            None if look.each > 0 => rooms.outputs(look.sequences, look.tokens, Read::Each(look.each, &[])),
            None => rooms.outputs(look.sequences, look.tokens, Read::Shared(&look.read)),
            Some((site, context)) => {
                let reading = Reading { site, positions: &look.read };
                rooms.reading(look.sequences, look.tokens, context, &reading)?
            }
        };
        arena = arena.max(room);
    }
    let gradients = if shape.steps.is_empty() { 0 } else { rooms.lane() * lanes as u64 };
    Ok(Taken { weights: rooms.weights() + gradients, arena, lanes, parameters })
}

/// Predictions of a sequence of a batch.
fn reads(batch: &Batch) -> usize {
    let each = batch.each_at.first().map_or(0, |each| each.len() / batch.sequences.max(1));
    batch.read_at.len().max(each)
}

/// The plain engine keeps every value of a batch, and in training its gradient.
fn plainly(program: &Program, shape: &Shape, parameters: u64) -> Taken {
    /// How often a value stands in memory, about: the operations of the library that make one of the program's.
    const LOOKING: u64 = 4;
    const TRAINING: u64 = 6;
    let number = match shape.width {
        Width::F32 => 4,
        Width::F64 => 8,
    };
    let heads = shape.model.blocks.iter().map(|block| match block {
        Sublayer::Attention { heads, .. } => *heads,
        Sublayer::Mlp { .. } => 0,
    });
    let heads: usize = heads.sum();
    let values = |sequences: usize, tokens: usize, read: usize| -> u64 {
        let listing = program.listing(Context::Full);
        let each = listing.operations.iter().filter(|operation| !matches!(operation.kind, Kind::Project { .. }));
        let each = each.map(|operation| match listing.rows[operation.output] {
            Kept::All => tokens * listing.widths[operation.output],
            Kept::Kept | Kept::Read(_) => read * listing.widths[operation.output],
        });
        let input = tokens * listing.widths[0];
        (sequences * (input + each.sum::<usize>() + heads * tokens * tokens)) as u64
    };
    let steps = (shape.steps.iter()).map(|(batch, _)| TRAINING * values(batch.sequences, batch.tokens, reads(batch)));
    let looks =
        shape.looks.iter().map(|look| LOOKING * values(look.sequences, look.tokens, look.read.len().max(look.each)));
    let largest = steps.chain(looks).max().unwrap_or(0);
    Taken { weights: 6 * number * parameters, arena: number * largest, lanes: 1, parameters }
}
