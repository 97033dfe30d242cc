//! Launches as they are planned: with places in memories that are not allotted yet, for any number of models.

use crate::engine::card::{Args, Kernel, Launch, NUMBERS, Operand, ROWS, THREADS};
use crate::program::training::Products;

/// Where an operand lies, in words from the beginning of a model's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Nothing,
    /// What the batch brings.
    Feed(usize),
    /// What is computed.
    Arena(usize),
    /// Parameters and moments.
    Seat(usize),
    /// What is read back.
    Result(usize),
    /// What is the same for every model.
    Constant(usize),
}

impl At {
    /// So many words further on.
    #[must_use]
    pub fn plus(self, words: usize) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Feed(at) => Self::Feed(at + words),
            Self::Arena(at) => Self::Arena(at + words),
            Self::Seat(at) => Self::Seat(at + words),
            Self::Result(at) => Self::Result(at + words),
            Self::Constant(at) => Self::Constant(at + words),
        }
    }
}

/// A memory with the words between one model and the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Base {
    pub at: u64,
    pub stride: usize,
}

/// Where the memories of a plan lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bases {
    /// What a step brings, and what all steps of a batch have in common.
    pub feed: Base,
    pub batch: Base,
    pub arena: Base,
    pub seat: Base,
    pub result: Base,
    /// The same for every model.
    pub constant: u64,
    /// The seats of the models of a launch.
    pub seats: u64,
}

impl Bases {
    /// An operand, where memories lie so.
    #[must_use]
    pub fn operand(&self, at: At) -> Operand {
        let lies = |base: Base, words: usize, by_seat: bool| Operand {
            at: base.at + 4 * words as u64,
            stride: base.stride as i64,
            by_seat: i64::from(by_seat),
        };
        match at {
            At::Nothing => Operand::default(),
            At::Feed(words) if words < self.feed.stride => lies(self.feed, words, false),
            At::Feed(words) => lies(self.batch, words - self.feed.stride, false),
            At::Arena(words) => lies(self.arena, words, false),
            At::Seat(words) => lies(self.seat, words, true),
            At::Result(words) => lies(self.result, words, false),
            At::Constant(words) => lies(Base { at: self.constant, stride: 0 }, words, false),
        }
    }
}

/// A planned launch.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub kernel: Kernel,
    pub blocks: usize,
    pub parts: usize,
    pub operands: [At; 9],
    pub numbers: [usize; 16],
    pub factor: f64,
}

impl Call {
    /// The launch, where memories lie so.
    #[must_use]
    pub fn launch(&self, bases: &Bases) -> Launch {
        let args = Args {
            operands: self.operands.map(|at| bases.operand(at)),
            seats: bases.seats,
            numbers: self.numbers.map(|number| number as i64),
            factors: [self.factor, 0.0, 0.0, 0.0],
        };
        Launch { kernel: self.kernel, blocks: self.blocks as u32, parts: self.parts as u32, args }
    }
}

/// Blocks of a kernel that goes through numbers, four to a thread.
#[must_use]
pub fn by_numbers(count: usize) -> usize {
    count.div_ceil(NUMBERS)
}

/// Blocks of a kernel that goes through rows.
#[must_use]
pub fn by_rows(rows: usize) -> usize {
    rows.div_ceil(ROWS)
}

/// Blocks of a kernel that goes through columns, one to a thread.
#[must_use]
pub fn by_columns(columns: usize) -> usize {
    columns.div_ceil(THREADS)
}

/// A matrix, or one for each pair of an outer and an inner number, within a model's own.
#[derive(Clone, Copy, Debug)]
pub struct Matrix {
    pub at: At,
    /// Words between its rows.
    pub row: usize,
    pub transposed: bool,
    /// Words between outer and between inner pairs.
    pub apart: (usize, usize),
}

impl Matrix {
    #[must_use]
    pub const fn new(at: At, row: usize) -> Self {
        Self { at, row, transposed: false, apart: (0, 0) }
    }

    #[must_use]
    pub const fn transposed(self) -> Self {
        Self { transposed: true, ..self }
    }

    #[must_use]
    pub const fn apart(self, outer: usize, inner: usize) -> Self {
        Self { apart: (outer, inner), ..self }
    }
}

/// What becomes of a product's numbers besides, by a kind of activation, with an array that lies as the product does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Besides {
    Nothing,
    /// Their activations are written there.
    Activates(At, usize),
    /// They are multiplied by the activation's slope at what stands there.
    Slopes(At, usize),
}

/// A product `[rows, columns]` over `inner` numbers.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    pub rows: usize,
    pub columns: usize,
    pub inner: usize,
    pub bias: At,
    pub factor: f64,
    /// What is added to it, lying as it does.
    pub summands: At,
    pub besides: Besides,
    /// Where the sums of the right matrix' columns go, those of each part behind each other, and whether they are added to
    /// what is there.
    pub sums: (At, bool),
    /// Whether it is added to what is there.
    pub adds: bool,
    /// Outer and inner pairs.
    pub pairs: (usize, usize),
    /// Numbers that one chain sums.
    pub chain: usize,
}

impl Product {
    #[must_use]
    pub const fn new(rows: usize, columns: usize, inner: usize) -> Self {
        Self {
            rows,
            columns,
            inner,
            bias: At::Nothing,
            factor: 1.0,
            summands: At::Nothing,
            besides: Besides::Nothing,
            sums: (At::Nothing, false),
            adds: false,
            pairs: (1, 1),
            chain: inner,
        }
    }
}

/// The kernel that computes a product of such sides. A number has the same bits whatever the tile is, where numbers are not
/// rounded.
fn tiled(products: Products, rows: usize, columns: usize) -> Kernel {
    /// Sides from which on a tile of 64 numbers is used.
    const LONG: usize = 32;
    /// Rows from which on there are enough of them for taller tiles.
    const MANY: usize = 1024;
    match products {
        // Matrix units have tiles of their own, which small products would hardly fill.
        _ if rows < LONG && columns < LONG => Kernel::ProductSmall,
        _ if columns < LONG => Kernel::ProductNarrow,
        _ if rows < LONG => Kernel::ProductFlat,
        Products::Tf32 => Kernel::ProductTf32,
        Products::Tf32x3 => Kernel::ProductTf32x3,
        Products::Bf16 => Kernel::ProductBf16,
        Products::Whole if rows >= MANY => Kernel::ProductTall,
        Products::Whole => Kernel::ProductWide,
    }
}

/// Launches and room, as they come.
#[derive(Debug, Default)]
pub struct Recorder {
    pub calls: Vec<Call>,
    /// Words of the arena so far.
    pub words: usize,
    /// Words of the largest array.
    pub largest: usize,
    /// Words that are the same for every model.
    pub constants: Vec<u32>,
    /// Room that is free again, by its words.
    spare: Vec<(usize, usize)>,
    /// What products take their numbers as.
    products: Products,
}

impl Recorder {
    /// Nothing yet.
    #[must_use]
    pub fn new(products: Products) -> Self {
        Self { products, ..Self::default() }
    }

    /// What products take their numbers as.
    #[must_use]
    pub fn products(&self) -> Products {
        self.products
    }

    /// Room of so many words in the arena.
    pub fn room(&mut self, words: usize) -> At {
        self.largest = self.largest.max(words);
        self.room_of_parts(words)
    }

    /// The same for many arrays, none of which counts further than its own numbers.
    pub fn room_of_parts(&mut self, words: usize) -> At {
        let words = words.next_multiple_of(4);
        if let Some(place) = self.spare.iter().position(|(known, _)| *known == words) {
            return At::Arena(self.spare.swap_remove(place).1);
        }
        let at = self.words;
        self.words += words;
        At::Arena(at)
    }

    /// Gives room back; what was planned before has used it by then.
    pub fn free(&mut self, at: At, words: usize) {
        if let At::Arena(at) = at {
            self.spare.push((words.next_multiple_of(4), at));
        }
    }

    /// Numbers that are the same for every model.
    pub fn constant(&mut self, values: impl IntoIterator<Item = f32>) -> At {
        let at = self.constants.len();
        self.constants.extend(values.into_iter().map(f32::to_bits));
        At::Constant(at)
    }

    /// Plans a launch of one part.
    pub fn call(&mut self, kernel: Kernel, blocks: usize, operands: &[At], numbers: &[usize]) {
        self.parted(kernel, (blocks, 1), operands, numbers, 0.0);
    }

    /// Plans a launch.
    pub fn parted(
        &mut self,
        kernel: Kernel,
        (blocks, parts): (usize, usize),
        operands: &[At],
        numbers: &[usize],
        factor: f64,
    ) {
        let mut call = Call { kernel, blocks, parts, operands: [At::Nothing; 9], numbers: [0; 16], factor };
        call.operands[..operands.len()].copy_from_slice(operands);
        call.numbers[..numbers.len()].copy_from_slice(numbers);
        if blocks > 0 && parts > 0 {
            self.calls.push(call);
        }
    }

    /// `out = factor left right + bias`.
    pub fn product(&mut self, left: Matrix, right: Matrix, out: Matrix, of: &Product) {
        let kernel = tiled(self.products, of.rows, of.columns);
        let (high, wide) = kernel.tile();
        let pairs = of.pairs.0 * of.pairs.1;
        let (besides, mode) = match of.besides {
            Besides::Nothing => (At::Nothing, 0),
            Besides::Activates(at, kind) => (at, 8 + 32 * kind),
            Besides::Slopes(at, kind) => (at, 16 + 32 * kind),
        };
        let flags = usize::from(left.transposed)
            + 2 * usize::from(right.transposed)
            + 4 * usize::from(of.adds)
            + mode
            + 128 * usize::from(of.sums.1);
        let blocks = of.rows.div_ceil(high) * of.columns.div_ceil(wide) * pairs;
        let numbers = [
            of.rows,
            of.columns,
            of.inner,
            left.row,
            right.row,
            out.row,
            flags,
            of.pairs.1,
            pairs,
            left.apart.0,
            left.apart.1,
            right.apart.0,
            right.apart.1,
            out.apart.0,
            out.apart.1,
            of.chain,
        ];
        let parts = of.inner.div_ceil(of.chain.max(1)).max(1);
        let operands = [left.at, right.at, out.at, of.bias, of.summands, besides, of.sums.0];
        self.parted(kernel, (blocks, parts), &operands, &numbers, of.factor);
    }

    /// Adds up parts that lie behind each other, `[rows, columns]` each, into a matrix.
    pub fn sum(
        &mut self,
        parts: At,
        count: usize,
        apart: usize,
        (rows, columns): (usize, usize),
        out: Matrix,
        adds: bool,
    ) {
        let numbers = [rows * columns, count, apart, usize::from(adds), columns, out.row];
        self.call(Kernel::SumParts, by_columns(rows * columns), &[parts, out.at], &numbers);
    }

    /// Moves columns of rows.
    pub fn copy(&mut self, from: Matrix, to: Matrix, (rows, columns): (usize, usize), adds: bool) {
        let numbers = [rows, columns, from.row, to.row, usize::from(adds)];
        self.call(Kernel::Move, by_numbers(rows * columns), &[from.at, to.at], &numbers);
    }

    /// Makes numbers 0.
    pub fn clear(&mut self, at: At, words: usize) {
        self.call(Kernel::Clear, by_numbers(words), &[at], &[words]);
    }
}
