//! The list of instructions while it is written: where values lie, and the numbers that all models share.

use crate::engine::deviates::layers;
use crate::engine::sampler::Fault;
use crate::engine::streams::{Role, start};
use crate::program::task::NodeId;

/// What is done, as `card/kernels/compute.h` numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    One = 1,
    Two,
    Either,
    Fold,
    Lines,
    Product,
    OneHot,
    Stack,
    Index,
    Factors,
    LookUp,
    Word,
    Embed,
    Gather,
    Before,
    Draw,
    Rows,
    Repeat,
}

/// Streams that are open at a time, as `card/kernels/compute.h` has them.
pub const STREAMS: usize = 6;
/// Numbers in front of those of a model: two messages of sixteen words.
pub const MESSAGES: usize = 16;
/// Numbers of an array that places can tell apart.
const PLACES: usize = 1 << 28;
/// The arrays of places.
const SHARED: i32 = 0;
const OWN: i32 = 1 << 28;
const DRAWN: i32 = 2 << 28;

/// The arrays that places are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Array {
    Shared,
    Own,
    Drawn,
}

/// The array of a place, and the number there.
pub fn apart(place: i32) -> (Array, usize) {
    let array = match place & !(OWN - 1) {
        SHARED => Array::Shared,
        OWN => Array::Own,
        _ => Array::Drawn,
    };
    (array, (place & (OWN - 1)) as usize)
}

/// Where the value of a node lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    pub place: i32,
    /// Numbers from one position to the next; 0 where all are the same.
    pub step: i32,
    pub width: i32,
}

impl Value {
    pub const fn words(self) -> [i32; 3] {
        [self.place, self.step, self.width]
    }
}

/// Instructions, and what they refer to.
#[derive(Debug, Default)]
pub struct Code {
    pub words: Vec<i32>,
    /// Numbers that all models share.
    pub shared: Vec<f64>,
    /// Numbers of a model.
    pub own: usize,
    /// Numbers of a sequence.
    pub drawn: usize,
    /// Tables that lie behind the instructions, and the words where each is named.
    tables: Vec<(Vec<i32>, Vec<usize>)>,
}

impl Code {
    pub fn new() -> Self {
        Self { shared: layers(), own: MESSAGES, ..Self::default() }
    }

    /// A place for numbers that all models share.
    pub fn share(&mut self, numbers: &[f64]) -> i32 {
        let same =
            |at: &usize| self.shared[*at..*at + numbers.len()].iter().zip(numbers).all(|(a, b)| bits(a) == bits(b));
        // Arguments by default are the same few numbers again and again.
        let known = if numbers.len() == 1 { (0..self.shared.len()).find(same) } else { None };
        let at = known.unwrap_or_else(|| {
            self.shared.extend(numbers);
            self.shared.len() - numbers.len()
        });
        SHARED + at as i32
    }

    /// A value that is the same everywhere.
    pub fn constant(&mut self, numbers: &[f64]) -> Value {
        Value { place: self.share(numbers), step: 0, width: numbers.len() as i32 }
    }

    /// A place for a value of a model that is the same in all its sequences.
    pub fn owned(&mut self, width: usize) -> Value {
        self.own += width;
        Value { place: OWN + (self.own - width) as i32, step: 0, width: width as i32 }
    }

    /// A place for the value of a node of a sequence.
    pub fn room(&mut self, repeats: usize, width: usize) -> Value {
        let place = DRAWN + self.drawn as i32;
        self.drawn += repeats * width;
        Value { place, step: if repeats == 1 { 0 } else { width as i32 }, width: width as i32 }
    }

    /// Begins an instruction, the length of which [`Code::end`] writes.
    pub fn begin(&mut self, does: Does, node: NodeId) -> usize {
        self.words.extend([does as i32, 0, node as i32]);
        self.words.len() - 3
    }

    pub fn end(&mut self, begun: usize) {
        self.words[begun + 1] = (self.words.len() - begun) as i32;
    }

    /// Writes the values of operands.
    pub fn values(&mut self, values: &[Value]) {
        values.iter().for_each(|value| self.words.extend(value.words()));
    }

    /// Writes a number of 64 bits.
    pub fn long(&mut self, number: u64) {
        self.words.extend([number as i32, (number >> 32) as i32]);
    }

    /// Writes where a table will lie.
    pub fn table(&mut self, table: Vec<i32>) {
        let at = self.words.len();
        self.words.push(0);
        match self.tables.iter_mut().find(|(known, _)| *known == table) {
            Some((_, named)) => named.push(at),
            None => self.tables.push((table, vec![at])),
        }
    }

    /// Puts the tables behind the instructions; gives how many words these are.
    ///
    /// # Errors
    /// If arrays are larger than places can tell.
    pub fn finish(&mut self) -> Result<usize, Fault> {
        let instructions = self.words.len();
        for (table, named) in std::mem::take(&mut self.tables) {
            let at = self.words.len() as i32;
            named.into_iter().for_each(|word| self.words[word] = at);
            self.words.extend(table);
        }
        let most = self.shared.len().max(self.own).max(self.drawn).max(self.words.len());
        if most < PLACES { Ok(instructions) } else { Err(Fault::of("takes more numbers than a card draws".into())) }
    }
}

fn bits(x: &f64) -> u64 {
    x.to_bits()
}

/// What the messages of streams begin with, as words with zeros behind them, and how many bytes.
pub fn message(seed: u64, role: Role) -> ([u32; 16], usize) {
    let bytes = start(seed, role);
    let mut words = [0; 16];
    for (at, byte) in bytes.iter().enumerate() {
        words[at / 4] |= u32::from(*byte) << (8 * (at % 4));
    }
    (words, bytes.len())
}
