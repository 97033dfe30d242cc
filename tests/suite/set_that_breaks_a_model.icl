use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

param wide: count = 32

model small {
  width: wide
  positions: rope
  norm: pre
  blocks: repeat(2, [attention(heads: 2), mlp(ratio: 4, activation: gelu)])
}

metric error = squared_error(target) at last

experiment study {
  model: small
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}
// set wide=33

// error[E0303] 12:39 "2 heads cannot share a width of 33" help "use one of 1, 3, 11, 33 heads, or another width"
