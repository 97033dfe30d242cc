//! The engine: cells to curves and checkpoints. It knows neither the language nor who asked.
//!
//! `streams` and `sampler` make data, `itinerary`, `corpus`, `outline`, `texts` and `told` put it into batches; `drawn` and
//! `kits` have a `card` do both. `compile` makes a model a flat list of operations (`program`), which a `backend` runs: `fast`
//! with `kernels` on the threads of a `crew`, `stacked` on cards, or `plain`; `changed` is what takes the place of its values
//! meanwhile, which `intervene` makes of the interventions of the language. `network` and `adam` train it, `probe`,
//! `readers`, `references` and `measure` look at it, `predictors` are what it is compared with, `train` is the loop.
//! `footprint` says how much memory a cell takes before any of it is trained, `pace` how long.

pub mod adam;
pub mod backend;
pub mod batch;
pub mod card;
pub mod changed;
pub mod compile;
pub mod corpus;
pub mod crew;
pub mod deviates;
pub mod drawn;
pub mod dropout;
pub mod error;
pub mod fast;
pub mod footprint;
pub mod intervene;
pub mod itinerary;
pub mod kernels;
pub mod kits;
mod lanes;
pub mod levels;
pub mod measure;
pub mod memory;
pub mod network;
pub mod outline;
pub mod pace;
pub mod plain;
pub mod predictors;
pub mod probe;
pub mod program;
pub mod readers;
pub mod references;
pub mod sampler;
pub mod stacked;
pub mod state;
pub mod streams;
pub mod support;
pub mod texts;
pub mod told;
pub mod train;
