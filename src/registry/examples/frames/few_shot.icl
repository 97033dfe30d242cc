// Classes and their labels: examples on bursts, pools and heads.

use std.models
use std.curricula

task few_shot(classes: count = 64, labels: count = 8, width: count = 16) {
  // here: task
  per run {
    // here: run
    mean ~ normal(0, 1 / sqrt(width))[classes, width]
    usual ~ uniform(labels)[classes]
  }
  per sequence {
    // here: sequence
    member ~ bursty(classes, length: 9, copies: 2)
    order ~ permutation(labels)
  }
  per example {
    // here: example
    e ~ normal(0, 0.1)[width]
    x = mean[member[index]] + e
    y = order[usual[member[index]]]
  }
  length: 9
  score: last
  input: x
  target: y : class(labels)
  blind: log(labels)
  ideal: 0
}

let target = few_shot()
metric icl_accuracy = accuracy(target) at last
// here: item

experiment study {
  // here: experiment
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 4k steps)
  measure { every: 50 steps, on: 256 sequences, icl_accuracy }
  plateau { of: icl_accuracy }
  report { table: plateau }
}
