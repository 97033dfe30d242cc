//! Does the plateau grow with the number of label maps? With a task that is written out, to make your own of it.

use std.models
use std.curricula

param total: duration = 2500 steps

/// Rendered images that differ in floor hue, object hue and shape, four values each.
data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 64)

/// One hidden factor of the image decides the label, under one of `maps` label maps.
task name_it(maps: count, points: count = 10) {
  // Drawn once for every sequence; a pool is drawn once for every run, and each sequence picks one of it.
  per sequence {
    factor ~ uniform(images.attributes)
    map ~ permutations(images.sizes) in pool(maps)
  }
  // Drawn for every example: an image that has not come yet, and its label.
  per example {
    image ~ rows(images) without replacement
    factors = image.attributes
    y = map[factor][factors[factor]]
  }
  length: points
  input: image.embedding
  target: y : class(max(images.sizes))
  // Where a plateau sits: what is best without a look at the context.
  blind: levels(loss: mean(log(images.sizes)), accuracy: mean(1 / images.sizes))
  // What can be reached: here the exact Bayes predictor, over factors and maps.
  ideal: posterior
}

let few = name_it(maps: 8)
let many = name_it(maps: 32)

metric few_accuracy = accuracy(few) at last
metric many_accuracy = accuracy(many) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 64)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 2                     // a claim at 5% needs at least 4

  arm on_few { curriculum: curricula.only(few, total) }
  arm on_many { curriculum: curricula.only(many, total) }

  measure { every: 50 steps, on: 256 sequences, few_accuracy, many_accuracy }
  plateau { of: few_accuracy, exit: 50%, held: 3 evaluations }

  report {
    table: plateau
    plot: few_accuracy by arm
    plot: many_accuracy by arm
  }
}
