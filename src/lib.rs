//! icl: a language for studying how transformers learn from context, and its interpreter.
//!
//! Data flows one way, in the order of the modules below; docs/architecture.md says what each must not know.

/// What is wrong with a program: pure data with places in the sources.
pub mod diagnostic;
/// Files behind one trait.
pub mod world;
/// The standard modules, written in the language.
pub mod stdlib;
/// Text to tree.
pub mod syntax;
/// The one table of the words of the language.
pub mod registry;
/// Trees to a typed program and all findings.
pub mod check;
/// The typed program: what `check` makes and the later stages read.
pub mod program;
/// Program to cells: arm x seed, with identity and cost.
pub mod plan;
/// Data sources: images, their embeddings, arrays in files.
pub mod data;
/// Cells to curves and checkpoints.
pub mod engine;
/// Cells, curves and checkpoints on disk.
pub mod store;
/// Curves to plateaus, survival, comparisons, claims.
pub mod stats;
/// Findings to tables and figures.
pub mod report;
/// Groups of cells to where they run.
pub mod cluster;
/// One file a subcommand; the only place that prints.
pub mod cli;
