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

  sweep seeds in [1, 2, 3]

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by seeds }
}

// error[E0318] 19:9 "nothing changes with `seeds`" help "use the name in a task, a model or a setting, or take the sweep away"
