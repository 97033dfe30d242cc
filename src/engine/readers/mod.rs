//! Readers of probes as numerics: what predicts targets linearly from features, fitted to its one optimum.
//!
//! `ridge` and `centroid` grow chunk by chunk, so that the features of an evaluation never stand in memory at once;
//! `logistic` is fitted on features in memory. All of them give a `linear` map, whose predictions `score` adds up. Sums
//! are f64, and each of them is one chain over the rows in their order: neither chunks nor the width of the machine's
//! vectors change a bit. `panels` holds the products, on the vectors of
//! `doubles`; `cholesky`, `eigen` and `lbfgs` solve.
//!
//! Nothing here knows of tasks or networks.

pub mod centroid;
mod cholesky;
mod doubles;
mod eigen;
mod lbfgs;
pub mod linear;
pub mod logistic;
mod panels;
pub mod ridge;
pub mod score;

use crate::engine::error::{Result, ensure};

/// How many rows `features` of a width are.
fn rows(features: &[f32], width: usize) -> Result<usize> {
    ensure(width > 0 && features.len().is_multiple_of(width), || {
        format!("{} features in rows of {width}", features.len())
    })?;
    Ok(features.len() / width)
}

/// Whether there are `count` labels, all of them below `classes`.
fn check_labels(labels: &[u32], count: usize, classes: usize) -> Result<()> {
    ensure(labels.len() == count, || format!("{} labels for {count} rows", labels.len()))?;
    match labels.iter().find(|&&label| label as usize >= classes) {
        Some(label) => ensure(false, || format!("the label {label} among {classes} classes")),
        None => Ok(()),
    }
}
