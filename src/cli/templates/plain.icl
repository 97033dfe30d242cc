//! Does a larger learning rate shorten the plateau?
//! Change this line to what your study asks: it stands at the top of its reports.

use std.shapes                 // `icl doc std` lists the standard modules
use std.models
use std.curricula

/// Label maps of the task: the more there are, the longer the plateau. `--set maps=64` sets it from outside.
param maps: count = 16
/// How long every run trains.
param total: duration = 2500 steps

/// Rendered images that differ in floor hue, object hue and shape, four values each.
data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 64)

/// Ten examples a sequence: one hidden factor of the image decides the label, under one of `maps` maps.
let task_of_maps = shapes.classify(maps: maps, images: images, points: 10)

/// What is measured: accuracy at the last example, where the context says most.
metric last_accuracy = accuracy(task_of_maps) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 64)
  data: fresh                  // or `10k sequences`, which come again every epoch
  batch: 32
  loss: icl
  curriculum: curricula.only(task_of_maps, total)
  seeds: 2                     // a claim at 5% needs at least 4

  // An arm is the experiment with some settings replaced; the first is the baseline.
  arm slow { optimizer: adam(lr: 5e-4) }
  arm fast { optimizer: adam(lr: 1e-3) }

  measure { every: 50 steps, on: 256 sequences, last_accuracy }
  plateau { of: last_accuracy, exit: 50%, held: 3 evaluations }

  // What you expect, told before the run: `expect rmst(fast) < rmst(slow) at 5%`

  report {
    table: plateau
    plot: last_accuracy by arm
  }
}
