use std.models
use std.curricula
use std.sequences

let chain = sequences.markov(states: 3)

metric loss = icl_score(chain, late: 90, early: 50) at last

experiment study {
  model: models.attention_only(layers: 2, heads: 1, width: 16)
  data: fresh
  batch: 64
  optimizer: adamw(lr: 5e-4, weight_decay: 0.1)
  seeds: 4
  curriculum: curricula.only(chain, 2k steps)

  measure { every: 50 steps, on: 256 sequences, loss }
    report { plot: loss by arm, plot: distance to [ngram(1, 1), ngram(2, 1)] }
}

// error[E0301] 7:56 "this measure is not of single predictions" help "leave the `at` out"
