// Markov chains: examples on tasks of tokens.

use std.models
use std.curricula

task markov(states: count = 3, tokens: count = 100) {
  // here: task
  per sequence {
    // here: sequence
    p ~ dirichlet(1, states)[states]
  }
  per token {
    // here: token
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  plateaus: [ngram(1, 1)]
  ideal: ngram(2, 1)
}

let chain = markov()
metric loss = cross_entropy(chain)
// here: item

experiment study {
  // here: experiment
  model: models.gpt2(layers: 2, heads: 2, width: 16)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(chain, 2k steps)
  measure { every: 50 steps, on: 256 sequences, loss }
  plateau { of: loss }
  report {
    // here: report
    table: plateau
  }
}
