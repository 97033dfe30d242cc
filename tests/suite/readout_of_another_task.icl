use std.shapes
use std.models
use std.curricula
use "./tasks"

let easy = shapes.classify(maps: 1)
let hard = shapes.classify(maps: 64)

probe weights {
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}

metric score = accuracy(hard) at last
loss boosted = icl + 0.1 * readout(weights, at: output)

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: 10k sequences
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4

  arm direct { curriculum: curricula.only(tasks.plain(), 60 epochs), loss: boosted }
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: 10 epochs, total: 60 epochs) }

  measure { every: 1 epoch, on: 256 sequences, score, weights }
  plateau { of: score, exit: 50%, held: 3 evaluations }
  expect rmst(warmup) < rmst(direct) at 5%
  report { table: plateau, plot: score by arm }
}

// error[E0310] 18:28 "`plain` trains on a task without the `factors` of probe `weights`" help "train on tasks that have these labels, or take this term out of the loss"
//// tasks.icl
data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 64)

pub task plain(maps: count = 8, points: count = 10) {
  per sequence {
    factor ~ uniform(images.attributes)
    map ~ permutations(images.sizes) in pool(maps)
  }
  per example {
    image ~ rows(images) without replacement
    y = map[factor][image.attributes[factor]]
  }
  length: points
  input: image.embedding
  target: y : class(4)
  blind: levels(loss: 1.4, accuracy: 25%)
  ideal: posterior
}
