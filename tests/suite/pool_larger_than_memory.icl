use std.regression
use std.models
use std.curricula

let target = regression.linear_pool(functions: 1000M)
metric error = squared_error(target)

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 16)
  data: fresh
  batch: 8
  optimizer: adam(lr: 1e-3)
  seeds: 1
  curriculum: curricula.only(target, 100 steps)
  measure { every: 10 steps, on: 64 sequences, error }
}

// error[E0316] 5:14 "take 64 GB" help "take a pool of at most"
