//! How do the weights component and the plateau change as a task gets harder? The number of label maps is the difficulty.
//! Fu et al. 2024, figures 3 and 4, at a size for two cores.

use std.shapes
use std.models
use std.curricula

/// Label maps, drawn once a run.
param maps: count = 1
param total: duration = 6k steps

/// Images that differ in floor hue, object hue and shape, four values each, so entangled that weights must be learned
/// which tell the factors apart.
data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 64, entangled: 100%)

let target = shapes.classify(maps: maps, images: images, points: 10)

/// What the weights know on their own, after each number of layers: every factor of an image, with no token seeing another.
probe weights {
  of: target
  read: residual(after: all) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}

metric icl_accuracy = accuracy(target) at last
/// Maps that no run has seen.
metric new_maps = accuracy(fresh(target)) at last

experiment difficulty {
  model: models.gpt2(layers: 2, heads: 2, width: 64)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 4
  curriculum: curricula.only(target, total)

  sweep maps in [1, 4, 16, 64, 256]

  measure { every: 100 steps, on: 256 sequences, icl_accuracy, new_maps, weights }
  plateau { of: icl_accuracy, exit: 50%, held: 3 evaluations }

  report {
    table: plateau
    plot: icl_accuracy by maps
    plot: weights[1] by maps
    plot: weights by layer
    plot: weights[1] at 6k steps against maps
    plot: plateau against maps
    plot: plateau against weights[1] at 6k steps
  }
}
