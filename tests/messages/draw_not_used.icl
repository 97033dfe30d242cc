use std.models
use std.curricula

task line(dim: count = 8, noise: real = 0.5) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    y = dot(w, x)
  }
  length: 2 * dim + 1
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

let target = line(dim: 4)
metric last_error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 10k steps)

  measure { every: 100 steps, on: 256 sequences, last_error }
  plateau { of: last_error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: last_error by arm }
}
