// The levels of a task change what progress is measured against, not what is measured.
// class: observation
// cells: 12 rerun (12 of the same training, 0 go on), 0 reused, 0 new, 0 dropped
//   observation  task linear ideal: ridge(0) -> least_squares  new/study.icl:23
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
  ideal: least_squares
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
