//! A length is drawn for every sequence, and overwritten: all sequences are of one length.

use std.models
use std.curricula

task linear(dim: count = 20, points: count = 41) {
  per sequence {
    w ~ normal()[dim]
    shown ~ uniform(points)
  }
  per example {
    x ~ normal()[dim]
    y = dot(w, x)
  }
  length: points
  input: x
  target: y
  blind: dim
  ideal: ridge(0)
}

metric query_error = squared_error(linear()) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 64
  optimizer: adam(lr: 1e-4)
  seeds: 5
  curriculum: curricula.only(linear(), 10k steps)
  measure { every: 100 steps, on: 256 sequences, query_error }
}

// warning[W0205] 9:5 "`shown` is drawn and never used" help "use it"
