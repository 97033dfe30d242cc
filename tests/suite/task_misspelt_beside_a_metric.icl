use std.models
use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

metric targer = squared_error(targec) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  measure { every: 100 steps, on: 256 sequences, targer }
  plateau { of: targer, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: targer by arm }
}

// error[E0201] 7:31 "`targec` is not defined" help "write `target`"
