use std.models
use std.regression

let target = regression.linear(dim: 8, points: 17)

curriculum mastered(first: task, second: task, switch: duration) {
  stage one { train: first, until: accuracy(first) > 90% for 3 evaluations, at_most: switch }
  stage two { train: second, for: 2k steps - elapsd }
}

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 4
  curriculum: mastered(target, target, 1k steps)

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0201] 8:46 "`elapsd` is not defined" help "write `elapsed`"
// error[E0310] 20:24 "an accuracy is of labels" help "write `squared_error(task)`"
