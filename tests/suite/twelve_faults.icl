//! Does practice on one fixed set of label maps shorten the plateau on random maps?
//! Fu et al. 2024, figures 3 to 5: warm-up, mixing, and an extra loss on either component.

use std.shapes
use std.modles
use std.curricula

/// Label maps drawn once per run for the hard task. 20k is the paper's random mapping.
param maps: count = 20k
param total: duration = 60 epohcs

let easy = shapes.classify(map: 1)
let hard = shapes.classify(maps: maps)

/// What the weights know on their own: all six factors of an image, with no token seeing another.
probe weights {
  of: hard
  read: residual(after: 3) at input
  contxt: none
  predict: factor_s
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

loss with_weights = icl + 0.1 * readout(hard, context: full, at: output)
loss with_context = icl + 0.1 * readout(context_known, at: output)

experiment warmup {
  model: models.gpt2(layers: 12, heads: 7, width: 128)
  data: 100k
  batch: 0
  optimizer: adam(lr: 1e-4)
  loss: icl
  seeds: [1, 2, 3, 3]

  /// Random maps from the start.
  arm direct { curriculum: curricula.only(hard, total) }
  /// Ten epochs of fixed maps first.
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: 10 epochs, total: total) }
  /// Fixed and random maps, half and half.
  arm mixed { curriculum: curricula.mixed(easy, hard, total) }
  /// Random maps, and a loss that asks the weights for the factors.
  arm boosted { curriculum: curricula.only(hard, total), loss: with_weights }
  /// The control: the same loss on the context component.
  arm control { curriculum: curricula.only(hard, total), loss: with_context }

  measure { every: 1 epoch, on: 2k sequences, icl_accuracy, weights, context_known }
  plateau { of: icl_accuracy, exit: 50%, held: 3 }

  expect rmst(warmup) < rmst(direct) at 5%
  expect rmst(mixed) < rmst(direct) at 5%
  expect rmst(bosted) < rmst(control) at 5%

  report {
    table: plateau
    plot: icl_accuracy by arm
    plot: weights by arm
    plot: context_known by arm
  }
}

// error[E0205] 5:5 "there is no standard module `modles`" help "write `use std.models`"
// error[E0203] 10:28 "`epohcs` is not a unit" help "write `epochs`"
// error[E0204] 12:28 "`classify` has no argument `map`" help "write `maps: ...`"
// error[E0202] 19:3 "a probe has no setting `contxt`" help "write `context`"
// error[E0201] 20:12 "the task of probe `weights` has no name `factor_s`" help "write `factors`"
// error[E0301] 34:41 "`hard` is a task, but a probe is needed" help "name a `probe` item"
// error[E0303] 38:41 "7 heads cannot share a width of 128" help "use one of 1, 2, 4, 8, 16, 32, 64 heads, or another width"
// error[E0301] 39:9 "`100k` is a count, but `fresh` or a number of sequences is needed" help "write `fresh`, or a number such as `100k sequences`"
// error[E0302] 40:10 "`0` is too small: at least 1 is needed" help "write a whole number of at least 1"
// error[E0302] 43:10 "seed 3 stands twice" help "write every seed once"
// error[E0301] 57:48 "`3` is a count, but a number of evaluations is needed" help "write it with its unit: `3 evaluations`"
// error[E0201] 61:15 "there is no arm `bosted`" help "write `boosted`"
