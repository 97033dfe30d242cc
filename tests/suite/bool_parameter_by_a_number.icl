use std.models
use std.curricula
use std.sequences

let chain = sequences.modular_addition(modulus: 23, seen: 7, held_out: 1)

metric loss = cross_entropy(chain)

experiment study {
  model: models.attention_only(layers: 2, heads: 1, width: 16)
  data: fresh
  batch: 64
  optimizer: adamw(lr: 5e-4, weight_decay: 0.1)
  seeds: 4
  curriculum: curricula.only(chain, 2k steps)

  measure { every: 50 steps, on: 256 sequences, loss }
  plateau { of: loss, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: loss by arm }
}

// error[E0301] 5:72 "`1` is a count, but true or false is needed" help "write `true`, `false` or a comparison"
