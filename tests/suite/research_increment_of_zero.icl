//! Dimensions are to grow from 5 to 20 during training, by an increment that is 0: they stay at 5.

use std.curricula
use std.models
use std.regression

let full = regression.linear(dim: 20, points: 41)

curriculum grow {
  stage ramp {
    train: regression.linear(dim: 20, active: ramp(5 -> 20, by: 0, every: 2k steps), points: 41)
    for: 30k steps
  }
}

metric query_error = squared_error(full) at last

experiment growing {
  model: models.gpt2(layers: 2, heads: 2, width: 64)
  data: fresh
  batch: 64
  optimizer: adam(lr: 1e-4)
  seeds: 5
  arm at_once { curriculum: curricula.only(full, 30k steps) }
  arm grow { curriculum: grow }
  measure { every: 500 steps, on: 256 sequences, query_error }
}

// error[E0315] 11:65 "this ramp never moves" help "by: 1"
