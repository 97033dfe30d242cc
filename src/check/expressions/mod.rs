//! Expressions: names, calls and items to values; builtins; models, curricula and probes.

pub mod builtins;
pub mod calls;
pub mod conditions;
pub mod evaluate;
pub mod growth;
pub mod items;
pub mod measures;
pub mod optimizers;
pub mod parts;
