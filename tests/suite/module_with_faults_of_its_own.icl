use std.models
use std.curricula
use std.regression
use "./mine"

let target = regression.linear(dim: mine.width, points: 17)

metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 4
  curriculum: curricula.only(target, 2k stpes)

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0203] 17:41 "`stpes` is not a unit" help "write `steps`"
// error[E0201] 2:12 "`widht` is not defined" in mine.icl help "write `width`"
//// mine.icl
pub let width = 8
let idle = widht + 1
