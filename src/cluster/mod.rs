//! Where cells run: the threads of this process.

mod local;

pub use local::{Failure, Manner, Outcome, Watcher, run_cells};
