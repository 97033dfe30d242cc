//! The data of one cell: its tasks with their samplers and embeddings, assembled into batches of tokens.

use super::batch::{self, Batch, IGNORED, Targets};
use super::error::{Error, Result};
use super::intervene::{Changing, in_force};
use super::itinerary::{Itinerary, Step};
use super::outline::{self, Outline};
use super::sampler::{Rows, Sample, Sampler, Split};
use super::texts::{self, Part, Text, text_of};
use super::told::{Told, told};
use crate::data::{Embeddings, ShapesSpec};
use crate::program::task::{Form, Op, Task};
use crate::program::training::{Change, MeasureKind, Observation, Training};
use crate::program::vocabulary::Slot;
use std::ops::Range;
use std::sync::Arc;

/// A task with what is needed to draw it.
struct Source<'a> {
    /// Of the task itself, which evaluations are of.
    sampler: Sampler<'a>,
    /// Of the instances that it grows through.
    growth: Vec<Sampler<'a>>,
    input: Input,
}

/// How the input of a task becomes the numbers of a token.
enum Input {
    /// The embedding of a row.
    Embedding(Arc<Embeddings>),
    /// A label, as a one-hot vector.
    Label,
    /// Numbers as they are.
    Numbers,
}

/// The data of one cell.
pub struct Corpus<'a> {
    pub training: &'a Training,
    pub seed: u64,
    sources: Vec<Source<'a>>,
    width: usize,
    /// Whether every token of every task is a label.
    labels: bool,
}

impl<'a> Corpus<'a> {
    /// The data of a cell; `embeddings` gives those of each source in [`rows_used`], with every row there in memory.
    ///
    /// # Errors
    /// A task that cannot be sampled.
    pub fn new(training: &'a Training, seed: u64, embeddings: impl Fn(&ShapesSpec) -> Arc<Embeddings>) -> Result<Self> {
        let sampler = |task: &'a Task| {
            let held = |spec: &ShapesSpec| task.embedded().any(|(_, known)| known == spec).then(|| embeddings(spec));
            sampler(task, &Rows::embedded(task, held, None), seed)
        };
        let sources = training.tasks.iter().map(|task| {
            let input = match task.input_source() {
                Some(source) => Input::Embedding(embeddings(source)),
                None if task.reads_label() || matches!(task.form, Form::Text { .. }) => Input::Label,
                None => Input::Numbers,
            };
            let growth = task.growth.iter().map(|grown| sampler(&grown.task)).collect::<Result<_>>()?;
            Ok(Source { sampler: sampler(task)?, growth, input })
        });
        let sources: Vec<Source<'_>> = sources.collect::<Result<_>>()?;
        Ok(Self { training, seed, sources, width: training.token_width(), labels: outline::labels(training) })
    }

    /// Draws sequences of a task.
    ///
    /// # Errors
    /// A line of the task that cannot be computed.
    pub fn draw(&self, task: usize, split: Split, sequences: &[u64]) -> Result<Sample> {
        let task = &self.sources[task].sampler;
        with_text(task.task, task.sample(split, sequences).map_err(|fault| Error::Draw(fault.said(task.task)))?)
    }

    /// The sampler of the instance that a task has grown into.
    #[must_use]
    pub fn instance(&self, task: usize, clock: u64) -> &Sampler<'a> {
        let own = &self.sources[task];
        own.growth.get(self.training.tasks[task].grown(clock)).unwrap_or(&own.sampler)
    }

    /// The embeddings that tokens of a task are of.
    #[must_use]
    pub fn embeddings(&self, task: usize) -> Option<&Arc<Embeddings>> {
        if let Input::Embedding(embeddings) = &self.sources[task].input { Some(embeddings) } else { None }
    }

    /// The sampler of a task.
    #[must_use]
    pub fn sampler(&self, task: usize) -> &Sampler<'a> {
        &self.sources[task].sampler
    }

    /// The batch of a training step, the number of which counts from 0, with the targets of the loss terms of its stage:
    /// first the task's own, then those of each read-out, label by label.
    ///
    /// # Errors
    /// A line of a task that cannot be computed.
    pub fn training_batch(&self, step: &Step, number: u64) -> Result<Batch> {
        let clock = self.training.clock(number);
        let told = self.training.stage_of(number).map(|stage| told(self.training, stage)).unwrap_or_default();
        let mut parts = Vec::new();
        for (task, sequences) in step.iter().filter(|(_, sequences)| !sequences.is_empty()) {
            let own = &self.sources[*task];
            let sampler = self.instance(*task, clock);
            let at = sampler.task;
            let drawn = sampler.sample(Split::Train, sequences).map_err(|fault| Error::Draw(fault.said(at)))?;
            let drawn = with_text(at, drawn)?;
            parts.push((*task, at, &own.input, drawn, outline::positions(at, &told)));
        }
        let cued = in_force(&self.training.interventions, number).into_iter().any(Change::matches);
        if parts.iter().any(|(_, at, ..)| at.rendering.is_some()) {
            let texts = parts.iter().map(|(place, task, _, drawn, positions)| Part {
                place: *place,
                task,
                drawn,
                sequences: 0..drawn.sequences,
                positions,
            });
            return self.text_batch(&texts.collect::<Vec<_>>(), &told, cued);
        }
        // Of tasks of different lengths each sequence is as long as the longest; what lies behind its end does not count.
        let outline = Outline::of(&parts.iter().map(|(_, at, ..)| *at).collect::<Vec<_>>(), &told);
        let Outline { tokens, read_at, heads_at } = outline.clone();
        let mut batch = Batch { tokens, input: self.empty(), read_at, heads_at, ..Batch::default() };
        for (task, at, input, drawn, positions) in &parts {
            self.append(&mut batch, at, input, drawn, 0..drawn.sequences, positions)?;
            if cued {
                cue(&mut batch, at, drawn, 0..drawn.sequences)?;
            }
            for (place, of) in told.iter().enumerate() {
                let examples = outline.examples(at, of, &told);
                add(&mut batch, place + 1, of.targets(*task, drawn, &examples))?;
            }
        }
        Ok(batch)
    }

    /// The batch of a training step on texts whose words are cut. It is padded to a multiple, so that few passes need a plan
    /// of their own.
    fn text_batch(&self, parts: &[Part<'_>], told: &[Told<'_>], cued: bool) -> Result<Batch> {
        const MULTIPLE: usize = 16;
        let longest = parts.iter().map(|part| Ok(text_of(part.drawn)?.longest())).collect::<Result<Vec<usize>>>()?;
        let longest = longest.into_iter().max().unwrap_or(0);
        let tokens = longest.next_multiple_of(MULTIPLE).min(self.training.tokens()).max(longest);
        let mut batch = texts::batch(parts, told, tokens)?;
        for part in parts.iter().filter(|_| cued) {
            cue(&mut batch, part.task, part.drawn, part.sequences.clone())?;
        }
        Ok(batch)
    }

    /// A batch of some drawn sequences of a task, its own target alone, predicted at some positions.
    ///
    /// # Errors
    /// Never for positions of the task.
    pub fn evaluation_batch(
        &self,
        task: usize,
        drawn: &Sample,
        sequences: Range<usize>,
        positions: &[usize],
    ) -> Result<Batch> {
        let own = &self.sources[task];
        let at = own.sampler.task;
        if at.rendering.is_some() {
            // As long as the longest of all, whichever are looked at together.
            let tokens = text_of(drawn)?.longest();
            return texts::batch(&[Part { place: task, task: at, drawn, sequences, positions }], &[], tokens);
        }
        let read_at = positions.iter().map(|&position| at.read_at(position)).collect();
        let mut batch = Batch { tokens: at.tokens(), input: self.empty(), read_at, ..Batch::default() };
        self.append(&mut batch, at, &own.input, drawn, sequences, positions)?;
        Ok(batch)
    }

    /// Sequences of an evaluation for [`Changing`], predicted at some positions.
    pub fn made<'b>(
        &'b self,
        changing: &'b Changing<'_>,
        (task, drawn): (usize, &'b Sample),
        positions: &'b [usize],
    ) -> impl Fn(Range<usize>) -> Result<Batch> + 'b {
        move |chunk| {
            let mut batch = self.evaluation_batch(task, drawn, chunk.clone(), positions)?;
            if changing.matches() {
                cue(&mut batch, &self.training.tasks[task], drawn, chunk)?;
            }
            Ok(batch)
        }
    }

    fn empty(&self) -> batch::Input {
        if self.labels { batch::Input::Labels(Vec::new()) } else { batch::Input::Dense(Vec::new()) }
    }

    /// Adds sequences as x1, y1, x2, y2, ..., or token by token; where some tokens are no labels, those that are become
    /// one-hot vectors in the same space.
    fn append(
        &self,
        batch: &mut Batch,
        at: &Task,
        input: &Input,
        drawn: &Sample,
        sequences: Range<usize>,
        positions: &[usize],
    ) -> Result<()> {
        batch.sequences += sequences.len();
        // As much as is needed and no more, since these are the largest arrays of a step.
        let tokens = sequences.len() * batch.tokens;
        match &mut batch.input {
            batch::Input::Labels(labels) => labels.reserve_exact(tokens),
            batch::Input::Dense(values) => values.reserve_exact(tokens * self.width),
        }
        let counted = outline::counted(&batch.read_at, at, positions);
        let target = drawn.of(at.target);
        let read = drawn.of(at.input_row().unwrap_or(at.input));
        let mut labels = Vec::new();
        let mut numbers = Vec::new();
        let slots = outline::slots(at)?;
        for sequence in sequences {
            for example in 0..at.length {
                if at.form == Form::Pairs {
                    self.token(batch, input, read.at(sequence, example));
                }
                for slot in &slots {
                    match slot {
                        Slot::Word(word) => self.token(batch, &Input::Label, &[f64::from(*word)]),
                        Slot::Field(node) => self.token(batch, &Input::Label, drawn.of(*node).at(sequence, example)),
                    }
                }
                if slots.is_empty() {
                    let kind = if at.real { &Input::Numbers } else { &Input::Label };
                    self.token(batch, kind, target.at(sequence, example));
                }
            }
            let behind = batch.tokens - at.tokens();
            match &mut batch.input {
                batch::Input::Labels(labels) => labels.resize(labels.len() + behind, 0),
                batch::Input::Dense(values) => values.resize(values.len() + behind * self.width, 0.0),
            }
            for place in &counted {
                match (at.real, place) {
                    (true, Some(place)) => {
                        numbers.extend(target.at(sequence, *place).iter().map(|value| *value as f32));
                    }
                    (true, None) => numbers.extend(std::iter::repeat_n(f32::NAN, at.classes)),
                    (false, Some(place)) => labels.push(target.label(sequence, *place)),
                    (false, None) => labels.push(IGNORED),
                }
            }
        }
        let targets =
            if at.real { Targets::Numbers { width: at.classes, values: numbers } } else { Targets::Labels(labels) };
        add(batch, 0, targets)
    }

    fn token(&self, batch: &mut Batch, input: &Input, value: &[f64]) {
        match &mut batch.input {
            batch::Input::Labels(labels) => labels.push(value[0] as u32),
            batch::Input::Dense(values) => {
                let start = values.len();
                values.resize(start + self.width, 0.0);
                input.write(value, &mut values[start..]);
            }
        }
    }
}

impl Input {
    fn write(&self, value: &[f64], out: &mut [f32]) {
        match self {
            Self::Embedding(embeddings) => {
                let embedding = embeddings.gather(value[0] as u32);
                out[..embedding.len()].copy_from_slice(embedding);
            }
            Self::Label => out[value[0] as usize] = 1.0,
            Self::Numbers => out.iter_mut().zip(value).for_each(|(out, value)| *out = *value as f32),
        }
    }
}

/// Notes for each token of some drawn sequences which label it looks for and which it answers: of examples, a prediction
/// looks for its own target and a target answers itself; of tokens, each looks for itself and answers the one before it.
///
/// # Errors
/// Texts without their tokens.
pub fn cue(batch: &mut Batch, at: &Task, drawn: &Sample, sequences: Range<usize>) -> Result<()> {
    if at.rendering.is_some() {
        return texts::cue(batch, at, drawn, sequences);
    }
    let target = drawn.of(at.target);
    for sequence in sequences {
        let first = batch.changes.cues.len();
        batch.changes.cues.resize(first + batch.tokens, [IGNORED; 2]);
        let cues = &mut batch.changes.cues[first..];
        if at.real {
            continue;
        }
        if at.form == Form::Tokens {
            for example in 0..at.length {
                let label = target.label(sequence, example);
                cues[example][0] = label;
                if let Some(next) = cues.get_mut(example + 1).filter(|_| example + 1 < at.length) {
                    next[1] = label;
                }
            }
        } else {
            for example in 0..at.length {
                let (token, label) = (at.read_at(example), target.label(sequence, example));
                cues[token][0] = label;
                if let Some(next) = cues.get_mut(token + 1) {
                    next[1] = label;
                }
            }
        }
    }
    Ok(())
}

/// Drawn sequences with their tokens, where words are cut.
fn with_text(task: &Task, mut drawn: Sample) -> Result<Sample> {
    drawn.text = Text::of(task, &drawn)?;
    Ok(drawn)
}

/// Adds targets behind those that a batch has.
pub(super) fn add(batch: &mut Batch, place: usize, targets: Targets) -> Result<()> {
    if batch.targets.len() <= place {
        batch.targets.push(targets);
        return Ok(());
    }
    match (&mut batch.targets[place], targets) {
        (Targets::Labels(known), Targets::Labels(more)) => known.extend(more),
        (Targets::Numbers { width, values }, Targets::Numbers { width: other, values: more }) if *width == other => {
            values.extend(more);
        }
        _ => return Err(Error::NotRun("a mixture of tasks with labels and with real targets".into())),
    }
    Ok(())
}

/// A task's sampler.
///
/// # Errors
/// What this version does not sample.
pub fn sampler<'t>(task: &'t Task, rows: &Rows, seed: u64) -> Result<Sampler<'t>> {
    Sampler::new(task, rows, seed).map_err(|fault| Error::Draw(fault.said(task)))
}

/// One label of a node for every sequence and each of some examples, `[sequences x examples]`.
#[must_use]
pub fn labels_of(drawn: &Sample, node: usize, label: usize, examples: &[usize]) -> Vec<u32> {
    let values = drawn.of(node);
    let each = (0..drawn.sequences).flat_map(|sequence| examples.iter().map(move |&example| (sequence, example)));
    each.map(|(sequence, example)| values.at(sequence, example)[label] as u32).collect()
}

/// The rows that a cell reads of each source whose embeddings it uses: those of its training steps and of its
/// evaluations, in ascending order.
///
/// # Errors
/// A task that cannot be sampled.
pub fn rows_used(training: &Training, observation: &Observation, seed: u64) -> Result<Vec<(ShapesSpec, Vec<u32>)>> {
    let samplers =
        training.tasks.iter().map(|task| sampler(task, &Rows::of(task), seed)).collect::<Result<Vec<_>>>()?;
    let mut used = Used::default();
    let note = |used: &mut Used, task: usize, split: Split, sequences: &[u64]| -> Result<()> {
        let at = &training.tasks[task];
        let embedded: Vec<(usize, &ShapesSpec)> = at.embedded().collect();
        if embedded.is_empty() {
            return Ok(());
        }
        let drawn = samplers[task].sample_rows(split, sequences);
        let drawn = drawn.map_err(|fault| Error::Draw(fault.said(at)))?;
        for (id, node) in at.nodes.iter().enumerate() {
            let Op::Rows { source, .. } = node.op else { continue };
            if let Some((_, spec)) = embedded.iter().find(|(known, _)| *known == source) {
                used.rows(spec).extend(drawn.of(id).data.iter().map(|row| *row as u32));
            }
        }
        Ok(())
    };
    let trained: Vec<usize> =
        training.stages.iter().flat_map(|stage| stage.train.iter().map(|(task, _)| *task)).collect();
    let drawn = training.steps().saturating_mul((training.batch * training.tokens()) as u64);
    let offered: usize = training.tasks.iter().flat_map(|task| &task.sources).map(crate::data::Source::rows).sum();
    let grows = trained.iter().any(|&task| !training.tasks[task].growth.is_empty());
    let guarded = training.stages.iter().any(|stage| stage.guard.is_some());
    if drawn / 8 > offered as u64 || grows || guarded {
        // So many draws leave next to no row out; naming all of them costs less than drawing. Where a guard decides when
        // a stage ends, nobody knows which rows come next.
        for task in trained.iter().flat_map(|&task| training.tasks[task].instances()) {
            for (_, spec) in task.embedded() {
                used.rows(spec).extend(spec.split().training_rows());
            }
        }
    } else {
        let mut itinerary = Itinerary::new(training, seed);
        for _ in 0..training.steps() {
            for (task, sequences) in itinerary.advance() {
                note(&mut used, task, Split::Train, &sequences)?;
            }
        }
    }
    let evaluated: Vec<u64> = (0..observation.sequences as u64).collect();
    for measure in &observation.measures {
        match measure.kind {
            MeasureKind::Score { task, training: true, .. } => note(&mut used, task, Split::Train, &evaluated)?,
            MeasureKind::Score { task, .. }
            | MeasureKind::Distance { task, .. }
            | MeasureKind::Inside { task: Some(task), .. } => {
                note(&mut used, task, Split::Test, &evaluated)?;
            }
            MeasureKind::Inside { task: None, .. } => {}
            MeasureKind::Probe { task, .. } => {
                note(&mut used, task, Split::Test, &evaluated)?;
                note(&mut used, task, Split::Train, &evaluated)?;
            }
        }
    }
    // A task that no measure asks for and no stage trains is sampled all the same.
    training.tasks.iter().flat_map(Task::instances).flat_map(Task::embedded).for_each(|(_, spec)| {
        used.rows(spec);
    });
    for (_, rows) in &mut used.0 {
        rows.sort_unstable();
        rows.dedup();
    }
    Ok(used.0)
}

/// Rows by their source.
#[derive(Default)]
struct Used(Vec<(ShapesSpec, Vec<u32>)>);

impl Used {
    fn rows(&mut self, of: &ShapesSpec) -> &mut Vec<u32> {
        let place = self.0.iter().position(|(spec, _)| spec == of).unwrap_or_else(|| {
            self.0.push((of.clone(), Vec::new()));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }
}
