use std.models

model small = models.gpt2(layers: 2, heads: 2, width: 32)
model large = models.gpt2
use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

metric error = squared_error(target) at last

experiment study {
  model: transformer
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0201] 13:10 "`transformer` is not defined" help "write a model of this file: `small`, `large`"
