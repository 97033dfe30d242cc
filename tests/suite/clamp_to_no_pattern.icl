use std.shapes
use std.models
use std.curricula

let target = shapes.classify(maps: 16)

probe weights {
  of: target
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: ridge(1e-2)
}

metric score = accuracy(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: 10k sequences
  batch: 50
  optimizer: adam(lr: 1e-3)
  intervene: clamp(head(1, 1), next_token)
  seeds: 4
  curriculum: curricula.only(target, 60 epochs)

  measure { every: 1 epoch, on: 256 sequences, score, weights }
  plateau { of: score, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: score by arm, plot: weights by arm }
}

// error[E0201] 22:32 "`next_token` is not defined" help "define it with `let`"
