// Networks of two layers: examples on matrices and non-linear functions.

use std.models
use std.curricula

task network(dim: count = 8, hidden: count = 16, points: count = 33) {
  // here: task
  per sequence {
    // here: sequence
    first ~ normal()[hidden, dim]
    second ~ normal()[hidden]
  }
  per example {
    // here: example
    x ~ normal()[dim]
    h = matmul(first, x)
    y = dot(second, relu(h))
  }
  length: points
  input: x
  target: y
  blind: dim * hidden / 2
  ideal: 0
}

let target = network()
metric query_error = squared_error(target) at last

experiment study {
  // here: experiment
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 4k steps)
  measure { every: 50 steps, on: 256 sequences, query_error }
  plateau { of: query_error }
  report { table: plateau }
}
