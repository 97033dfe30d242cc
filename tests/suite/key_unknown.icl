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

metric score = accuracy(hard) at last
loss boosted = icl + 0.1 * readout(weights, at: output)

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: 10k sequences
  batch: 32
  temperature: 3
  optimizer: adam(lr: 1e-3)
  seeds: 4

  arm direct { curriculum: curricula.only(hard, 60 epochs) }
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: 10 epochs, total: 60 epochs) }

  measure { every: 1 epoch, on: 256 sequences, score, weights }
  plateau { of: score, exit: 50%, held: 3 evaluations }
  expect rmst(warmup) < rmst(direct) at 5%
  report { table: plateau, plot: score by arm }
}

// error[E0202] 23:3 "an experiment has no setting `temperature`" help "settings of an experiment: model, data, batch, optimizer, loss, seeds, curriculum, clip, numerics, intervene, evaluate, along, keep"
