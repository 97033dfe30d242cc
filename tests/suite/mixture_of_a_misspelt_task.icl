use std.models
use std.regression

let small = regression.linear(dim: 8, active: 2, points: 17)
let full = regression.linear(dim: 8, points: 17)

curriculum grow {
  stage small { train: small, until: progress(small) > 80% for 3 evaluations, at_most: 1k steps }
  stage full { train: mix(full: 50%, smal: 50%), for: 2k steps - elapsed }
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

// error[E0201] 9:38 "`smal` is not defined" help "write `small`"
