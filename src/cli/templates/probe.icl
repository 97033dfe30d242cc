//! What do the weights know of an image while the loss is flat, and does a loss that asks them for it end the plateau
//! sooner? After Fu et al. 2024.

use std.shapes
use std.models
use std.curricula

/// Label maps of the task.
param maps: count = 32
param total: duration = 2500 steps

/// Rendered images that differ in floor hue, object hue and shape, four values each.
data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 64)

let hard = shapes.classify(maps: maps, images: images, points: 10)

/// Every factor of an image, read after one layer with no token seeing another: what the weights know on their own.
probe weights {
  of: hard
  read: residual(after: 1) at input
  context: none                // `full` is the default: then the context may help
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}

metric last_accuracy = accuracy(hard) at last

/// The task's own loss, and a reader of the same factors that is trained with the model.
loss with_weights = icl + 0.1 * readout(weights, context: full, at: output)

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 64)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  curriculum: curricula.only(hard, total)
  seeds: 2                     // a claim at 5% needs at least 4

  arm plain { loss: icl }
  arm asked { loss: with_weights }

  measure { every: 50 steps, on: 256 sequences, last_accuracy, weights }
  plateau { of: last_accuracy, exit: 50%, held: 3 evaluations }

  report {
    table: plateau
    plot: last_accuracy by arm
    plot: weights by arm
  }
}
