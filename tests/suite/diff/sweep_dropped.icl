// Without the sweep the point at the value of the param stays.
// class: cost
// cells: 0 rerun (0 of the same training, 0 go on), 2 reused, 0 new, 4 dropped
//   cost         - sweep states ([2, 3, 5])     old/study.icl:30 before
//   observation  + report plot: loss by arm     new/study.icl:32
//   observation  - report plot: loss by states  old/study.icl:33 before
//// old/study.icl
//! Markov chains in context.

use std.curricula
use std.models

param states: count = 3

task markov(states: count, tokens: count = 32) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

metric loss = cross_entropy(markov(states: states))

experiment chains {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: 6400 sequences
  batch: 64
  optimizer: adamw(lr: 5e-4, weight_decay: 0.1)
  seeds: 2
  curriculum: curricula.only(markov(states: states), 20 epochs)
  sweep states in [2, 3, 5]
  measure { every: 1 epoch, on: 128 sequences, loss }
  plateau { of: loss, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: loss by states }
}
//// new/study.icl
//! Markov chains in context.

use std.curricula
use std.models

param states: count = 3

task markov(states: count, tokens: count = 32) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  ideal: ngram(2, 1)
}

metric loss = cross_entropy(markov(states: states))

experiment chains {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: 6400 sequences
  batch: 64
  optimizer: adamw(lr: 5e-4, weight_decay: 0.1)
  seeds: 2
  curriculum: curricula.only(markov(states: states), 20 epochs)
  measure { every: 1 epoch, on: 128 sequences, loss }
  plateau { of: loss, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: loss by arm }
}
