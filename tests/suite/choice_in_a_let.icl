use std.models
use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

param order: pre | post = none

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0301] 7:27 "`none` is a word, but `pre` or `post` is needed" help "write `pre` or `post` here"
