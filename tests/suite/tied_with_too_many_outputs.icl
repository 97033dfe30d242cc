use std.curricula
use std.models
use std.shapes

data images = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 12)

let task = shapes.classify(maps: 1, images: images, points: 5)

model small {
  width: 32
  tied: true
  blocks: [attention(heads: 2)]
}

probe factors {
  of: task
  read: output at input
  predict: factors
  fit: linear(epochs: 5, lr: 1e-3)
}

metric right = accuracy(task) at last

experiment study {
  model: small
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl + 0.5 * readout(factors, at: output)
  seeds: 4
  curriculum: curricula.only(task, 2k steps)

  measure { every: 100 steps, on: 256 sequences, right }
  report { plot: right by arm }
}

// error[E0302] 25:10 "a tied read-out of 16 outputs for tokens that are 12 wide" help "take `tied` away, or make tokens wider; labels and the classes of read-out losses are outputs"
