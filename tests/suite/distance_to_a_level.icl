use std.models
use std.curricula
use std.sequences

let chain = sequences.markov(states: 3)

metric loss = cross_entropy(chain)

experiment study {
  model: models.attention_only(layers: 2, heads: 1, width: 16)
  data: fresh
  batch: 64
  optimizer: adamw(lr: 5e-4, weight_decay: 0.1)
  seeds: 4
  curriculum: curricula.only(chain, 2k steps)

  measure { every: 50 steps, on: 256 sequences, loss }
  plateau { of: loss, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: loss by arm, plot: distance to [ngram(1, 1), levels(loss: 1.0)] }
}

// error[E0316] 19:79 "a level says what it scores, not what it predicts" help "write a predictor, such as `ngram(1, 1)`, `least_squares` or `posterior`"
