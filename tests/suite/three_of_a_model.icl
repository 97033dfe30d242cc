use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

model small {
  width: 32
  positions: roope
  norm: layer
  blocks: repeat(2, [attention(heads: 2), mlp(ratio: 0, activation: gelu)])
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

// error[E0201] 8:14 "`roope` is not defined" help "write `rope`"
// error[E0201] 9:9 "`norm` cannot be `layer`" help "write `pre`, `post` or `none`"
// error[E0302] 10:54 "`ratio` must be above 0" help "write a number above 0, such as `4`"
