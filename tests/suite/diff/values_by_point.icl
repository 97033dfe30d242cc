// A change that is another one at each point is told with its points; one of them, 2 ^ 5, is as it was.
// class: identity
// cells: 4 rerun (0 of the same training, 0 go on), 2 reused, 0 new, 0 dropped
//   identity     task markov length: 32 -> 4  (at states = 2)  new/study.icl:29
//   identity     task markov length: 32 -> 8  (at states = 3)  new/study.icl:29
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

metric loss = cross_entropy(markov(states: states, tokens: 2 ^ states))

experiment chains {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: 6400 sequences
  batch: 64
  optimizer: adamw(lr: 5e-4, weight_decay: 0.1)
  seeds: 2
  curriculum: curricula.only(markov(states: states, tokens: 2 ^ states), 20 epochs)
  sweep states in [2, 3, 5]
  measure { every: 1 epoch, on: 128 sequences, loss }
  plateau { of: loss, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: loss by states }
}
