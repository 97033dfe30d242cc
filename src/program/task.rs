//! A resolved task: a small dataflow graph that the sampler runs over whole batches.
//!
//! Nodes stand in canonical order (depth first from the target, then the input, then what else a measure asks for),
//! so that neither the names nor the order of lines in a file reach the random numbers or a cell's identity.

use crate::data::{ShapesSpec, Source};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::rendering::Rendering;
use super::vocabulary::{Vocabulary, tokens};

pub use super::graph::{First, Law, Node, NodeId, Op, Pool, Scope};

/// One instance of a task, every argument a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub sources: Vec<Source>,
    pub nodes: Vec<Node>,
    #[serde(default, skip_serializing_if = "Form::pairs")]
    pub form: Form,
    /// (input, target) pairs, or tokens, in a sequence.
    pub length: usize,
    /// What is read of an example; of a task of tokens, the token.
    pub input: NodeId,
    /// What is predicted; of a task of tokens, the token too.
    pub target: NodeId,
    /// Numbers that the model reads of an input: the width of a vector, or the labels of a one-hot label.
    #[serde(default, skip_serializing)]
    pub input_width: usize,
    /// Width of the read-out: the size of the target's label space, or of a real target.
    pub classes: usize,
    /// Whether the target is real, so that the loss is the squared error; else it is cross-entropy over labels.
    #[serde(default, skip_serializing_if = "no")]
    pub real: bool,
    #[serde(default, skip_serializing_if = "Scored::all")]
    pub score: Scored,
    pub blind: Option<Reference>,
    pub ideal: Option<Reference>,
    /// Levels between them, of a staircase.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plateaus: Vec<Reference>,
    /// Whether pools and per-run values are drawn anew, as `fresh(task)` asks.
    #[serde(default, skip_serializing_if = "no")]
    pub fresh: bool,
    /// Where arguments change over a stage: the instances on the way, the first at its entry. The task itself is the
    /// last of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub growth: Vec<Grown>,
    /// Every name that the author gave, for probes; a name changes no result and is kept out of identities.
    #[serde(skip)]
    pub names: BTreeMap<String, NodeId>,
    /// The words of its text; empty where it shows none. Under the tokenizer of a table each is a token.
    #[serde(skip)]
    pub vocabulary: Vocabulary,
    /// How its text becomes tokens, under a tokenizer that cuts words.
    #[serde(skip)]
    pub rendering: Option<Rendering>,
    /// How messages call this instance: `shapes.classify(maps: 1)`.
    #[serde(skip)]
    pub title: String,
}

/// What of a task reaches the weights that are trained on it: all but the levels that it is compared with. Serialized in
/// place of the task where only that counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Process<'a> {
    sources: &'a [Source],
    nodes: &'a [Node],
    #[serde(skip_serializing_if = "is_pairs")]
    form: &'a Form,
    length: usize,
    input: NodeId,
    target: NodeId,
    classes: usize,
    #[serde(skip_serializing_if = "no")]
    real: bool,
    #[serde(skip_serializing_if = "Scored::all")]
    score: Scored,
    #[serde(skip_serializing_if = "no")]
    fresh: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    growth: Vec<(u64, Process<'a>)>,
}

impl<'a> Process<'a> {
    /// That of a task.
    #[must_use]
    pub fn of(task: &'a Task) -> Self {
        Self {
            sources: &task.sources,
            nodes: &task.nodes,
            form: &task.form,
            length: task.length,
            input: task.input,
            target: task.target,
            classes: task.classes,
            real: task.real,
            score: task.score,
            fresh: task.fresh,
            growth: task.growth.iter().map(|grown| (grown.from, Self::of(&grown.task))).collect(),
        }
    }
}

fn is_pairs(form: &&Form) -> bool {
    form.pairs()
}

/// An instance of a task that grows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grown {
    /// From this step of the stage on.
    pub from: u64,
    pub task: Task,
}

fn no(value: &bool) -> bool {
    !value
}

/// What a sequence is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// x1, y1, x2, y2, ...; the prediction of y is read at its x.
    #[default]
    Pairs,
    /// Labels one after the other; each is predicted from those before it.
    Tokens,
    /// Examples written as text and cut into tokens.
    Text { pieces: Vec<Piece> },
}

/// A piece of the text of an example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    Literal(String),
    /// What a node holds, as text; `column` names a column of a row.
    Field {
        node: NodeId,
        column: Option<String>,
        /// As written; no part of an identity.
        #[serde(skip)]
        name: String,
    },
}

impl Form {
    fn pairs(&self) -> bool {
        *self == Self::Pairs
    }
}

/// Which predictions count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scored {
    #[default]
    All,
    Last,
    /// Those made for positions of at least this, from 0.
    From(usize),
}

impl Scored {
    fn all(&self) -> bool {
        *self == Self::All
    }
}

/// A level of performance that a task declares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Known values, in nats and as a share.
    Levels { loss: Option<f64>, accuracy: Option<f64> },
    /// The exact posterior over the task's finite latents.
    Posterior,
    /// A formula for the loss that depends on the position.
    Formula(NodeId),
    /// A predictor of the registry with its numbers, evaluated where the metric is.
    Predictor { name: String, args: Vec<f64>, of: Option<NodeId> },
}

impl Task {
    /// The place in [`Task::growth`] of the instance at a step of the stage; 0 where it does not grow.
    #[must_use]
    pub fn grown(&self, clock: u64) -> usize {
        self.growth.partition_point(|grown| grown.from <= clock).saturating_sub(1)
    }

    /// Every instance of it: itself, or those that it grows through.
    pub fn instances(&self) -> impl Iterator<Item = &Self> {
        let own = self.growth.is_empty().then_some(self);
        own.into_iter().chain(self.growth.iter().map(|grown| &grown.task))
    }

    /// Tokens the model reads of a sequence: x1, y1, x2, y2, ...; or the tokens themselves. A text is counted with one
    /// token a field, a word and a line end, as the tokenizer of a table cuts it; under another tokenizer, the most that
    /// a sequence can have.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.rendering.as_ref().map_or(self.length * self.each(), |rendering| rendering.most)
    }

    /// Tokens of a sequence in the mean.
    #[must_use]
    pub fn usual_tokens(&self) -> usize {
        self.rendering.as_ref().map_or_else(|| self.tokens(), |rendering| rendering.usual)
    }

    /// Predictions of a sequence at so many positions: one each, or under a tokenizer that cuts words one a token of the
    /// field that counts, at most.
    #[must_use]
    pub fn predictions(&self, positions: usize) -> usize {
        positions * self.rendering.as_ref().map_or(1, |rendering| rendering.slots)
    }

    /// How many targets there are to choose from: labels, or words, of which one may be several tokens.
    #[must_use]
    pub fn outcomes(&self) -> usize {
        if self.rendering.is_some() { self.vocabulary.len() } else { self.classes }
    }

    /// Tokens of an example where each has as many.
    fn each(&self) -> usize {
        match &self.form {
            Form::Pairs => 2,
            Form::Tokens => 1,
            Form::Text { pieces } => pieces.iter().map(tokens).sum(),
        }
    }

    /// The token of an example at which a field of its text stands.
    fn field(&self, node: NodeId) -> Option<usize> {
        let Form::Text { pieces } = &self.form else { return None };
        let place = self.piece_of(node)?;
        Some(pieces[..place].iter().map(tokens).sum())
    }

    /// Whether a node is a text: its values are places in the vocabulary.
    #[must_use]
    pub fn is_text(&self, id: NodeId) -> bool {
        match &self.nodes[id].op {
            Op::Column { .. } => true,
            Op::Apply { function, .. } => {
                function == "text" || function.starts_with("label ") || function.starts_with('"')
            }
            _ => false,
        }
    }

    /// The piece of its text that shows a node.
    #[must_use]
    pub fn piece_of(&self, node: NodeId) -> Option<usize> {
        let Form::Text { pieces } = &self.form else { return None };
        pieces.iter().position(|piece| matches!(piece, Piece::Field { node: of, .. } if *of == node))
    }

    /// The name of a field by the place of its piece in the text.
    #[must_use]
    pub fn piece(&self, piece: usize) -> Option<&str> {
        match &self.form {
            Form::Text { pieces } => match pieces.get(piece)? {
                Piece::Field { name, .. } => Some(name),
                Piece::Literal(_) => None,
            },
            Form::Pairs | Form::Tokens => None,
        }
    }

    /// The fields of its text, as written.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let Form::Text { pieces } = &self.form else { return Vec::new() };
        let each = pieces.iter().filter_map(|piece| match piece {
            Piece::Field { name, .. } => Some(name.as_str()),
            Piece::Literal(_) => None,
        });
        each.collect()
    }

    /// The token at which a piece of the text of an example ends.
    #[must_use]
    pub fn piece_at(&self, piece: usize, position: usize) -> Option<usize> {
        let Form::Text { pieces } = &self.form else { return None };
        let before: usize = pieces.get(..=piece)?.iter().map(tokens).sum();
        Some(position * self.each() + before.checked_sub(1)?)
    }

    /// The positions whose predictions there are: every example, every token but the first, which nothing stands before.
    #[must_use]
    pub fn predicted(&self) -> Vec<usize> {
        let unseen = match &self.form {
            Form::Pairs => false,
            Form::Tokens => true,
            Form::Text { .. } => self.field(self.target) == Some(0),
        };
        (usize::from(unseen)..self.length).collect()
    }

    /// The positions whose predictions count.
    #[must_use]
    pub fn scored(&self) -> Vec<usize> {
        let mut positions = self.predicted();
        match self.score {
            Scored::All => {}
            Scored::Last => positions = positions.split_off(positions.len().saturating_sub(1)),
            Scored::From(first) => positions.retain(|&position| position >= first),
        }
        positions
    }

    /// The token at which the prediction of a position is read: its own input, or the token before.
    #[must_use]
    pub fn read_at(&self, position: usize) -> usize {
        match self.form {
            Form::Pairs => 2 * position,
            Form::Tokens => position.saturating_sub(1),
            Form::Text { .. } => {
                (position * self.each() + self.field(self.target).unwrap_or_default()).saturating_sub(1)
            }
        }
    }

    /// The token that a position is read from; of a text that of its first field.
    #[must_use]
    pub fn input_at(&self, position: usize) -> usize {
        position * self.each() + self.field(self.input).unwrap_or_default()
    }

    /// Whether what the model reads of an example is a label.
    #[must_use]
    pub fn reads_label(&self) -> bool {
        let node = &self.nodes[self.input];
        node.shape.is_empty() && node.labels.len() == 1 && self.input_width == node.labels[0] && self.input_width > 1
    }

    /// The node under an author's name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Node> {
        self.names.get(name).and_then(|&id| self.nodes.get(id))
    }

    /// The row whose embedding the model reads.
    #[must_use]
    pub fn input_row(&self) -> Option<NodeId> {
        if let Op::Embedding { row } = self.nodes.get(self.input)?.op { Some(row) } else { None }
    }

    /// The source whose embeddings the model reads.
    #[must_use]
    pub fn input_source(&self) -> Option<&ShapesSpec> {
        self.sources.get(self.source_of(self.input_row()?)?)?.shapes()
    }

    /// The sources whose embeddings the model reads or the task computes with.
    pub fn embedded(&self) -> impl Iterator<Item = (usize, &ShapesSpec)> {
        let reads = |at: usize| {
            self.nodes.iter().any(|node| matches!(node.op, Op::Embedding { row } if self.source_of(row) == Some(at)))
        };
        let sources = self.sources.iter().enumerate().filter(move |(at, _)| reads(*at));
        sources.filter_map(|(at, source)| Some((at, source.shapes()?)))
    }

    /// The place of the data source of a row.
    #[must_use]
    pub fn source_of(&self, row: NodeId) -> Option<usize> {
        match self.nodes.get(row)?.op {
            Op::Rows { source, .. } | Op::Candidate { source } => Some(source),
            _ => None,
        }
    }

    /// Whether another node is computed from a node or looks back at it.
    #[must_use]
    pub fn is_operand(&self, id: NodeId) -> bool {
        let looks = |op: &Op| matches!(op, Op::Previous { of } if *of == id);
        self.nodes.iter().any(|node| node.op.needs().contains(&id) || looks(&node.op))
    }

    /// The draws of each sequence that decide the target, but for those that only the input shows.
    #[must_use]
    pub fn latents(&self) -> Vec<NodeId> {
        let mut found = self.behind(self.target, Some(self.input));
        found.retain(|&id| self.nodes[id].scope == Scope::Sequence && self.nodes[id].op.is_draw());
        found
    }

    /// The nodes that one comes from, itself among them, in order; what only another one leads to is left out.
    #[must_use]
    pub fn behind(&self, id: NodeId, given: Option<NodeId>) -> Vec<NodeId> {
        let mut seen = vec![false; self.nodes.len()];
        let mut ahead = vec![id];
        while let Some(id) = ahead.pop() {
            if Some(id) == given && id != self.target || std::mem::replace(&mut seen[id], true) {
                continue;
            }
            ahead.extend(self.nodes[id].op.needs());
            if let Op::Previous { of } = self.nodes[id].op {
                ahead.push(of);
            }
        }
        (0..seen.len()).filter(|&id| seen[id]).collect()
    }

    /// How many joint values the per-sequence latents have, where an exact posterior can list them.
    ///
    /// # Errors
    /// Says in words which draw stands in the way.
    pub fn tractable(&self) -> Result<u64, String> {
        /// More joint values than this are too many for every sequence of an evaluation.
        const MOST: u64 = 50_000_000;
        // A label that is drawn is known by its probabilities.
        let decided = match &self.nodes[self.target].op {
            Op::Draw { law, pool: None, first: None, .. }
                if matches!(law.name.as_str(), "bernoulli" | "categorical") =>
            {
                law.nodes().collect()
            }
            _ => vec![self.target],
        };
        if decided.into_iter().any(|node| self.hidden(node)) {
            return Err("its target depends on a draw of each example that the input does not show".into());
        }
        let latents = self.latents();
        if self.behind(self.input, None).iter().any(|node| latents.contains(node)) {
            return Err("its inputs tell of the latents too".into());
        }
        let mut joint = 1u64;
        for node in latents.into_iter().map(|id| &self.nodes[id]) {
            let values = match &node.op {
                Op::Uniform { classes } => *classes as u64,
                Op::Permutations { pool: Some(pool), .. } | Op::Draw { pool: Some(pool), .. } => pool.size,
                Op::Permutations { pool: None, .. } => return Err("its permutations are not from a pool".into()),
                Op::Rows { .. } => return Err("a row is drawn per sequence".into()),
                Op::Draw { law, .. } => {
                    let single = matches!(law.name.as_str(), "uniform" | "bernoulli" | "categorical" | "zipf");
                    if law.nodes().any(|id| self.nodes[id].scope != Scope::Run) {
                        return Err(format!("the law of one draw of `{}` depends on another draw", law.name));
                    }
                    match node.labels.first() {
                        Some(labels) if single => {
                            let entries: usize = node.shape.iter().product();
                            (*labels as u64).saturating_pow(entries as u32)
                        }
                        _ => return Err(format!("it draws from `{}` per sequence", law.name)),
                    }
                }
                _ => 1,
            };
            joint = joint.saturating_mul(values);
        }
        if joint > MOST { Err(format!("its latents have {joint} joint values, over {MOST}")) } else { Ok(joint) }
    }

    /// Whether the model reads which row was drawn: by its embedding, or by a column in a text.
    fn shown(&self, row: NodeId) -> bool {
        let column = |node: NodeId| matches!(self.nodes[node].op, Op::Column { row: of, .. } if of == row);
        let pieces = match &self.form {
            Form::Text { pieces } => pieces.as_slice(),
            Form::Pairs | Form::Tokens => &[],
        };
        self.nodes[self.input].op == Op::Embedding { row }
            || pieces.iter().any(|piece| matches!(piece, Piece::Field { node, .. } if column(*node)))
    }

    /// Whether a node depends on what is drawn for each example, other than what the model reads.
    fn hidden(&self, id: NodeId) -> bool {
        let node = &self.nodes[id];
        match &node.op {
            _ if id == self.input && self.form == Form::Pairs => false,
            Op::Previous { .. } => true,
            Op::Rows { .. } => node.scope == Scope::Example && !self.shown(id),
            op if op.is_draw() => node.scope == Scope::Example,
            op => op.needs().into_iter().any(|need| self.hidden(need)),
        }
    }

    /// Width of a dense token: the input, or the one-hot label where that is wider.
    #[must_use]
    pub fn token_width(&self) -> usize {
        self.input_width.max(self.classes)
    }
}
