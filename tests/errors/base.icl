//! The study that the examples of docs/errors change: an example's items replace those of the same keyword and name, and
//! the settings and blocks of its `experiment study` those of the same key.

use std.shapes
use std.models
use std.curricula

param maps: count = 64
param total: duration = 20k steps

let easy = shapes.classify(maps: 1)
let hard = shapes.classify(maps: maps)

probe weights {
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}

metric last_accuracy = accuracy(hard) at last
loss with_weights = icl + 0.1 * readout(weights, at: output)

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4

  arm direct { curriculum: curricula.only(hard, total) }
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: 3k steps, total: total) }
  arm boosted { curriculum: curricula.only(hard, total), loss: with_weights }

  measure { every: 200 steps, on: 256 sequences, last_accuracy, weights }
  plateau { of: last_accuracy, exit: 50%, held: 3 evaluations }
  expect rmst(boosted) < rmst(direct) at 5%
  report { table: plateau, plot: last_accuracy by arm }
}
