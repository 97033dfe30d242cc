use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

model small(heads: count = 2) {
  width: 2 * heads + 1
  positions: rope
  norm: pre
  blocks: repeat(2, [attention(heads: heads), mlp(ratio: 4, activation: gelu)])
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

// error[E0303] 10:39 "2 heads cannot share a width of 5" help "use one of 1, 5 heads, or another width"
