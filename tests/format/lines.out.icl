use std.models
let one = 1

let two = 2
task a { length: 1 }
task b { length: 2 }

task c {
  length: 3
}

let three = 3

/// Documented.
model d {
  width: 4

  norm: pre
}

curriculum e {
  stage main { train: a, for: 1 step }
  stage more {
    train: b
    for: 2 steps
  }
}

metric m = accuracy(a) at last
metric n = accuracy(b) at last

experiment f {
  model: d
  arm direct { curriculum: e, loss: icl + 0.1 * readout(weights_of_the_task, context: full, at: output), seeds: 12 }
  arm longer { curriculum: e, loss: icl + 0.1 * readout(weights_of_the_task, context: full, at: output), seeds: [123] }
  report { table: plateau, plot: m by arm }
}
