//! The largest sizes that a program may ask for: far above what is run, and small enough that no count overflows.

/// Numbers above this are no longer told apart from their neighbours.
pub const COUNT: f64 = 9_007_199_254_740_992.0;
/// Optimizer steps of a run.
pub const STEPS: f64 = 1e9;
/// Sequences in a step.
pub const BATCH: usize = 100_000;
/// Distinct training sequences.
pub const DATA: f64 = 1e8;
/// Held-out sequences in an evaluation.
pub const HELD_OUT: f64 = 1e6;
/// Runs of an arm.
pub const SEEDS: usize = 1_000;
/// Examples in a sequence.
pub const LENGTH: usize = 32_768;
/// Width of the residual stream.
pub const WIDTH: usize = 65_536;
/// Units of an `mlp`.
pub const HIDDEN: usize = 1_048_576;
/// Labels of a draw.
pub const CLASSES: usize = 100_000;
/// Values of one permutation, and permutations of one draw.
pub const PERMUTATION: usize = 10_000;
/// Values in a pool.
pub const POOL: usize = 1_000_000_000;
/// Passes of a reader over its sequences.
pub const READER_EPOCHS: usize = 10_000;
/// Items of a list, those of lists inside it included.
pub const LIST: usize = 10_000;
/// Terms of a loss.
pub const TERMS: usize = 1_000;
/// Items evaluated in one check.
pub const CALLS: usize = 20_000;
/// Expressions open inside each other, across items.
pub const DEPTH: usize = 400;
/// Size of one axis of an array.
pub const AXIS: usize = 10_000_000;
/// Points of a sweep.
pub const POINTS: usize = 10_000;
/// Instances that a task grows through.
pub const GROWTH: usize = 1_000;
/// Bytes of a pool whose values are all held in memory.
pub const LISTED: f64 = 4e9;
/// Values of a pool that are not equally likely, whose law is held in memory.
pub const WEIGHED: f64 = 1e8;
