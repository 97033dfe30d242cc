use std.shapes
use std.models

let target = shapes.classify(maps: 16)

probe weights {
  of: target
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: ridge(1e-2)
}

curriculum known {
  stage main { train: target, until: weights > 90%, at_most: 60 epochs }
}

metric score = accuracy(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: 10k sequences
  batch: 50
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: known

  measure { every: 1 epoch, on: 256 sequences, score, weights }
  plateau { of: score, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: score by arm, plot: weights by arm }
}

// error[E0301] 15:46 "`>` cannot compare a probe and a real number" help "compare a score of a task, as in `accuracy(task) > 90%`"
