//! A card: memory of its own, and kernels that run there, each for all models of a launch at once.
//!
//! There are two. [`Cuda`](cuda::Cuda) is one of NVIDIA's, with the kernels as PTX that is built in and made once more
//! for the very card by its driver. [`Host`](host::Host) is the processor in its place: the same source compiled as C,
//! block after block, so that everything but the card itself is run and tested on any machine.

#[cfg(feature = "cuda")]
pub mod cuda;
pub mod host;

use crate::engine::error::Result;
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

/// Threads of a block, as `kernels/common.h` has them.
pub const THREADS: usize = 256;
/// Rows of a block, where rows are summed.
pub const ROWS: usize = 8;
/// Numbers that a block of an elementwise kernel has.
pub const NUMBERS: usize = 4 * THREADS;
/// Squares that a block adds up.
pub const SQUARES: usize = 16_384;

/// Every kernel by its name.
macro_rules! kernels {
    ($($kernel:ident = $name:ident),* $(,)?) => {
        /// What can be launched. `kernels/*.cu` say of each what it computes and what its operands and numbers are.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kernel {
            $($kernel),*
        }

        impl Kernel {
            pub const ALL: &[Self] = &[$(Self::$kernel),*];

            /// Its name in the source.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kernel => concat!("icl_", stringify!($name))),*
                }
            }
        }

        /// The kernels as the C compiler made them.
        mod compiled {
            use super::{Args, Kernel};
            use std::ffi::c_int;

            pub type Block = unsafe extern "C" fn(Args, c_int, c_int, c_int);

            #[link(name = "icl_kernels", kind = "static")]
            unsafe extern "C" {
                $(#[link_name = concat!("icl_", stringify!($name))] fn $name(args: Args, block: c_int, lane: c_int, part: c_int);)*
            }

            pub fn of(kernel: Kernel) -> Block {
                match kernel {
                    $(Kernel::$kernel => $name),*
                }
            }
        }
    };
}

kernels! {
    ProductWide = product_wide,
    ProductTall = product_tall,
    ProductNarrow = product_narrow,
    ProductFlat = product_flat,
    ProductSmall = product_small,
    ProductTf32 = product_tf32,
    ProductTf32x3 = product_tf32x3,
    ProductBf16 = product_bf16,
    SumParts = sum_parts,
    SumColumns = sum_columns,
    Embed = embed,
    EmbedBack = embed_back,
    AddTable = add_table,
    AddTableBack = add_table_back,
    Move = move_columns,
    Add = add,
    Multiply = multiply,
    Clear = clear,
    Norm = norm,
    NormBack = norm_back,
    NormSums = norm_sums,
    Activate = activate,
    ActivateBack = activate_back,
    Pick = pick,
    PickBack = pick_back,
    Replace = replace,
    Attend32 = attend_32,
    AttendRows32 = attend_rows_32,
    AttendKeys32 = attend_keys_32,
    Attend64 = attend_64,
    AttendRows64 = attend_rows_64,
    AttendKeys64 = attend_keys_64,
    Attend128 = attend_128,
    AttendRows128 = attend_rows_128,
    AttendKeys128 = attend_keys_128,
    Rotate = rotate,
    Weigh = weigh,
    WeighBack = weigh_back,
    Scale = scale,
    CrossEntropy = cross_entropy,
    SquaredError = squared_error,
    SumLosses = sum_losses,
    Squares = squares,
    Step = step,
    Noise = noise,
    Draw = draw,
    WriteValues = write_values,
    WriteTokens = write_tokens,
}

impl Kernel {
    /// Those that multiply matrices.
    pub const PRODUCTS: [Self; 8] = [
        Self::ProductWide,
        Self::ProductTall,
        Self::ProductNarrow,
        Self::ProductFlat,
        Self::ProductSmall,
        Self::ProductTf32,
        Self::ProductTf32x3,
        Self::ProductBf16,
    ];

    /// Rows and columns of what a block of a product computes, as `kernels/product.cu` has them.
    #[must_use]
    pub const fn tile(self) -> (usize, usize) {
        match self {
            Self::ProductTall => (128, 64),
            Self::ProductNarrow => (128, 16),
            Self::ProductFlat => (16, 128),
            Self::ProductSmall => (16, 16),
            _ => (64, 64),
        }
    }
}

/// An array of every model of a launch, `Operand` of `kernels/common.h`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Operand {
    /// Address on the card; 0 where there is none.
    pub at: u64,
    /// Words of four bytes between one model and the next.
    pub stride: i64,
    /// Whether models are counted by seats rather than as they stand in the launch.
    pub by_seat: i64,
}

/// What a kernel is called with, `Args` of `kernels/common.h`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Args {
    pub operands: [Operand; 9],
    /// Address of the seats of the launch's models, `i32` each.
    pub seats: u64,
    pub numbers: [i64; 16],
    pub factors: [f64; 4],
}

/// One kernel over all models of a launch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Launch {
    pub kernel: Kernel,
    /// Blocks of each model.
    pub blocks: u32,
    /// Parts of each block, where a sum is split.
    pub parts: u32,
    pub args: Args,
}

/// Memory of a card, given back when it is dropped.
#[derive(Debug)]
pub struct Memory {
    pub at: u64,
    pub words: usize,
    _owner: Box<dyn Any + Send + Sync>,
}

impl Memory {
    pub(crate) fn new(at: u64, words: usize, owner: Box<dyn Any + Send + Sync>) -> Self {
        Self { at, words, _owner: owner }
    }
}

/// Bytes of a card's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub free: u64,
    pub total: u64,
}

/// Launches that are made again and again, which a card may keep as one.
#[derive(Debug)]
pub struct Recorded {
    /// Tells recordings apart.
    pub number: u64,
    pub launches: Vec<Launch>,
}

/// A stream of a card, which runs kernels. Everything that is asked of a stream happens in the order in which it is asked;
/// what is read is there when `read` returns. Words are four bytes.
///
/// Streams of one card run beside each other and share its memory: what is allotted by one is clear for all, and whoever
/// hands memory over from one to another finishes the first before. A card that is lost fails on every stream.
pub trait Card: Debug + Send + Sync {
    /// What the card is called.
    fn name(&self) -> String;

    /// The same card, with a stream of its own.
    ///
    /// # Errors
    /// If the card does not answer.
    fn beside(&self) -> Result<Arc<dyn Card>>;

    /// How much memory it has.
    ///
    /// # Errors
    /// If the card does not answer.
    fn room(&self) -> Result<Room>;

    /// Memory of so many words, all of them 0.
    ///
    /// # Errors
    /// If there is not so much.
    fn allot(&self, words: usize) -> Result<Memory>;

    /// Writes words from `at` on.
    ///
    /// # Errors
    /// If the card does not answer.
    fn write(&self, memory: &Memory, at: usize, words: &[u32]) -> Result<()>;

    /// Reads words from `at` on.
    ///
    /// # Errors
    /// If the card does not answer, or a launch before has failed.
    fn read(&self, memory: &Memory, at: usize, words: &mut [u32]) -> Result<()>;

    /// Copies words from one memory of the card to another, each from a place on.
    ///
    /// # Errors
    /// If the card does not answer.
    fn copy(&self, from: (&Memory, usize), to: (&Memory, usize), words: usize) -> Result<()>;

    /// Makes launches in order, each for so many models.
    ///
    /// # Errors
    /// If the card does not answer.
    fn launch(&self, recorded: &Recorded, models: usize) -> Result<()>;

    /// Waits until everything that was asked for is done.
    ///
    /// # Errors
    /// If the card does not answer, or a launch before has failed.
    fn finish(&self) -> Result<()>;
}

/// Whether so many words from `at` on lie in a memory.
pub(crate) fn within(memory: &Memory, at: usize, words: usize) -> bool {
    at.checked_add(words).is_some_and(|end| end <= memory.words)
}
