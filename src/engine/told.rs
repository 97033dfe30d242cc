//! What read-out losses tell: their columns of the model's outputs, and the right answers in a batch.

use super::batch::{IGNORED, Targets, Term};
use super::program::Head;
use super::sampler::Sample;
use crate::program::model::Place;
use crate::program::task::{NodeId, Task};
use crate::program::training::{TermKind, Training};
use std::ops::Range;

/// One thing that a read-out loss tells.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The output of the model that tells it, and its columns there.
    pub output: usize,
    pub columns: Range<usize>,
    /// Whether it is a class, of as many as columns; else it is numbers.
    pub label: bool,
    pub place: &'a Place,
    /// By task, the node that holds it, and the place of its label or first number there.
    nodes: Vec<(usize, NodeId, usize)>,
}

/// What the loss of a stage tells, term after term: the task's own predictions are none of it.
#[must_use]
pub fn told(training: &Training, stage: usize) -> Vec<Told<'_>> {
    let known = places(training);
    let mut all = Vec::new();
    for term in training.loss_of(stage) {
        let Some((_, output, first)) = known.iter().find(|(kind, ..)| kind.same_reader(&term.kind)) else { continue };
        all.extend(told_by(training, &term.kind, *output, *first));
    }
    all
}

/// Every reader with its output of the model and its first column there.
fn places(training: &Training) -> Vec<(&TermKind, usize, usize)> {
    let (mut column, mut head) = (training.classes(), 0);
    let mut known = Vec::new();
    for kind in training.readers() {
        if let TermKind::Head { .. } = kind {
            head += 1;
            known.push((kind, head, 0));
        } else {
            known.push((kind, 0, column));
            column += kind.width();
        }
    }
    known
}

/// What one term tells.
fn told_by<'a>(training: &Training, kind: &'a TermKind, output: usize, mut column: usize) -> Vec<Told<'a>> {
    let mut all = Vec::new();
    match kind {
        TermKind::Icl => {}
        TermKind::Readout { nodes, sizes } => {
            for (at, &size) in sizes.iter().enumerate() {
                let columns = column..column + size;
                column = columns.end;
                let nodes = nodes.iter().map(|&(task, node)| (task, node, at)).collect();
                all.push(Told { output, columns, label: true, place: &Place::Input, nodes });
            }
        }
        TermKind::Head { nodes, place, .. } => {
            let Some((first, own)) = nodes.first() else { return all };
            for (which, &node) in own.iter().enumerate() {
                let node = &training.tasks[*first].nodes[node];
                let numbers = [node.shape.iter().product::<usize>().max(1)];
                let (label, widths) =
                    if node.labels.is_empty() { (false, &numbers[..]) } else { (true, &node.labels[..]) };
                for (at, &width) in widths.iter().enumerate() {
                    let columns = column..column + width;
                    column = columns.end;
                    let nodes = nodes.iter().map(|(task, nodes)| (*task, nodes[which], at)).collect();
                    all.push(Told { output, columns, label, place, nodes });
                }
            }
        }
    }
    all
}

/// The read-outs of their own that the losses ask for.
#[must_use]
pub fn heads(training: &Training) -> Vec<Head> {
    training.heads().map(|(outputs, site, context)| Head { outputs, site, context }).collect()
}

/// The terms of the loss of a stage at a time of the run and of the stage: a term's weight is shared by all that it tells.
#[must_use]
pub fn terms(training: &Training, stage: usize, time: u64, clock: u64) -> Vec<Term> {
    let known = places(training);
    let (mut targets, mut terms) = (0, Vec::new());
    for term in training.loss_of(stage) {
        let weight = term.weight.at(time, clock);
        if let TermKind::Icl = term.kind {
            terms.push(Term { weight, output: 0, columns: 0..training.classes(), targets: 0 });
            continue;
        }
        let Some((_, output, first)) = known.iter().find(|(kind, ..)| kind.same_reader(&term.kind)) else { continue };
        let told = told_by(training, &term.kind, *output, *first);
        let weight = weight / told.len() as f64;
        for told in told {
            targets += 1;
            terms.push(Term { weight, output: told.output, columns: told.columns, targets });
        }
    }
    terms
}

impl Told<'_> {
    /// The node of a task that holds it, and the place of its label or first number there; none of a task that it does not
    /// tell of.
    #[must_use]
    pub fn node(&self, task: usize) -> Option<(NodeId, usize)> {
        self.nodes.iter().find(|(of, ..)| *of == task).map(|&(_, node, at)| (node, at))
    }

    /// The right answers of some drawn sequences of a task, at tokens or predictions that tell of so many examples; none
    /// where they tell of no example of it.
    #[must_use]
    pub fn targets(&self, task: usize, drawn: &Sample, examples: &[Option<usize>]) -> Targets {
        let (_, node, at) = self.nodes.iter().find(|(of, ..)| *of == task).copied().unwrap_or_default();
        let values = drawn.of(node);
        let each = (0..drawn.sequences).flat_map(|sequence| examples.iter().map(move |example| (sequence, example)));
        if self.label {
            let label = |(sequence, example): (usize, &Option<usize>)| {
                example.map_or(IGNORED, |example| values.at(sequence, example)[at] as u32)
            };
            return Targets::Labels(each.map(label).collect());
        }
        let width = self.columns.len();
        let mut numbers = Vec::new();
        for (sequence, example) in each {
            match example {
                Some(example) => numbers.extend(values.at(sequence, *example).iter().map(|&value| value as f32)),
                None => numbers.extend(std::iter::repeat_n(f32::NAN, width)),
            }
        }
        Targets::Numbers { width, values: numbers }
    }
}

/// The examples that a place tells of.
#[must_use]
pub fn examples_of(place: &Place, task: &Task) -> Vec<usize> {
    if task.rendering.is_none() {
        return tokens_of(place, task).into_iter().map(|(_, example)| example).collect();
    }
    match place {
        Place::Target => task.predicted(),
        Place::Query => task.predicted().last().copied().into_iter().collect(),
        Place::Input | Place::Piece(_) => (0..task.length).collect(),
        Place::Position(_) | Place::Field(_) => Vec::new(),
    }
}

/// The tokens at which a place is read in a task where these are the same in every sequence, each with the example that it belongs to.
#[must_use]
pub fn tokens_of(place: &Place, task: &Task) -> Vec<(usize, usize)> {
    let examples = 0..task.length;
    match place {
        Place::Input => examples.map(|example| (task.input_at(example), example)).collect(),
        Place::Target => {
            let target = |example: usize| (task.read_at(example) + 1, example);
            task.predicted().into_iter().map(target).filter(|(token, _)| *token < task.tokens()).collect()
        }
        Place::Query => task.predicted().last().map(|&example| (task.read_at(example), example)).into_iter().collect(),
        &Place::Position(token) => {
            let example = examples.rev().find(|&example| task.input_at(example) <= token);
            example.filter(|_| token < task.tokens()).map(|example| (token, example)).into_iter().collect()
        }
        &Place::Piece(piece) => {
            examples.filter_map(|example| Some((task.piece_at(piece, example)?, example))).collect()
        }
        Place::Field(_) => Vec::new(),
    }
}
