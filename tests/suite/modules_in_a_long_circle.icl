use std.models
use std.curricula
use std.regression
use "./a"

let target = regression.linear(dim: a.dim, points: 17)

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
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

// error[E0210] 1:5 "modules use each other in a circle" in c.icl help "break one of: a.icl -> b.icl -> c.icl -> a.icl"
//// a.icl
use "./b"
pub let dim = b.width
//// b.icl
use "./c"
pub let width = c.size
//// c.icl
use "./a"
pub let size = 8
let other = a.dim
