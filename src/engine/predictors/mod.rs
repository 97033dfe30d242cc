//! Reference predictors: what a rule from a textbook makes of the examples that the model sees, in f64.
//!
//! Each takes the examples of one sequence and gives, for every i, the prediction of `y_i` from `x_i` and the pairs
//! before it, `[n, outputs]` row-major. Where nothing is known, at i = 0, the prediction is 0. They know neither tasks
//! nor samplers, and nothing about data makes them panic: examples that are all zero, too few, collinear or of extreme
//! scale have the predictions that the formula has in the limit. Infinite or undefined numbers give undefined
//! predictions.

mod averaging;
mod examples;
mod lasso;
mod least_squares;
mod nearest;
mod ngram;
mod ridge;
mod row_space;
mod score;
mod triangle;
mod vectors;

pub use averaging::averaging;
pub use examples::Examples;
pub use lasso::lasso;
pub use least_squares::least_squares;
pub use nearest::nearest;
pub use ngram::ngram;
pub use ridge::ridge;
pub use score::{LawScore, score_law, squared_error};
