//! Names: the modules of a program, what each name stands for, and every fault of naming.

pub mod modules;
pub mod names;
pub mod scope;
pub mod suggest;
pub mod wanted;
pub mod words;
