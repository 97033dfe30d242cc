//! The sampler: runs a task's graph for a batch of sequences, node by node over whole arrays.
//!
//! Every draw takes its numbers from a stream under (seed, role, sequence, the draw's place in its task), one position
//! after the other, so that neither the batch, nor the order of lines, nor the arguments of the task change them. What
//! is drawn once a run, and the elements of pools, come from streams that no sequence enters.

pub(super) mod attributes;
mod batch;
mod chain;
pub(super) mod condition;
mod element;
mod embedding;
mod fault;
mod functions;
pub(super) mod laws;
pub(super) mod made;
pub(super) mod offered;
pub(super) mod order;
mod room;
pub(super) mod same;
pub(super) mod texts;
mod values;

pub use fault::Fault;
pub use functions::Function;
pub use laws::{Ready, zipf_weights};
pub use values::{Numbers, Values};

use super::memory;
use super::streams::{Role, stream};
use super::texts::Text;
use crate::data::{Embeddings, ShapesSpec};
use crate::program::task::{Node, NodeId, Op, Scope, Task};
use batch::Batch;
use condition::{Condition, asking};
use embedding::Lookup;
use laws::Place;
use made::{Drawn, Made, gather};
use offered::Offered;
use order::{Group, groups};
use room::Room;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Which rows of its data sources a batch may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Training rows, training streams.
    Train,
    /// Held-out rows, held-out streams; a row is never in both.
    Test,
}

impl Split {
    /// The role of its streams.
    pub(super) fn role(self) -> Role {
        match self {
            Self::Train => Role::Train,
            Self::Test => Role::Test,
        }
    }
}

/// Everything drawn for some sequences of a task.
#[derive(Clone, Debug)]
pub struct Sample {
    /// One entry a node, empty where it is the same in every sequence or another node's; an embedding that nothing is
    /// computed from holds its row.
    values: Vec<Values>,
    known: Arc<Vec<Values>>,
    same: Arc<Vec<NodeId>>,
    /// Where the values go when they are no longer needed.
    room: Arc<Room>,
    /// How many sequences there are.
    pub sequences: usize,
    /// The tokens of texts whose words are cut; the sampler knows words alone, and leaves it to the corpus.
    pub text: Option<Arc<Text>>,
}

impl Drop for Sample {
    fn drop(&mut self) {
        self.room.give(std::mem::take(&mut self.values));
    }
}

impl Sample {
    /// What a node holds.
    #[must_use]
    pub fn of(&self, node: NodeId) -> &Values {
        self.numbers().get(node)
    }

    /// What all nodes hold.
    #[must_use]
    pub fn numbers(&self) -> Numbers<'_> {
        Numbers { known: &self.known, drawn: &self.values, same: &self.same }
    }
}

/// The rows that each data source offers, and their embeddings.
pub struct Rows {
    splits: Vec<crate::data::Split>,
    /// None where a source has no embeddings.
    lookups: Vec<Option<Arc<Lookup>>>,
}

impl Rows {
    /// The rows of every source of a task, split as the source splits them. Embeddings that a task computes with are
    /// made when they are asked for.
    #[must_use]
    pub fn of(task: &Task) -> Self {
        Self::embedded(task, |_| None, None)
    }

    /// The same with embeddings that are in memory already, and a folder where those of earlier runs lie.
    #[must_use]
    pub fn embedded(task: &Task, held: impl Fn(&ShapesSpec) -> Option<Arc<Embeddings>>, cache: Option<&Path>) -> Self {
        let lookup = |spec: &ShapesSpec| Arc::new(Lookup::new(spec, held(spec), cache.map(Path::to_path_buf)));
        Self {
            splits: task.sources.iter().map(crate::data::Source::split).collect(),
            lookups: task.sources.iter().map(|source| source.shapes().map(lookup)).collect(),
        }
    }

    /// Some rows of every source in place of all of them, for who looks at sizes alone.
    #[must_use]
    pub fn few(task: &Task) -> Self {
        /// Enough for the examples of a sequence, and for a fifth of them to be held out.
        const FEW: usize = 4096;
        let few = |source: &crate::data::Source| crate::data::Split::of(source.rows().min(FEW) as u32);
        let lookup = |spec: &ShapesSpec| Arc::new(Lookup::new(spec, None, None));
        Self {
            splits: task.sources.iter().map(few).collect(),
            lookups: task.sources.iter().map(|source| source.shapes().map(lookup)).collect(),
        }
    }

    fn lookup(&self, source: usize) -> Option<Arc<Lookup>> {
        self.lookups.get(source)?.clone()
    }

    fn get(&self, source: usize, split: Split) -> &[u32] {
        match split {
            Split::Train => self.splits[source].training_rows(),
            Split::Test => self.splits[source].held_out_rows(),
        }
    }
}

/// A task ready to be sampled under one seed.
pub struct Sampler<'t> {
    pub task: &'t Task,
    pub(super) seed: u64,
    /// The role of what is drawn once a run.
    pub(super) run: Role,
    pub(super) made: Vec<Made>,
    pub(super) groups: Vec<Group>,
    /// Values that are the same in every sequence; empty for the others.
    pub(super) known: Arc<Vec<Values>>,
    /// Which node holds the values of each: itself, but for lines that change nothing.
    same: Arc<Vec<NodeId>>,
    /// The nodes that ask about a candidate row.
    pub(super) asks: Vec<bool>,
    room: Arc<Room>,
}

impl<'t> Sampler<'t> {
    /// Prepares a task: looks its functions up, draws what is drawn once a run.
    ///
    /// # Errors
    /// What this version does not sample, and draws of the run that cannot be made.
    pub fn new(task: &'t Task, rows: &Rows, seed: u64) -> Result<Self, Fault> {
        // Batches are as large as a step's arrays, and as many.
        memory::keep_freed();
        let mut sampler = Self {
            task,
            seed,
            run: if task.fresh { Role::Fresh } else { Role::Run },
            made: Vec::with_capacity(task.nodes.len()),
            groups: groups(&task.nodes),
            known: Arc::new(Vec::new()),
            same: Arc::new(Vec::new()),
            asks: Vec::new(),
            room: Arc::default(),
        };
        for id in 0..task.nodes.len() {
            let made = Made::of(task, id, rows);
            let made = made.ok_or_else(|| Fault { node: id, what: "is not sampled by this version".into() })?;
            sampler.made.push(made);
        }
        sampler.asks = asking(&sampler);
        let mut known = vec![Values::default(); task.nodes.len()];
        let asks = sampler.asks.clone();
        let fixed = |id: &NodeId| task.nodes[*id].scope == Scope::Run && !asks[*id];
        for id in sampler.groups.iter().flat_map(|group| group.nodes.clone()).filter(fixed).collect::<Vec<_>>() {
            known[id] = sampler.once_a_run(id, &known).map_err(|fault| Fault { node: id, ..fault })?;
            sampler.made[id] = Made::Known;
        }
        let mut same: Vec<NodeId> = (0..task.nodes.len()).collect();
        for &id in sampler.groups.iter().filter(|group| !group.recurrent).flat_map(|group| &group.nodes) {
            if let Some(holder) = same::same(&task.nodes, id, &sampler.made[id], &known) {
                same[id] = same[holder];
            }
        }
        (sampler.known, sampler.same) = (Arc::new(known), Arc::new(same));
        sampler.choose()?;
        Ok(sampler)
    }

    /// Numbers that a sample holds of each sequence.
    #[must_use]
    pub fn held(&self) -> usize {
        let own = |&id: &NodeId| !matches!(self.made[id], Made::Known) && self.same[id] == id && !self.asks[id];
        let each = (0..self.task.nodes.len()).filter(own).map(|id| {
            let node = &self.task.nodes[id];
            let repeats = if node.scope == Scope::Example { self.task.length } else { 1 };
            repeats * if matches!(self.made[id], Made::Row(_)) { 1 } else { width(node) }
        });
        each.sum()
    }

    /// Keeps the rows for which a condition holds that is the same in every sequence; looks others up.
    fn choose(&mut self) -> Result<(), Fault> {
        for id in 0..self.task.nodes.len() {
            let Op::Rows { only: Some(asked), .. } = self.task.nodes[id].op else { continue };
            let condition = Condition::of(self, asked);
            let Made::Rows { train, test, .. } = &self.made[id] else { continue };
            if !condition.fixed() {
                if let Made::Rows { only, .. } = &mut self.made[id] {
                    *only = Some(condition);
                }
                continue;
            }
            let of = |rows: &Offered| {
                let held = condition.of_these(self, self.fixed(), (0, 0), &rows.all())?;
                let none = Fault { node: id, what: "has no row for which its condition holds".into() };
                if held.is_empty() { Err(none) } else { Ok(Offered::of(&held)) }
            };
            let (training, held_out) = (of(train)?, of(test)?);
            if let Made::Rows { train, test, .. } = &mut self.made[id] {
                (*train, *test) = (training, held_out);
            }
        }
        Ok(())
    }

    /// The nodes that one is computed from.
    pub(super) fn needs(&self, id: NodeId) -> Vec<NodeId> {
        match &self.made[id] {
            Made::Gather { table, indices } => {
                std::iter::once(*table).chain(indices.iter().map(|axis| axis.index)).collect()
            }
            _ => self.task.nodes[id].op.needs(),
        }
    }

    /// A value that is the same in every sequence.
    fn once_a_run(&self, id: NodeId, known: &[Values]) -> Result<Values, Fault> {
        let node = &self.task.nodes[id];
        let values = Numbers { known, drawn: &[], same: &[] };
        let mut out = Values::zeros(1, 1, width(node));
        match (&node.op, &self.made[id]) {
            (Op::Constant(value), _) => out.data[0] = *value as f64,
            (Op::Numbers(numbers), _) => out.data.clone_from(numbers),
            (_, Made::Draw(drawn)) => {
                let place = Place { values, sequence: 0, position: 0 };
                drawn.law.draw(place, &mut stream(self.seed, self.run, &[key(node, id)]), &mut out.data)?;
            }
            _ => self.compute(id, values, &mut out, 0..1)?,
        }
        Ok(out)
    }

    /// The value of one element of a draw's pool.
    ///
    /// # Errors
    /// Arguments that make no distribution.
    pub fn pool_element(&self, id: NodeId, element: u64) -> Result<Vec<f64>, Fault> {
        let node = &self.task.nodes[id];
        let mut out = vec![0.0; width(node)];
        if let Made::Draw(drawn) = &self.made[id] {
            let place = Place { values: self.fixed(), sequence: 0, position: 0 };
            self.element(drawn, key(node, id), element, place, &mut out)?;
        }
        Ok(out)
    }

    /// Which element of its pool a draw of a sequence picks; none where it is not from a pool.
    #[must_use]
    pub fn picked(&self, id: NodeId, split: Split, sequence: u64) -> Option<u64> {
        let Made::Draw(drawn) = &self.made[id] else { return None };
        let key = key(&self.task.nodes[id], id);
        Some(drawn.pool.as_ref()?.pick(&mut stream(self.seed, split.role(), &[sequence, key])))
    }

    /// What is known before any sequence, alone.
    fn fixed(&self) -> Numbers<'_> {
        Numbers { known: &self.known, drawn: &[], same: &[] }
    }

    fn element(&self, drawn: &Drawn, key: u64, element: u64, place: Place<'_>, out: &mut [f64]) -> Result<(), Fault> {
        let draw = |element: u64, out: &mut [f64]| {
            drawn.law.draw(place, &mut stream(self.seed, self.run, &[key, element]), out)
        };
        match drawn.pool.as_ref().and_then(|pool| pool.kept.as_ref()) {
            Some(kept) => kept.write(element as usize, out, draw),
            None => draw(element, out),
        }
    }

    /// Draws the sequences with the given numbers.
    ///
    /// # Errors
    /// A line that cannot be computed: no distribution, a label out of its range.
    pub fn sample(&self, split: Split, sequences: &[u64]) -> Result<Sample, Fault> {
        self.sample_only(split, sequences, |_| true)
    }

    /// Draws the rows of data sources alone, with what they need.
    ///
    /// # Errors
    /// As [`Sampler::sample`].
    pub fn sample_rows(&self, split: Split, sequences: &[u64]) -> Result<Sample, Fault> {
        let mut wanted = vec![false; self.task.nodes.len()];
        let mut ahead: Vec<NodeId> = Vec::new();
        ahead.extend((0..wanted.len()).filter(|&id| matches!(self.made[id], Made::Rows { .. })));
        while let Some(id) = ahead.pop() {
            if !std::mem::replace(&mut wanted[id], true) {
                ahead.extend(self.needs(id));
                if let Op::Previous { of } = self.task.nodes[id].op {
                    ahead.push(of);
                }
            }
        }
        self.sample_only(split, sequences, |id| wanted[id])
    }

    fn sample_only(&self, split: Split, sequences: &[u64], wanted: impl Fn(NodeId) -> bool) -> Result<Sample, Fault> {
        let values = vec![Values::default(); self.task.nodes.len()];
        let mut batch = Batch { sampler: self, split, sequences, values, room: self.room.take(), streams: Vec::new() };
        for group in self.groups.iter().filter(|group| group.nodes.iter().any(|&id| wanted(id))) {
            batch.group(group)?;
        }
        let (known, same) = (Arc::clone(&self.known), Arc::clone(&self.same));
        let (room, sequences) = (Arc::clone(&self.room), sequences.len());
        Ok(Sample { values: batch.values, known, same, room, sequences, text: None })
    }

    /// Computes what is no draw, for some positions; operands must be known there.
    ///
    /// # Errors
    /// A label out of its range.
    pub fn compute(
        &self,
        id: NodeId,
        values: Numbers<'_>,
        out: &mut Values,
        positions: Range<usize>,
    ) -> Result<(), Fault> {
        let node = &self.task.nodes[id];
        let fault = |fault: Fault| Fault { node: id, ..fault };
        match (&self.made[id], &node.op) {
            (Made::Function(function), Op::Apply { args, .. }) => {
                function.run(node, args, values, out, positions).map_err(fault)?;
            }
            (Made::Index, _) => each(out, positions, |out, _, position| out[0] = position as f64),
            (Made::Attributes(attributes), Op::Attributes { row }) => {
                let rows = &values[*row];
                let size = |values: &Values| (values.sequences, values.repeats);
                if rows.shared.is_none() && size(rows) == size(out) && positions == (0..out.repeats) {
                    attributes.write(&rows.data, &mut out.data);
                } else {
                    each(out, positions, |out, sequence, position| attributes.write(rows.at(sequence, position), out));
                }
            }
            (Made::Labels(labels), Op::Attributes { row }) => labels.write(&values[*row], out, positions),
            (Made::Texts(texts), op) => texts.write(op, values, out, positions).map_err(fault)?,
            (Made::Embedding(lookup), Op::Embedding { row }) => {
                lookup.write(&values[*row], out, positions).map_err(fault)?;
            }
            (Made::Row(_), Op::Embedding { row }) => {
                let rows = &values[*row];
                each(out, positions, |out, sequence, position| out[0] = rows.at(sequence, position)[0]);
            }
            (Made::Gather { table, indices }, _) => {
                gather(values, *table, indices, out, positions).map_err(fault)?;
            }
            (Made::Previous, Op::Previous { of }) => {
                let of = &values[*of];
                each(out, positions, |out, sequence, position| {
                    match position.checked_sub(1) {
                        Some(before) => copy(out, of.at(sequence, before)),
                        // What a draw with a start makes of the first position does not look at it.
                        None => out.fill(0.0),
                    }
                });
            }
            _ => {}
        }
        Ok(())
    }

    /// What the model reads at every position of a sequence as numbers, `[length, width]`: of a row its embedding.
    ///
    /// # Errors
    /// Embeddings of the user's that cannot be read.
    pub fn input(&self, drawn: &Sample, sequence: usize) -> Result<Vec<f64>, Fault> {
        let (input, length) = (self.task.input, self.task.length);
        let values = drawn.of(input);
        let positions = || (0..length).flat_map(|position| values.at(sequence, position).iter().copied());
        let Made::Row(lookup) = &self.made[input] else { return Ok(positions().collect()) };
        let rows = Values { sequences: 1, repeats: length, width: 1, data: positions().collect(), shared: None };
        let mut out = Values::zeros(1, length, width(&self.task.nodes[input]));
        lookup.write(&rows, &mut out, 0..length).map_err(|fault| Fault { node: input, ..fault })?;
        Ok(out.data)
    }

    /// How likely each label of a draw is, where that is the same in every sequence.
    #[must_use]
    pub fn prior(&self, id: NodeId, labels: usize) -> Option<Vec<f64>> {
        let Made::Draw(drawn) = &self.made[id] else { return None };
        let fixed = self.task.nodes[id].op.needs().iter().all(|&need| matches!(self.made[need], Made::Known));
        if !fixed {
            return None;
        }
        drawn.law.prior(self.fixed(), labels)
    }

    /// What a node is computed from: nodes that depend on some others, in the order in which they are computed, and
    /// nodes that do not, as few as will do.
    #[must_use]
    pub fn cone(&self, node: NodeId, on: &[NodeId]) -> Cone {
        let order: Vec<NodeId> = self.groups.iter().flat_map(|group| &group.nodes).copied().collect();
        let mut depends = vec![false; self.task.nodes.len()];
        for &id in &order {
            // A row is drawn, whatever its condition asks about.
            let drawn = matches!(self.made[id], Made::Rows { .. });
            depends[id] = on.contains(&id) || !drawn && self.needs(id).iter().any(|&need| depends[need]);
        }
        let mut wanted = vec![false; self.task.nodes.len()];
        let mut ahead = vec![node];
        while let Some(id) = ahead.pop() {
            if !std::mem::replace(&mut wanted[id], true) && depends[id] && !on.contains(&id) {
                ahead.extend(self.needs(id));
            }
        }
        let of = |kept: &dyn Fn(NodeId) -> bool| order.iter().copied().filter(|&id| wanted[id] && kept(id)).collect();
        Cone {
            computed: of(&|id| depends[id] && !on.contains(&id)),
            given: of(&|id| !depends[id] && !matches!(self.made[id], Made::Known)),
        }
    }
}

/// What a node is computed from.
pub struct Cone {
    pub computed: Vec<NodeId>,
    pub given: Vec<NodeId>,
}

/// Copies one value; most are a few numbers, for which a call to copy memory would take longer.
#[inline]
fn copy(out: &mut [f64], from: &[f64]) {
    match (out, from) {
        ([a], [x]) => *a = *x,
        ([a, b], [x, y]) => (*a, *b) = (*x, *y),
        ([a, b, c], [x, y, z]) => (*a, *b, *c) = (*x, *y, *z),
        (out, from) => out.copy_from_slice(from),
    }
}

#[inline]
fn each(out: &mut Values, positions: Range<usize>, mut f: impl FnMut(&mut [f64], usize, usize)) {
    for sequence in 0..out.sequences {
        let (start, step) = out.line(sequence);
        for position in positions.clone() {
            let from = start + position * step;
            f(&mut out.data[from..from + out.width], sequence, position);
        }
    }
}

/// Numbers in one value of a node.
pub(super) fn width(node: &Node) -> usize {
    node.shape.iter().product()
}

/// What a draw's streams are keyed by: its line's place in the task as written.
pub(super) fn key(node: &Node, id: NodeId) -> u64 {
    node.draw.unwrap_or(id as u64)
}

/// Draws the sequences with the given numbers.
///
/// # Errors
/// As [`Sampler::new`] and [`Sampler::sample`].
pub fn sample(task: &Task, rows: &Rows, seed: u64, split: Split, sequences: &[u64]) -> Result<Sample, Fault> {
    Sampler::new(task, rows, seed)?.sample(split, sequences)
}
