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
  seeds: 4
  curriculum: curricula.only(target, 60 epochs)

  measure { every: 0.001 epochs, on: 256 sequences, score, weights }
  plateau { of: score, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: score by arm, plot: weights by arm }
}

// error[E0302] 25:20 "evaluations must lie at least one step apart" help "write a longer time, such as `every: 100 steps`"
