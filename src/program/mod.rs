//! A checked program: every name resolved, every size a number, every duration in steps. `check` makes it, `plan`
//! multiplies it into cells, the engine runs what it states.

pub mod condition;
pub mod contrast;
pub mod experiment;
pub mod figure;
pub mod graph;
pub mod intervention;
pub mod model;
pub mod numerics;
pub mod observation;
pub mod rendering;
pub mod task;
pub mod training;
pub mod vocabulary;

pub use experiment::{Arm, Claim, Experiment, PlateauRule, Program, Statistic};
pub use figure::Figure;
