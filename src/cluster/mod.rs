//! Where cells run: the threads of this process, which share the store with other processes.

mod course;
mod finer;
mod ledger;
mod local;
mod trained;
mod unit;

pub use local::{Compute, Failure, Manner, Outcome, Study, Watcher, Work, run_cells};
