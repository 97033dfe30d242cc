//! Garg et al. 2022 at a size for two cores: does a small transformer learn linear regression in context, and does a
//! curriculum that raises the number of active coordinates end its plateau sooner?

use std.curricula
use std.models
use std.regression

let full = regression.linear(dim: 5, points: 16)
let growing = regression.linear(
  dim: 5,
  active: ramp(2 -> 5, by: 1, every: 500 steps),
  points: ramp(7 -> 16, by: 3, every: 500 steps),
)

/// Squared error over all examples, and at the last of them.
metric error = squared_error(full)
metric last_error = squared_error(full) at last

experiment linear {
  model: models.gpt2(layers: 3, heads: 2, width: 64)
  data: fresh
  batch: 64
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 3

  arm direct { curriculum: curricula.only(full, 6k steps) }
  arm grown { curriculum: curricula.only(growing, 6k steps) }

  measure { every: 100 steps, on: 512 sequences, error, last_error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report {
    table: plateau
    plot: error by arm
    plot: error by position for [model, least_squares, nearest(3), averaging]
  }
}
