use std.models
use std.curricula
use std.regression

param dim: count = 8

let target = regression.linear(dim: dim, points: 17)

metric error = squared_error(target) at lsat

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  sweep dim in [4, 8.5, 12]

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 }
  report { table: plateau, plot: error by dim }
}

// error[E0201] 9:41 "`lsat` is not defined" help "write `last`"
// error[E0301] 19:20 "`8.5` is a real number, but a count is needed" help "write a whole number of at least 0, without a `.` or a `%`"
// error[E0301] 22:41 "`3` is a count, but a number of evaluations is needed" help "write it with its unit: `3 evaluations`"
