use std.models
use std.curricula
use "./task/mine"

let target = mine.line(dim: 8, points: 17)

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

// error[E0205] 3:5 "the module file task/mine.icl cannot be read" help "paths start at the file that says `use`; check the spelling"
//// tasks/mine.icl
use std.regression
pub task line(dim: count, points: count) { length: points }
