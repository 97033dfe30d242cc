//! A study for each kind of figure. Nothing here is trained: `cargo run --example gallery` draws made-up runs of it.

use std.shapes
use std.models
use std.curricula
use std.regression

data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 16)

param maps: count = 20k
param dim: count = 20

let easy = shapes.classify(maps: 1, images: images, points: 6)
let hard = shapes.classify(maps: maps, images: images, points: 6)
let plane = regression.linear(dim: dim, points: 2 * dim + 1)

probe weights {
  of: hard
  read: residual(after: 3) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-3)
}

probe everywhere {
  of: hard
  read: residual(after: all) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-3)
}

metric icl_accuracy = accuracy(hard) at last
metric easy_accuracy = accuracy(easy) at last
metric query_error = squared_error(plane) at last

loss boosted = icl + 0.1 * readout(weights, context: full, at: output)

experiment warmup {
  model: models.gpt2(layers: 12, heads: 4, width: 128)
  data: 10k sequences
  batch: 100
  optimizer: adam(lr: 1e-4)
  loss: icl
  seeds: 5

  arm direct { curriculum: curricula.only(hard, 60 epochs) }
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: 10 epochs, total: 60 epochs) }
  arm boosted { curriculum: curricula.only(hard, 60 epochs), loss: boosted }

  measure { every: 1 epoch, on: 2k sequences, icl_accuracy, weights }
  plateau { of: icl_accuracy, exit: 50%, held: 3 evaluations }
  report {
    table: plateau
    plot: icl_accuracy by arm
    plot: weights by arm
    plot: survival by arm
  }
}

experiment difficulty {
  model: models.gpt2(layers: 12, heads: 4, width: 128)
  data: 10k sequences
  batch: 100
  optimizer: adam(lr: 1e-4)
  loss: icl
  seeds: 5
  curriculum: curricula.only(hard, 60 epochs)

  sweep maps in [1, 10, 100, 1k, 10k, 20k]

  measure { every: 1 epoch, on: 2k sequences, icl_accuracy, easy_accuracy, weights, everywhere }
  plateau { of: icl_accuracy, exit: 50%, held: 3 evaluations }
  report {
    plot: icl_accuracy by maps
    plot: everywhere[3] by maps
    plot: [icl_accuracy, easy_accuracy] by maps
    plot: everywhere by layer
    plot: weights at 50 epochs against maps
    plot: plateau against maps
    plot: plateau against weights at 10 epochs
    plot: survival by maps
  }
}

experiment functions {
  model: models.gpt2(layers: 6, heads: 4, width: 128)
  data: fresh
  batch: 64
  optimizer: adam(lr: 1e-4)
  seeds: 3
  curriculum: curricula.only(plane, 30k steps)

  arm plain { loss: icl }
  arm clipped { loss: icl, clip: 1 }

  sweep dim in [10, 20, 40]

  measure { every: log(20), on: 1k sequences, query_error }
  plateau { of: query_error, exit: 50%, held: 3 evaluations }
  report {
    plot: query_error by arm for each dim
    plot: error by position for [model, least_squares, averaging]
    plot: distance to [least_squares, averaging]
  }
}
