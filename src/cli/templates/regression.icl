//! How does a transformer come to regress in context: does a smaller pool of linear functions make it learn sooner, and
//! does it then know others? After Garg et al. 2022 and Raventos et al. 2023.

use std.models
use std.curricula

/// Width of x.
param dim: count = 5
param total: duration = 2500 steps

/// A linear function for every sequence, one of `functions` that are drawn once a run.
task linear(dim: count, functions: count, points: count = 2 * dim + 1) {
  per sequence {
    w ~ normal()[dim] in pool(functions)
  }
  per example {
    x ~ normal()[dim]
    y = dot(w, x)
  }
  length: points
  input: x
  target: y
  blind: dim                   // the squared error of 0, the best guess that knows nothing of w
  ideal: least_squares
}

let few = linear(dim: dim, functions: 16)
let many = linear(dim: dim, functions: 4096)
/// Functions that no run trains on.
let new = fresh(many)

metric last_error = squared_error(new) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 64)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 2                     // a claim at 5% needs at least 4

  arm many_functions { curriculum: curricula.only(many, total) }
  arm few_functions { curriculum: curricula.only(few, total) }

  measure { every: 50 steps, on: 256 sequences, last_error }
  plateau { of: last_error, exit: 50%, held: 3 evaluations }

  report {
    table: plateau
    plot: last_error by arm
    plot: error by position for [model, least_squares]
  }
}
