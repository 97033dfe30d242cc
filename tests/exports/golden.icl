//! Measures of every kind, for a table that tests and other programs read. Nothing here is trained.

use std.shapes
use std.models
use std.curricula
use std.regression

data images = shapes3d(values: [4, 1, 4, 1, 1, 1], width: 16)

param maps: count = 8
param switch: duration = 20 steps

let easy = shapes.classify(maps: 1, images: images, points: 3)
let hard = shapes.classify(maps: maps, images: images, points: 3)
let plane = regression.linear(dim: 2, points: 3)

probe factors {
  of: hard
  read: attention_out(1) at query
  context: full
  predict: factors
  fit: ridge(1e-2)
}

probe everywhere {
  of: hard
  read: residual(after: all) at input
  context: none
  predict: factor
  fit: logistic(1e-2)
}

probe plane_weights {
  of: plane
  read: output at 3
  context: full
  predict: w
  fit: ridge(1e-2)
}

metric at_last = accuracy(hard) at last
metric seen = cross_entropy(hard, on: training)
metric squares = squared_error(plane) at 1
metric previous = previous_token_score(0, 1)
metric lens = logit_lens(hard, 1)

experiment labels {
  model: models.gpt2(layers: 2, heads: 2, width: 16)
  data: 640 sequences
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: [1, 7]

  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: switch, total: 3 epochs) }

  sweep maps in [8, 1k]
  sweep switch in [10 steps, 1 epoch]

  measure { every: 20 steps, on: 64 sequences, at_last, seen, factors, everywhere, previous, lens }
  plateau { of: at_last, exit: 50%, held: 1 evaluation, refine: 5 steps }
  report { table: plateau, plot: at_last at 30 steps against maps }
}

experiment numbers {
  model: models.gpt2(layers: 2, heads: 2, width: 16)
  data: fresh
  batch: 32 * layer
  optimizer: adam(lr: rate)
  loss: icl
  seeds: 2
  curriculum: curricula.only(plane, 40 steps)

  sweep rate in [1e-3, 2e-3]
  sweep layer in [1, 2]

  measure { every: 20 steps, on: 64 sequences, squares, plane_weights }
  report { table: final, plot: error by position for [model, least_squares] }
}
