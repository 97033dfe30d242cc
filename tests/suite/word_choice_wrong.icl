use std.shapes
use std.models
use std.curricula

let easy = shapes.classify(maps: 1)
let hard = shapes.classify(maps: 64)

probe weights {
  of: hard
  read: residual(after: 1) at input
  context: last
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

  arm direct { curriculum: curricula.only(hard, 60 epochs) }
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: 10 epochs, total: 60 epochs) }

  measure { every: 1 epoch, on: 256 sequences, score, weights }
  plateau { of: score, exit: 50%, held: 3 evaluations }
  expect rmst(warmup) < rmst(direct) at 5%
  report { table: plateau, plot: score by arm }
}

// error[E0301] 11:12 "`last` is a word, but `full` or `none` or `zero` or `self_only` is needed" help "write `full` or `none` or `zero` or `self_only` here"
