use std.models
use std.curricula
use std.regression
use std.shapes

let images = shapes.classify(maps: 1)
probe factors {
  of: images
  read: residual(after: 1) at input
  predict: factors
  fit: ridge(1e-2)
}
curriculum boosted {
  stage main { train: full, for: 2k steps, loss: icl + 0.1 * readout(factors, at: output) }
}

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

  arm direct { curriculum: curricula.only(full, 2k steps) }
  arm warmup { curriculum: boosted }

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  expect rmst(warmup) < rmst(direct) at 5%
  report { table: plateau, plot: error by arm }
}

// error[E0310] 14:62 "`linear(dim: 8, points: 17)` trains on a task without the `factors` of probe `factors`" help "train on tasks that have these labels, or take this term out of the loss"
