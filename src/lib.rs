//! icl: a language for studying how transformers learn from context, and its interpreter.
//!
//! Data flows one way, in the order of the modules below; docs/architecture.md says what each must not know.

/// Trees to a typed program and all findings.
pub mod check;
/// One file a subcommand; the only place that prints.
pub mod cli;
/// Groups of cells to where they run.
pub mod cluster;
/// Data sources: images, their embeddings, arrays in files.
pub mod data;
/// What is wrong with a program: pure data with places in the sources.
pub mod diagnostic;
/// Two programs to what changed in meaning, what it invalidates and what it costs.
pub mod diff;
/// Cells to curves and checkpoints.
pub mod engine;
/// Weights to the files of other programs.
pub mod export;
/// Certain cures made in memory, until none is left.
pub mod fix;
/// Program to cells: arm x seed, with identity and cost.
pub mod plan;
/// Models that somebody else trained: folders to models and their first weights.
pub mod pretrained;
/// The typed program: what `check` makes and the later stages read.
pub mod program;
/// Registry and standard library to pages for a reader.
pub mod reference;
/// The one table of the words of the language.
pub mod registry;
/// Findings to tables and figures.
pub mod report;
/// The store seen as a whole: rows, waste, faults, and why a cell is not there.
pub mod shelf;
/// Curves to plateaus, survival, comparisons, claims.
pub mod stats;
/// The standard modules, written in the language.
pub mod stdlib;
/// Cells, curves and checkpoints on disk.
pub mod store;
/// Text to tree.
pub mod syntax;
/// Files behind one trait.
pub mod world;
