use std.models
use std.regression

curriculum c {
  sweep dim in [1, 2]
  stage main { train: target, for: 2k steps }
}

param dim: count = 8

let target = regression.linear(dim: dim, points: 17)

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: c

  sweep dim in [4, 8, 12]

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by dim }
}

// error[E0211] 5:3 "a `sweep` does nothing in a curriculum" help "remove it, or write a setting, `key: value`"
