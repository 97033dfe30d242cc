use std.models
use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: heads, width: width)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  sweep width in [30, 32]
  sweep heads in [2, 4]

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by width for each heads }
}

// error[E0303] 10:40 "4 heads cannot share a width of 30" help "use one of 1, 2, 3, 5, 6, 10, 15, 30 heads, or another width"
