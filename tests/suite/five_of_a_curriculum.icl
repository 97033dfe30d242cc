use std.models
use std.regression

let small = regression.linear(dim: 8, active: 2, points: 17)
let full = regression.linear(dim: 8, points: 17)

curriculum grow {
  stage small { train: small, until: progress(small) > 120% for 3 steps, at_most: 1k steps }
  stage full { train: fll, for: 2k steps - elapsed, optimizer: rest }
}

metric error = squared_error(full) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: grwo

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0302] 8:38 "this guard never holds: what it looks at lies between 0 and 1" help "write a share between 0% and 100%"
// error[E0301] 8:65 "`3 steps` is a duration, but a number of evaluations is needed" help "write it with its unit: `3 evaluations`"
// error[E0201] 9:23 "`fll` is not defined" help "write `full`"
// error[E0201] 9:64 "`rest` is not defined" help "write `reset`"
// error[E0201] 20:15 "`grwo` is not defined" help "write `grow`"
