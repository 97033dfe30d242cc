//! Tasks: generative processes as graphs of typed nodes, their texts, and their levels.

pub mod canonical;
pub mod compounds;
pub mod drawing;
pub mod draws;
pub mod functions;
pub mod graph;
pub mod indexing;
pub mod levels;
pub mod lines;
pub mod nodes;
pub mod places;
pub mod tasks;
pub mod texts;
