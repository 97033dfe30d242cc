//! The engines against PyTorch, and against each other.
//!
//! `tests/oracle/make_models.py` writes the values that are compared with: one model for each option of the language.

#[path = "engines/changing.rs"]
mod changing;
#[path = "engines/compared.rs"]
mod compared;
#[path = "engines/drawn.rs"]
mod drawn;
#[path = "engines/golden.rs"]
mod golden;
#[path = "engines/inside.rs"]
mod inside;
#[path = "engines/kept.rs"]
mod kept;
#[path = "engines/kernels.rs"]
mod kernels;
#[path = "engines/stacked.rs"]
mod stacked;
