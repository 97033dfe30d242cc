//! A configuration key that no line of the program reads: the warm-up of the learning rate that the paper reports.
use std.models
use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  warmup_steps: 500
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0202] 16:3 "an experiment has no setting `warmup_steps`" help "settings of an experiment: model, data, batch, optimizer, loss, seeds, curriculum, clip, numerics, intervene, evaluate, along, keep"
