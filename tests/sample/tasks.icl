//! Tasks to be sampled by tests/sample.rs.

use std.shapes
use std.regression
use std.sequences

param maps: count = 8

data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 16, entangled: 50%)

let hard = shapes.classify(maps: maps, images: images, points: 6)

/// The label is one of 2 for the first of 4 values only.
task broken {
  per sequence {
    shift ~ uniform(4)
  }
  per example {
    x ~ uniform(4)
    label = x + shift : class(2)
  }
  length: 8
  input: x
  target: label
  blind: log(2)
  ideal: 0
}

/// Needs an argument.
task needy(k: count) {
  per sequence {
    shift ~ uniform(k)
  }
  per example {
    x ~ uniform(k)
    y = (x + shift) % k : class(k)
  }
  length: 8
  input: x
  target: y
  blind: log(k)
  ideal: posterior
}
