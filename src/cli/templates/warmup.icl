//! Does practice on one fixed label map shorten the plateau on many maps? After Fu et al. 2024.
//! At this size it does harm; change the sizes below, and see where it begins to help.

use std.shapes
use std.models
use std.curricula

/// Label maps of the hard task.
param maps: count = 32
/// How long the practice lasts, and every run in all.
param switch: duration = 200 steps
param total: duration = 2500 steps

/// Rendered images that differ in floor hue, object hue and shape, four values each.
data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 64)

let easy = shapes.classify(maps: 1, images: images, points: 10)
let hard = shapes.classify(maps: maps, images: images, points: 10)

metric last_accuracy = accuracy(hard) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 64)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 2                     // a claim at 5% needs at least 4

  /// Many maps from the start.
  arm direct { curriculum: curricula.only(hard, total) }
  /// One fixed map first. The budget is the same: time counts from the first step of the practice.
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: switch, total: total) }
  // A third: `arm mixed { curriculum: curricula.mixed(easy, hard, total) }`

  measure { every: 50 steps, on: 256 sequences, last_accuracy }
  plateau { of: last_accuracy, exit: 50%, held: 3 evaluations }

  report {
    table: plateau
    plot: last_accuracy by arm
  }
}
