use std.models
use std.regression

let full = regression.linear(dim: 8, points: 17)

curriculum grow {
  stage ramp { train: regression.linear(dim: 8, active: ramp(2 -> 8, by: 0.5, every: 50 steps), points: 17), for: 1k steps }
  stage full { train: full, for: 1k steps }
}

metric error = squared_error(full) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: grow

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0301] 7:57 "`ramp(2 -> 8, by: 0.5, every: 50 steps)` is a real number, but a count is needed" help "write a whole number of at least 0, without a `.` or a `%`"
