use std.models
use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

probe vector {
  of: target
  read: residual(after: 1) at input
  predict: w
  fit: centroid
}

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  measure { every: 100 steps, on: 256 sequences, error, vector }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0310] 10:12 "`w` is a number, which this reader cannot tell" help "fit it by `ridge(1e-2)` or `linear(...)`"
