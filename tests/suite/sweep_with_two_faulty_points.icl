use std.models
use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: width)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  sweep width in [31, 32, 33]

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by width }
}

// error[E0303] 10:40 "2 heads cannot share a width of 31" help "use one of 1, 31 heads, or another width"
