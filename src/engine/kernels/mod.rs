//! The arithmetic of the fast engine: plain functions over slices, in one thread and in a fixed order, so that a result
//! has the same bits whatever else the process does.

pub mod activation;
pub mod attention;
pub mod cross_entropy;
pub mod loss;
pub mod math;
pub mod norm;
pub mod product;
pub(crate) mod simd;
pub mod squared_error;
pub(crate) mod tile;
pub(crate) mod vector;
