use std.models
use std.curricula
use std.regression

let dim = 8

let target = regression.linear(dim: dim, points: 17)

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 2k steps)


  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}
// set dim=4

// error[E0201] 1:5 "there is no param `dim` to set" in --set dim=4 help "write `param dim: ...` in place of `let dim`, so that it can be set"
