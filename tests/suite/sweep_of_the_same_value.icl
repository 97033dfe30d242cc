use std.models
use std.curricula
use std.regression

param dim: count = 8

let target = regression.linear(dim: dim, points: 17)

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  sweep dim in [4, 8, 8]

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by dim }
}

// error[E0208] 19:23 "the value 8 is swept twice" help "keep one of them"
