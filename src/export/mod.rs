//! What other programs read: weights as GPT-2 where a model is one, else under their own names; curves as one long table.
//!
//! `described` makes a network again from what its first segment's key is a hash of, `gpt2` gives its weights the names and
//! the layout of Hugging Face's GPT-2, `activations` writes what the network computes for a few sequences, and `check.py`,
//! which goes with them, holds the two against each other. `curves` has the forms of the table.

pub mod activations;
pub mod curves;
pub mod described;
pub mod gpt2;

/// Runs what was exported as GPT-2 on the sequences beside it, and compares.
pub const CHECK: &str = include_str!("check.py");
