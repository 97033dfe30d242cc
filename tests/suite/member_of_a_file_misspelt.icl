use std.models
use std.curricula
use "./mine"

let target = mine.liens(dim: 8, points: 17)

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

// error[E0201] 5:19 "module `mine` has no `liens`" help "write `mine.lines`"
//// mine.icl
pub task lines(dim: count, points: count) {
  per sequence { w ~ normal()[dim] }
  per example {
    x ~ normal()[dim]
    y = dot(w, x)
  }
  length: points
  input: x
  target: y
  blind: dim
  ideal: least_squares
}
