use std.curricula
use std.regression

let target = regression.linear(dim: 8, points: 17)

model small(where: learned | rope = rope) {
  width: 32
  positions: where
  norm: pre
  blocks: repeat(2, [attention(heads: 2), mlp(ratio: 4, activation: gelu)])
}

metric error = squared_error(target) at last

experiment study {
  model: small(where: alibi)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 2k steps)

  measure { every: 100 steps, on: 256 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}

// error[E0301] 16:23 "`alibi` is a word, but `learned` or `rope` is needed" help "write `learned` or `rope` here"
