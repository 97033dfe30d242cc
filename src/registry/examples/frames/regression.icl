// Linear functions: examples on numbers and arrays.

use std.models

param total: duration = 4k steps

task line(dim: count = 8, active: count = dim, points: count = 17, noise: real = 0.1) {
  // here: task
  per sequence {
    // here: sequence
    w ~ normal()[dim]
  }
  per example {
    // here: example
    z ~ normal()[dim]
    e ~ normal()
    x = where(1..=dim <= active, z, 0)
    y = dot(w, x) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

let full = line()

curriculum plain {
  // here: curriculum
  stage main {
    // here: stage
    train: full
    for: total
  }
}

probe weights {
  // here: probe
  of: full
  read: residual(after: 1) at input
  context: none
  predict: x
  fit: ridge(1e-2)
}

metric query_error = squared_error(full) at last
// here: item

experiment study {
  // here: experiment
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: plain
  measure { every: 50 steps, on: 256 sequences, query_error, weights }
  plateau { of: query_error }
  report {
    // here: report
    table: plateau
  }
}
