use std.models
use std.curricula
use std.regression

let small = regression.linear(dim: 8, active: 2, points: 17)
let full = regression.linear(dim: 8, points: 17)

metric error = squared_error(full) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.three_stages(small, full, small, early: 1k steps, late: 500 steps, total: 2k steps)

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0308] 16:15 "stage `second` lasts no step" help "give it at least one step; a total counts the stages before it too"
