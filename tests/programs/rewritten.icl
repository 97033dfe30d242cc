//! A study that the tests of the checker rewrite: three strategies on label maps.
//! The study of Fu et al. 2024 at a size that two cores train in minutes: fewer factors, examples, layers and maps.

use std.shapes
use std.models
use std.curricula

/// Label maps of the hard task, drawn once a run.
param maps: count = 64
param total: duration = 6k steps
param rate: real = 3e-3

/// Images that differ in floor hue, object hue and shape, four values each.
data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 64, entangled: 50%)

let easy = shapes.classify(maps: 1, images: images, points: 10)
let hard = shapes.classify(maps: maps, images: images, points: 10)

/// What the weights know on their own: every factor of an image, with no token seeing another.
probe weights {
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}

metric icl_accuracy = accuracy(hard) at last

loss with_weights = icl + 0.1 * readout(weights, context: full, at: output)

experiment quickstart {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: rate)
  loss: icl
  seeds: 4

  /// Many maps from the start.
  arm direct { curriculum: curricula.only(hard, total) }
  /// One fixed map first.
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: 500 steps, total: total) }
  /// Many maps, and a loss that asks the weights for the factors.
  arm boosted { curriculum: curricula.only(hard, total), loss: with_weights }

  measure { every: 100 steps, on: 256 sequences, icl_accuracy, weights }
  plateau { of: icl_accuracy, exit: 50%, held: 3 evaluations }

  expect rmst(boosted) < rmst(direct) at 5%

  report {
    table: plateau
    plot: icl_accuracy by arm
    plot: weights by arm
  }
}
