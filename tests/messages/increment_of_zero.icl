use std.shapes
use std.models
use std.curricula

let easy = shapes.classify(maps: 1)
let hard = shapes.classify(maps: 64)

probe weights {
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}

curriculum growth {
  stage main {
    train: shapes.classify(maps: 64, points: ramp(10 -> 40, by: 0, every: 2k steps))
    for: 10k steps
  }
}

metric last_accuracy = accuracy(hard) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4

  arm direct { curriculum: growth }
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: 2k steps, total: 10k steps) }

  measure { every: 100 steps, on: 256 sequences, last_accuracy, weights }
  plateau { of: last_accuracy, exit: 50%, held: 3 evaluations }
  expect rmst(warmup) < rmst(direct) at 5%
  report { table: plateau, plot: last_accuracy by arm }
}
