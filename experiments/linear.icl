//! Garg et al. 2022 at a size for two cores: a small transformer learns linear regression in context. Does a curriculum
//! that begins with one coordinate of x end its plateau sooner?

use std.curricula
use std.models
use std.regression

let plane = regression.linear(dim: 2, points: 11)
let growing = regression.linear(dim: 2, active: ramp(1 -> 2, by: 1, every: 500 steps), points: 11)

/// Squared error, over all examples and at the last of them.
metric mean_error = squared_error(plane)
metric last_error = squared_error(plane) at last

experiment linear {
  model: models.gpt2(layers: 3, heads: 2, width: 64)
  data: fresh
  batch: 64
  optimizer: adam(lr: 3e-3)
  loss: icl
  seeds: 3

  /// Both coordinates from the start.
  arm direct { curriculum: curricula.only(plane, 6k steps) }
  /// One coordinate for 500 steps, then both.
  arm grown { curriculum: curricula.only(growing, 6k steps) }

  measure { every: 100 steps, on: 512 sequences, mean_error, last_error }
  plateau { of: mean_error, exit: 50%, held: 3 evaluations }
  expect rmst(grown) < rmst(direct) at 5%
  report {
    table: plateau
    plot: mean_error by arm
    plot: error by position for [model, least_squares, nearest(3), averaging]
  }
}
