// Shares of a mixture are training.
// class: result
// cells: 2 rerun (0 of the same training, 0 go on), 4 reused, 0 new, 0 dropped
//   result       train  (arm mixed)  new/study.icl:39 (was 35)
//                - mix(classify(maps: 1, points: 6): 50%, classify(maps: 8, points: 6): 50%)
//                + mix(classify(maps: 1, points: 6): 20%, classify(maps: 8, points: 6): 80%)
//// old/study.icl
//! Label maps of images.

use std.curricula
use std.models
use std.shapes

param maps: count = 8

data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 16)

let easy = shapes.classify(maps: 1, images: images, points: 6)
let hard = shapes.classify(maps: maps, images: images, points: 6)

probe weights {
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}

metric accuracy_last = accuracy(hard) at last

loss with_weights = icl + 0.1 * readout(weights, context: full, at: output)

experiment maps {
  model: models.gpt2(layers: 1, heads: 2, width: 16)
  data: 320 sequences
  batch: 32
  optimizer: adam(lr: 3e-3)
  loss: icl
  seeds: 2

  arm direct { curriculum: curricula.only(hard, 20 epochs) }
  arm mixed { curriculum: curricula.mixed(easy, hard, 20 epochs) }
  arm boosted { curriculum: curricula.only(hard, 20 epochs), loss: with_weights }

  measure { every: 1 epoch, on: 64 sequences, accuracy_last, weights }
  plateau { of: accuracy_last, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: accuracy_last by arm, plot: weights by arm }
}
//// new/study.icl
//! Label maps of images.

use std.curricula
use std.models
use std.shapes

param maps: count = 8

data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 16)

let easy = shapes.classify(maps: 1, images: images, points: 6)
let hard = shapes.classify(maps: maps, images: images, points: 6)

probe weights {
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}

metric accuracy_last = accuracy(hard) at last

loss with_weights = icl + 0.1 * readout(weights, context: full, at: output)

curriculum blend {
  stage main { train: mix(easy: 20%, hard: 80%), for: 20 epochs }
}

experiment maps {
  model: models.gpt2(layers: 1, heads: 2, width: 16)
  data: 320 sequences
  batch: 32
  optimizer: adam(lr: 3e-3)
  loss: icl
  seeds: 2

  arm direct { curriculum: curricula.only(hard, 20 epochs) }
  arm mixed { curriculum: blend }
  arm boosted { curriculum: curricula.only(hard, 20 epochs), loss: with_weights }

  measure { every: 1 epoch, on: 64 sequences, accuracy_last, weights }
  plateau { of: accuracy_last, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: accuracy_last by arm, plot: weights by arm }
}
