//! Values: what expressions come to, sizes that may depend on parameters, types inside tasks, arithmetic.

pub mod arithmetic;
pub mod shape;
pub mod size;
pub mod value;
