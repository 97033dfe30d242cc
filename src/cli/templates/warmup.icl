//! Three arms at a size that trains in a second: for tests of the command line.

use std.shapes
use std.models
use std.curricula

param total: duration = 120 steps

data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 16)

let easy = shapes.classify(maps: 1, images: images, points: 6)
let hard = shapes.classify(maps: 8, images: images, points: 6)

probe weights {
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}

metric icl_accuracy = accuracy(hard) at last

experiment tiny {
  model: models.gpt2(layers: 1, heads: 2, width: 16)
  data: 320 sequences
  batch: 12
  optimizer: adam(lr: 3e-3)
  seeds: 2

  arm direct { curriculum: curricula.only(hard, total) }
  arm mixed { curriculum: curricula.mixed(easy, hard, total) }
  arm boosted { curriculum: curricula.only(hard, total), loss: icl + 0.1 * readout(weights, at: output) }

  measure { every: 10 steps, on: 32 sequences, icl_accuracy, weights }
  plateau { of: icl_accuracy, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: icl_accuracy by arm }
}
