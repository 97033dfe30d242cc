use std.curricula
use std.models
use std.regression

let target = regression.linear(dim: 8, points: 17)

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 1, width: 16, heads: 2)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  numerics: f16
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0201] 14:13 "`f16` is not defined" help "write `bf16`"
