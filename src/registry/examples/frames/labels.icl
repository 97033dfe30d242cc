// here: top
// Label maps over images: what most examples are part of.

use std.models
use std.curricula
// here: use

param maps: count = 16
param total: duration = 2k steps

data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 16)
// here: item

task classify(maps: count, points: count = 8) {
  // here: task
  per sequence {
    // here: sequence
    factor ~ uniform(images.attributes)
    map ~ permutations(images.sizes) in pool(maps)
  }
  per example {
    // here: example
    image ~ rows(images) without replacement
    factors = image.attributes
    y = map[factor][factors[factor]]
  }
  length: points
  input: image.embedding
  target: y : class(max(images.sizes))
  blind: levels(loss: mean(log(images.sizes)), accuracy: mean(1 / images.sizes))
  ideal: posterior
}

let easy = classify(maps: 1)
let hard = classify(maps: maps)

model small(layers: count = 2) {
  // here: model
  width: 16
  positions: learned
  norm: pre
  blocks: repeat(layers, [attention(heads: 2), mlp(ratio: 4, activation: gelu)])
}

probe weights {
  // here: probe
  of: hard
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}

curriculum practice {
  // here: curriculum
  stage warm {
    // here: stage
    train: easy
    for: 500 steps
  }
  stage main { train: hard, for: total - 500 steps }
}

metric last_accuracy = accuracy(hard) at last
loss with_weights = icl + 0.1 * readout(weights, at: output)

experiment study {
  // here: experiment
  model: small()
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 6
  arm direct { curriculum: curricula.only(hard, total) }
  arm warmup { curriculum: practice }
  measure {
    // here: measure
    every: 50 steps
    on: 256 sequences
    last_accuracy
    weights
  }
  plateau {
    // here: plateau
    of: last_accuracy
    exit: 50%
    held: 3 evaluations
  }
  report {
    // here: report
    table: plateau
    plot: last_accuracy by arm
  }
}
