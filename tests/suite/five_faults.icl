//! Does practice on one fixed set of label maps shorten the plateau on random maps?
//! Fu et al. 2024, figures 3 to 5: warm-up, mixing, and an extra loss on either component.

use std.shapes
use std.models
use std.curricula

/// Label maps drawn once per run for the hard task. 20k is the paper's random mapping.
param maps: count = 20k
param total: duration = 60 epochs

let easy = shapes.classify(maps: 1)
let hard = shapes.classify(maps: maps)

/// What the weights know on their own: all six factors of an image, with no token seeing another.
probe weights {
  of: hard
  read: residual(after: 13) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-3)
}

/// What the context adds: which of the six factors decides this sequence.
probe context_known {
  of: hard
  read: residual(after: 3) at input
  predict: factor
  fit: linear(epochs: 1, lr: 1e-3)
}

metric icl_accuracy = accuracy(hard) at last

loss with_weights = icl + 0.1 * readout(weights, context: full, at: output)
loss with_context = icl + 0.1 * readout(context_known, at: output)

experiment warmup {
  model: models.gpt2(layers: 12, heads: 5, widht: 128)
  data: 100k sequences
  batch: 128
  optimizer: adam(lr: 1e-4)
  loss: icl
  seeds: 5

  /// Random maps from the start.
  arm direct { curiculum: curricula.only(hard, total) }
  /// Ten epochs of fixed maps first.
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: 10 epoks, total: total) }
  /// Fixed and random maps, half and half.
  arm mixed { curriculum: curricula.mixed(easy, hard, total) }
  /// Random maps, and a loss that asks the weights for the factors.
  arm boosted { curriculum: curricula.only(hard, total), loss: with_weights }
  /// The control: the same loss on the context component.
  arm control { curriculum: curricula.only(hard, total), loss: with_context }

  measure { every: 1 epoch, on: 2k sequences, icl_accuracy, weights, context_known }
  plateau { of: icl_accuracy, exit: 50%, held: 3 evaluations }

  expect rmst(warmup) < rmst(direct) at 5%
  expect rmst(mixed) < rmst(direct) at 5%
  expect rmst(boosted) < rmst(control) at 5%

  report {
    table: plateau
    plot: icl_accuracy by arm
    plot: weights by arm
    plot: context_known by arm
  }
}

// error[E0304] 18:9 "probe `weights` reads after layer 13 of a model with 12" help "`after` goes from 0, the embedding, to 12"
// error[E0303] 38:41 "5 heads cannot share a width of 128" help "use one of 1, 2, 4, 8, 16, 32, 64 heads, or another width"
// error[E0204] 38:44 "`gpt2` has no argument `widht`" help "write `width: ...`"
// error[E0202] 46:16 "an arm has no setting `curiculum`" help "write `curriculum`"
// error[E0203] 48:69 "`epoks` is not a unit" help "write `epochs`"
