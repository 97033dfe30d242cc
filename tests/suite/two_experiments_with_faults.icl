use std.models
use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: -1)
  loss: icl
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

experiment second {
  model: models.gpt2(layers: 2, heads: 5, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 2k steps)
  measure { every: 100 steps, on: 256 sequences, error }
}

// error[E0302] 13:23 "a learning rate must be above 0" help "write a small number, such as `1e-4`"
// error[E0303] 24:40 "5 heads cannot share a width of 32" help "use one of 1, 2, 4, 8, 16, 32 heads, or another width"
