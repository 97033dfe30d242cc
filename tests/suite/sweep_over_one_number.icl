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

  sweep dim in 8

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by dim }
}

// error[E0301] 19:16 "`8` is a count, but a list or a range of values is needed" help "write a list, such as `[1, 10, 100]`, or a range, such as `1..=6`"
