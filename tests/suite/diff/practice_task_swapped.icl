// A stage that trains on the other of two tasks.
// class: result
// cells: 4 rerun (0 of the same training, 4 go on), 8 reused, 0 new, 0 dropped
//   result       stage warm train: linear(dim: 4, points: 6) -> linear(dim: 4)  (arm warmed)  new/study.icl:49
//   result       stage main train: linear(dim: 4) -> linear(dim: 4, points: 6)  (arm warmed)  new/study.icl:49
//// old/study.icl
//! Linear functions in context, from the start or after practice on fewer points.

use std.curricula
use std.models

param dim: count = 4
param total: duration = 2k steps

/// A linear function drawn for every sequence.
task linear(dim: count, points: count = 11, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    y = dot(w, x) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

let short = linear(dim: dim, points: 6)
let target = linear(dim: dim)

metric error = squared_error(target) at last

/// Can the representation of x, read with no context, give x back?
probe inputs {
  of: target
  read: residual(after: 1) at input
  context: none
  predict: x
  fit: ridge(1e-2)
}

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 4

  arm direct { curriculum: curricula.only(target, total) }
  arm warmed { curriculum: curricula.warm_up(short, target, switch: 500 steps, total: total) }
  arm fast { curriculum: curricula.only(target, total), optimizer: adam(lr: 3e-3) }

  measure { every: 50 steps, on: 128 sequences, error, inputs }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  expect rmst(warmed) < rmst(direct) at 5%
  report { table: plateau, plot: error by arm }
}
//// new/study.icl
//! Linear functions in context, from the start or after practice on fewer points.

use std.curricula
use std.models

param dim: count = 4
param total: duration = 2k steps

/// A linear function drawn for every sequence.
task linear(dim: count, points: count = 11, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    y = dot(w, x) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

let short = linear(dim: dim, points: 6)
let target = linear(dim: dim)

metric error = squared_error(target) at last

/// Can the representation of x, read with no context, give x back?
probe inputs {
  of: target
  read: residual(after: 1) at input
  context: none
  predict: x
  fit: ridge(1e-2)
}

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 4

  arm direct { curriculum: curricula.only(target, total) }
  arm warmed { curriculum: curricula.warm_up(target, short, switch: 500 steps, total: total) }
  arm fast { curriculum: curricula.only(target, total), optimizer: adam(lr: 3e-3) }

  measure { every: 50 steps, on: 128 sequences, error, inputs }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  expect rmst(warmed) < rmst(direct) at 5%
  report { table: plateau, plot: error by arm }
}
