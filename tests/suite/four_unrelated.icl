use std.shape
use std.models
use std.curricula

let easy = shapes.classify(maps: 1)
let hard = shapes.classify(maps: 64)

probe weights {
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: colour
  fit: linear(epochs: 1, lr: 1e-2)
}

metric score = accuracy(hard) at last
loss boosted = icl + 0.1 * readout(weights, at: output)

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: 10k sequences
  batch: 32
  optimizer: adam(lr: 0)
  seeds: 4

  arm direct { curriculum: curricula.only(hard, 60 epochs) }
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: 10 epochs, total: 60 epochs) }

  measure { every: 1 epoch, on: 256 sequences, score, weights }
  plateau { of: score, exit: 50%, held: 3 evaluations }
  expect rmst(warmup) < rmst(direct) at 0%
  report { table: plateau, plot: score by arm }
}

// error[E0205] 1:5 "there is no standard module `shape`" help "write `use std.shapes`"
// error[E0201] 12:12 "the task of probe `weights` has no name `colour`" help "its names are factor, factors, image, map, y"
// error[E0302] 23:23 "a learning rate must be above 0" help "write a small number, such as `1e-4`"
// error[E0302] 31:41 "the level of a claim is a share, between 0% and 100%" help "write a percentage, such as `50%` or `5%`"
