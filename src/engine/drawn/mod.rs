//! A task as a list of instructions by which a card draws its sequences, from the very streams that the sampler draws
//! them from: labels and whatever is picked are the same, other numbers but for the last bits of logarithms and the like.
//!
//! The list is the same under every seed. What a seed decides once a run is a few numbers for each model; elements of
//! pools are drawn when they are picked, since a card computes them sooner than it would read them.
//!
//! Left to the sampler are texts whose words are cut, embeddings of a second source that a task computes with, rows that
//! a condition on what a seed draws once a run leaves, more than six draws that look back at each other, and several draws
//! of a mixture within another. Of batches, what an intervention matches by its cues is not written.

mod batch;
mod code;
mod functions;
mod laws;
mod nodes;

pub use batch::{Items, Step, wanted};

use super::card::{Args, Kernel, Launch, NUMBERS, Operand, THREADS};
use super::sampler::{Fault, Sampler, Split};
use crate::data::Embeddings;
use crate::program::task::NodeId;
use code::{MESSAGES, Value, message};
use nodes::Writer;

/// Sequences that lie side by side, as `card/kernels/common.h` has them.
const ROW: usize = 32;

/// How a card draws the sequences of a task.
#[derive(Debug)]
pub struct Drawing {
    split: Split,
    /// Instructions, and behind them tables.
    code: Vec<u32>,
    instructions: usize,
    shared: Vec<f64>,
    /// Numbers of a model.
    own: usize,
    owned: Vec<NodeId>,
    /// Numbers of a sequence.
    drawn: usize,
    /// Where nodes lie; none of those that are not drawn.
    values: Vec<Option<Value>>,
    source: Option<usize>,
    positions: usize,
    /// Bytes of what the messages of streams begin with, of sequences and of pools.
    lengths: [usize; 2],
}

/// Where in a card's memory the arrays of a drawing lie.
#[derive(Clone, Copy, Debug, Default)]
pub struct Places {
    /// [`Drawing::code`].
    pub code: u64,
    /// [`Drawing::shared`].
    pub shared: u64,
    /// [`Drawing::own`] of every model.
    pub own: Operand,
    /// Room of [`Drawing::room`] words for every model.
    pub drawn: Operand,
    /// The numbers of the sequences of every model, `u64` each.
    pub sequences: Operand,
    /// A word of every model, 0 while all goes well; see [`Drawing::fault`].
    pub faults: Operand,
    /// [`embeddings`] of [`Drawing::source`], or of the source that tokens are of; 0 where there is none.
    pub embeddings: u64,
    /// Seats of the models, where operands are by seat.
    pub seats: u64,
}

impl Drawing {
    /// The instructions for some nodes of a task and what they need.
    ///
    /// # Errors
    /// A node that no card draws.
    pub fn of(sampler: &Sampler<'_>, split: Split, nodes: &[NodeId]) -> Result<Self, Fault> {
        let mut writer = Writer::new(sampler, split);
        writer.write(nodes)?;
        for &node in nodes {
            if !sampler.asks[node] {
                writer.value(node);
            }
        }
        let instructions = writer.code.finish()?;
        let Writer { code, values, owned, source, .. } = writer;
        Ok(Self {
            split,
            code: code.words.into_iter().map(|word| word as u32).collect(),
            instructions,
            shared: code.shared,
            own: code.own,
            owned,
            drawn: code.drawn,
            values,
            source,
            positions: sampler.task.length,
            lengths: [split.role(), sampler.run].map(|role| message(sampler.seed, role).1),
        })
    }

    /// The words of the instructions, which all models share.
    #[must_use]
    pub fn code(&self) -> &[u32] {
        &self.code
    }

    /// Numbers that all models share, as words.
    #[must_use]
    pub fn shared(&self) -> Vec<u32> {
        words(&self.shared)
    }

    /// What a model has of its own, as words: the same task under its seed.
    #[must_use]
    pub fn own(&self, sampler: &Sampler<'_>) -> Vec<u32> {
        let mut own = Vec::with_capacity(2 * self.own);
        for role in [self.split.role(), sampler.run] {
            own.extend(message(sampler.seed, role).0);
        }
        debug_assert_eq!(own.len(), 2 * MESSAGES);
        for &node in &self.owned {
            own.extend(words(&sampler.known[node].data));
        }
        own
    }

    /// How many words that are.
    #[must_use]
    pub fn own_words(&self) -> usize {
        2 * self.own
    }

    /// The source whose embeddings the task computes with.
    #[must_use]
    pub fn source(&self) -> Option<usize> {
        self.source
    }

    /// Words that a model needs for so many sequences while they are drawn.
    #[must_use]
    pub fn room(&self, sequences: usize) -> usize {
        2 * sequences.next_multiple_of(ROW) * self.drawn
    }

    /// Draws so many sequences of every model.
    #[must_use]
    pub fn draw(&self, at: &Places, sequences: usize) -> Launch {
        let mut args = at.args();
        args.operands[4] = at.sequences;
        args.operands[5] = at.faults;
        args.operands[6] = Operand { at: at.embeddings, ..Operand::default() };
        let [length, pool] = self.lengths;
        let numbers = [sequences, self.instructions, self.drawn, self.positions, length, pool];
        args.set(&numbers);
        Launch { kernel: Kernel::Draw, blocks: sequences.div_ceil(THREADS) as u32, parts: 1, args }
    }

    /// What a word of [`Places::faults`] tells; nothing where all went well. The sampler, asked for the same sequences, says
    /// it in more words.
    #[must_use]
    pub fn fault(word: u32) -> Option<Fault> {
        match word {
            0 => None,
            u32::MAX => Some(Fault::of("shows rows of which no embeddings are in memory".into())),
            word => Some(Fault { node: word as usize - 1, what: "cannot be computed in some sequence".into() }),
        }
    }

    /// What a node holds at a position of a drawn sequence, read from a model's own words and those of [`Drawing::room`];
    /// none of a node that is not drawn. An embedding that nothing is computed from holds its row.
    #[must_use]
    pub fn value(
        &self,
        (own, drawn): (&[u32], &[u32]),
        node: NodeId,
        sequence: usize,
        position: usize,
    ) -> Option<Vec<f64>> {
        let (place, width) = self.place(node, position)?;
        let double =
            |words: &[u32], at: usize| f64::from_bits(u64::from(words[2 * at]) | u64::from(words[2 * at + 1]) << 32);
        let number = |place: i32| match code::apart(place) {
            (code::Array::Shared, at) => self.shared[at],
            (code::Array::Own, at) => double(own, at),
            (code::Array::Drawn, at) => double(drawn, (sequence / ROW * self.drawn + at) * ROW + sequence % ROW),
        };
        Some((0..width).map(|at| number(place + at as i32)).collect())
    }

    /// Where the numbers of a node lie that a sequence has at a position, and how many they are.
    fn place(&self, node: NodeId, position: usize) -> Option<(i32, usize)> {
        let value = self.values.get(node).copied().flatten()?;
        Some((value.place + value.step * position as i32, value.width as usize))
    }
}

impl Places {
    /// What all kernels of a drawing are called with.
    fn args(&self) -> Args {
        let mut args = Args { seats: self.seats, ..Args::default() };
        args.operands[0].at = self.code;
        args.operands[1].at = self.shared;
        args.operands[2] = self.own;
        args.operands[3] = self.drawn;
        args
    }
}

impl Args {
    fn set(&mut self, numbers: &[usize]) {
        self.numbers.iter_mut().zip(numbers).for_each(|(to, number)| *to = *number as i64);
    }
}

/// The embeddings of a source as words: where each row lies, and the rows. Rows that are not in memory are at fault where
/// a sequence shows them.
#[must_use]
pub fn embeddings(of: &Embeddings) -> Vec<u32> {
    let (places, rows) = of.table();
    places.iter().copied().chain(rows.iter().map(|x| x.to_bits())).collect()
}

fn words(numbers: &[f64]) -> Vec<u32> {
    numbers.iter().flat_map(|x| [x.to_bits() as u32, (x.to_bits() >> 32) as u32]).collect()
}

fn blocks(numbers: usize) -> u32 {
    numbers.div_ceil(NUMBERS) as u32
}
