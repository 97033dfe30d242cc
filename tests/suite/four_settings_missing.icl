use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

metric error = squared_error(target) at last

experiment study {
  optimizer: adam(lr: 1e-3)
  loss: icl
  curriculum: curricula.only(target, 2k steps)

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0207] 8:12 "experiment `study` has no `model`, `data`, `batch` and `seeds`" help "add each of them, such as `model: ...`"
