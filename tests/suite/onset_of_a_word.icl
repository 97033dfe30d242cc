use std.classification
use std.curricula

param classes: count = 64

let target = classification.bursty_classes(classes: classes, copies: 2)

model looks {
  width: 64
  positions: rope
  norm: none
  blocks: repeat(2, [attention(heads: 1)])
}

metric in_context = accuracy(classification.bursty_classes(classes: classes, copies: 2, relabelled: 100%)) at last
metric induction = induction_score(layer: 1, head: 0)

experiment study {
  model: looks
  data: fresh
  batch: 128
  optimizer: sgd(lr: 1e-2, weight_decay: 1e-6)
  seeds: 4
  curriculum: curricula.only(target, 10k steps)

  sweep classes in [64, 128]

  measure { every: 500 steps, on: 256 sequences, in_context, induction }
  plateau { of: in_context, exit: 50%, held: 3 evaluations }
  report { table: plateau, table: onset of inductin before in_context, plot: in_context by classes }
}

// error[E0312] 30:44 "nobody measures `inductin`" help "write `induction`"
