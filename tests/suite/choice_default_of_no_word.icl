use std.curricula

param classes: count = 64

task items(classes: count, query: inside | outside = within) {
  per run {
    mean ~ normal()[classes, 8]
    label ~ uniform(4)[classes]
  }
  per sequence { member ~ bursty(classes, length: 9, copies: 2, query: query) }
  per example {
    x = mean[member[index]]
    y = label[member[index]]
  }
  length: 9
  score: last
  input: x
  target: y : class(4)
  blind: log(4)
  ideal: 0
}

let target = items(classes: classes)

model looks {
  width: 64
  positions: rope
  norm: none
  blocks: repeat(2, [attention(heads: 1)])
}

metric in_context = accuracy(target) at last
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
  report { table: plateau, table: onset of induction before in_context, plot: in_context by classes }
}

// error[E0201] 5:54 "`query` cannot be `within`" help "write `inside` or `outside`"
