//! The engine: cells to curves and checkpoints. It knows neither the language nor who asked.
//!
//! `streams` and `sampler` make data, `itinerary` and `corpus` put it into batches, `program` compiles a model to a flat
//! list of operations that `execute` runs with `kernels`, `network` and `adam` train it, `probe`, `references` and
//! `measure` look at it, `predictors` are what it is compared with, `train` is the loop.

pub mod adam;
pub mod batch;
pub mod corpus;
pub mod deviates;
pub mod error;
pub mod execute;
pub mod itinerary;
pub mod kernels;
mod lanes;
pub mod levels;
pub mod measure;
pub mod memory;
pub mod network;
pub mod predictors;
pub mod probe;
pub mod program;
pub mod references;
pub mod sampler;
pub mod state;
pub mod streams;
pub mod support;
pub mod train;
