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
  #allow(W0203, "a first look")
  seeds: 2

  arm direct { curriculum: curricula.only(full, 2k steps) }
  #allow(W0201, "both were changed in the paper")
  arm warmup { curriculum: curricula.warm_up(small, full, switch: 500 steps, total: 2k steps) }

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  expect rmst(warmup) < rmst(direct) at 5%
  report { table: plateau, plot: error by arm }
}

// warning[W0209] 20:3 "this `#allow` silences no W0201" help "take it away"
