//! The numbers of drawn sequences in the places that a batch has for them, as `engine/corpus.rs` assembles it.

use super::{Drawing, Places, blocks};
use crate::engine::batch::IGNORED;
use crate::engine::card::{Kernel, Launch, Operand};
use crate::engine::error::{Error, Result};
use crate::engine::outline::{self, Outline, counted, positions, slots};
use crate::engine::told::{Told, told};
use crate::program::task::{Form, NodeId, Op, Task};
use crate::program::training::Training;
use crate::program::vocabulary::Slot;

/// Numbers that are written of every sequence, one behind the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Items {
    words: Vec<i32>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Labels,
    Floats,
    /// Of so many numbers each, of which so many words tell the places of rows with embeddings.
    Tokens(usize, usize),
}

impl Items {
    /// The words that a card needs of them, which all models share.
    #[must_use]
    pub fn words(&self) -> Vec<u32> {
        self.words.iter().map(|word| *word as u32).collect()
    }

    /// Which of them count: those that are no label that is none, and no number that is none.
    #[must_use]
    pub fn count(&self) -> Vec<bool> {
        let none = match self.kind {
            Kind::Labels => IGNORED as i32,
            Kind::Floats | Kind::Tokens(..) => f32::NAN.to_bits() as i32,
        };
        self.words.chunks(2).map(|item| item != [-1, none]).collect()
    }

    /// Words of a batch that they take of every sequence.
    #[must_use]
    pub fn each(&self) -> usize {
        match self.kind {
            Kind::Labels | Kind::Floats => self.words.len() / 2,
            Kind::Tokens(width, _) => self.words.len() / 3 * width,
        }
    }

    /// Writes them of drawn sequences, in the order of these from the sequence `first` of a batch on. `items` is where
    /// [`Items::words`] lie, `out` where the batch has such numbers.
    #[must_use]
    pub fn write(
        &self,
        drawing: &Drawing,
        at: &Places,
        items: u64,
        sequences: usize,
        (out, first): (Operand, usize),
    ) -> Launch {
        let mut args = at.args();
        args.operands[0].at = items;
        args.operands[4] = out;
        args.operands[5].at = at.embeddings;
        args.operands[6] = at.faults;
        let (kernel, each) = match self.kind {
            Kind::Labels => (Kernel::WriteValues, [self.words.len() / 2, 0, 0]),
            Kind::Floats => (Kernel::WriteValues, [self.words.len() / 2, 1, 0]),
            Kind::Tokens(width, rows) => (Kernel::WriteTokens, [self.words.len() / 3, width, rows]),
        };
        args.set(&[sequences, each[0], drawing.drawn, first, each[1], each[2]]);
        Launch { kernel, blocks: blocks(sequences * self.each()), parts: 1, args }
    }
}

/// What a step of training writes of one of its tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `[B, T]` labels or `[B, T, width]` numbers.
    pub tokens: Items,
    /// In the order of a batch's targets, each `[B, positions]` labels or `[B, positions, width]` numbers.
    pub targets: Vec<Items>,
}

impl Step {
    /// What a stage writes of a task, which is an instance of the task at a place of the training; `outline` is of all tasks
    /// of the step.
    ///
    /// # Errors
    /// Texts whose words are cut, and nodes that the drawing lacks.
    pub fn of(
        training: &Training,
        stage: usize,
        (place, task): (usize, &Task),
        drawing: &Drawing,
        outline: &Outline,
    ) -> Result<Self> {
        if task.rendering.is_some() {
            return Err(Error::NotRun("texts whose words are cut, on a card".into()));
        }
        let told = told(training, stage);
        let tokens = if outline::labels(training) {
            drawing.labels(task, outline.tokens)?
        } else {
            drawing.dense(task, outline.tokens, training.token_width())?
        };
        let examples = counted(&outline.read_at, task, &positions(task, &told));
        let mut targets = vec![if task.real {
            drawing.numbers(task.target, task.classes, &examples)?
        } else {
            drawing.chosen(task.target, 0, &examples)?
        }];
        for of in &told {
            let (node, at) = of.node(place).unwrap_or_default();
            let examples = outline.examples(task, of, &told);
            targets.push(if of.label {
                drawing.chosen(node, at, &examples)?
            } else {
                drawing.numbers(node, of.columns.len(), &examples)?
            });
        }
        Ok(Self { tokens, targets })
    }
}

/// The nodes of the task at a place of a training that its batches show, whatever the stage.
#[must_use]
pub fn wanted(training: &Training, (place, task): (usize, &Task)) -> Vec<NodeId> {
    let mut nodes = vec![task.target];
    match &task.form {
        Form::Pairs => nodes.push(task.input_row().unwrap_or(task.input)),
        Form::Tokens => {}
        Form::Text { .. } => nodes.extend(slots(task).unwrap_or_default().into_iter().filter_map(|slot| match slot {
            Slot::Field(node) => Some(node),
            Slot::Word(_) => None,
        })),
    }
    let stages = 0..training.stages.len();
    let told: Vec<Told<'_>> = stages.flat_map(|stage| told(training, stage)).collect();
    nodes.extend(told.iter().map(|told| told.node(place).unwrap_or_default().0));
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

impl Drawing {
    /// Where a number of a node lies that a sequence has at a position.
    fn number(&self, node: NodeId, position: usize, at: usize) -> Result<i32> {
        let place = self.place(node, position).filter(|(_, width)| at < *width);
        let lacks = || Error::Card(format!("the number {at} of the node {node} is not drawn"));
        place.map(|(place, _)| place + at as i32).ok_or_else(lacks)
    }

    /// A label of a node for some examples, none of which is none that counts.
    fn chosen(&self, node: NodeId, at: usize, examples: &[Option<usize>]) -> Result<Items> {
        let mut words = Vec::with_capacity(2 * examples.len());
        for example in examples {
            words.extend(match example {
                Some(example) => [self.number(node, *example, at)?, 0],
                None => [-1, IGNORED as i32],
            });
        }
        Ok(Items { words, kind: Kind::Labels })
    }

    /// The numbers of a node for some examples.
    fn numbers(&self, node: NodeId, width: usize, examples: &[Option<usize>]) -> Result<Items> {
        let mut words = Vec::with_capacity(2 * width * examples.len());
        for example in examples {
            for at in 0..width {
                words.extend(match example {
                    Some(example) => [self.number(node, *example, at)?, 0],
                    None => [-1, f32::NAN.to_bits() as i32],
                });
            }
        }
        Ok(Items { words, kind: Kind::Floats })
    }

    /// What stands at the tokens of a sequence: a word of its own, or a node's at a position, and whether that is read.
    fn stands(task: &Task) -> Result<Vec<Stands>> {
        let slots = slots(task)?;
        let mut tokens = Vec::with_capacity(task.tokens());
        for position in 0..task.length {
            if task.form == Form::Pairs {
                tokens.push(Stands::Input(position));
            }
            tokens.extend(slots.iter().map(|slot| match slot {
                Slot::Word(word) => Stands::Word(*word),
                Slot::Field(node) => Stands::Label(*node, position),
            }));
            if slots.is_empty() {
                tokens.push(Stands::Target(position));
            }
        }
        Ok(tokens)
    }

    /// The tokens of a sequence as labels, with zeros behind them.
    fn labels(&self, task: &Task, tokens: usize) -> Result<Items> {
        let mut words = Vec::with_capacity(2 * tokens);
        for stands in Self::stands(task)? {
            words.extend(match stands {
                Stands::Word(word) => [-1, word as i32],
                Stands::Label(node, position) => [self.number(node, position, 0)?, 0],
                Stands::Input(position) => [self.number(task.input, position, 0)?, 0],
                Stands::Target(position) => [self.number(task.target, position, 0)?, 0],
            });
        }
        while words.len() < 2 * tokens {
            words.extend([-1, 0]);
        }
        Ok(Items { words, kind: Kind::Labels })
    }

    /// The tokens of a sequence as numbers, labels among them as one-hot vectors.
    fn dense(&self, task: &Task, tokens: usize, width: usize) -> Result<Items> {
        const NOTHING: i32 = 0;
        const LABEL: i32 = 1;
        const NUMBERS: i32 = 2;
        const EMBEDDING: i32 = 3;
        /// A label that is the same in every sequence.
        const WORD: i32 = 4;
        let size = |node: NodeId| task.nodes[node].shape.iter().product::<usize>() as i32;
        let mut words = Vec::with_capacity(3 * tokens);
        for stands in Self::stands(task)? {
            words.extend(match stands {
                Stands::Word(word) => [WORD, word as i32, 0],
                Stands::Label(node, position) => [LABEL, self.number(node, position, 0)?, 0],
                Stands::Input(position) => match task.nodes[task.input].op {
                    Op::Embedding { row } => [EMBEDDING, self.number(row, position, 0)?, size(task.input)],
                    _ if task.reads_label() => [LABEL, self.number(task.input, position, 0)?, 0],
                    _ => [NUMBERS, self.number(task.input, position, 0)?, size(task.input)],
                },
                Stands::Target(position) => {
                    let kind = if task.real { NUMBERS } else { LABEL };
                    [kind, self.number(task.target, position, 0)?, size(task.target)]
                }
            });
        }
        while words.len() < 3 * tokens {
            words.extend([NOTHING; 3]);
        }
        let rows = task.input_source().map_or(0, crate::data::ShapesSpec::rows);
        Ok(Items { words, kind: Kind::Tokens(width, rows) })
    }
}

/// What stands at a token.
enum Stands {
    Word(u32),
    Label(NodeId, usize),
    Input(usize),
    Target(usize),
}
