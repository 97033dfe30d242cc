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
  loss: icl
  seeds: 4

  arm direct { curriculum: curricula.only(full, 2k), optimizer: adam(lr: 0), clip: -1, batch: 0 }
  arm warmup { curriculum: curricula.warm_up(small, full, switch: 500 steps, total: 2k steps) }

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  expect rmst(warmup) < rmst(direct) at 5%
  report { table: plateau, plot: error by arm }
}

// error[E0301] 18:49 "`2k` is a count, but a duration is needed" help "give it a unit, such as `steps` or `epochs`"
// error[E0302] 18:74 "a learning rate must be above 0" help "write a small number, such as `1e-4`"
// error[E0302] 18:84 "a gradient clipped to 0 or less moves nothing" help "write a number above 0, such as `1.0`"
// error[E0302] 18:95 "`0` is too small: at least 1 is needed" help "write a whole number of at least 1"
