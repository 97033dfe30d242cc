//! Does growing the problem shorten the plateau, and does an extra loss on the input? Twelve unrelated faults.
//! Linear functions (Garg et al. 2022; Fu et al. 2024, simple functions).

use std.models
use std.regression

param dim: count = 20
param top: real = 1e-4

let full = regression.linear(dim: dim, points: 2 * dim + 1)
let small = regression.linear(dim: dim, active: 5, point: 11)

/// Can the representation of x, read with no context, give x back?
probe weights {
  of: full
  read: residual(after: 13) at input
  context: none
  predict: x
  fit: ridge(1e-2)
}

curriculum grow {
  stage ramp { train: regression.linear(dim: dim, active: ramp(5 -> 20, by: 2, every: 1k steps)), for: 20k steps }
  stage full { train: full, for: 30k steps }
}

curriculum mastery {
  stage small { train: small, until: progress(small) > 80 for 3 evaluations, at_most: 15k steps }
  stage full { train: full, for: 50k steps - elapsed }
}

curriculum at_once {
  stage full { train: full, for: 50k steps, optimizer: restart }
}

metric query_error = squared_error(full) at 41

loss boosted = icl + 0.1 + readout(weights, at: output)

experiment growing {
  model: models.gpt2(layers: 12, heads: 8, width: 256)
  data: fresh
  batch: 64
  optimizer: adam(lr: top, weight_decay: 0.1)
  seeds: 5

  arm at_once { curriculum: at_once }
  arm grow { curriculum: grow }
  arm mastery { curriculum: mastery }
  arm boosted { curriculum: at_once, loss: boosted }

  measure { every: 1 epoch, on: 1k sequences, query_error, weights }
  plateau { of: query_error, exit: 50, held: 3 evaluations }
  expect rmst(grow) < rmst(at_once) and rmst(mastery) < rmst(at_once)
  report { table: plateau, plot: query_error by dim, plot: weights by arm }
}

// error[E0204] 11:52 "`linear` has no argument `point`" help "write `points: ...`"
// error[E0304] 16:9 "probe `weights` reads after layer 13 of a model with 12 layers" help "`after` goes from 0, the embedding, to 12"
// error[E0315] 23:77 "increments of 2 do not lead from 5 to 20" help "write an increment that divides 15, such as `by: 1`"
// error[E0302] 28:38 "this guard never holds: what it looks at lies between 0 and 1" help "write a share between 0% and 100%"
// error[E0201] 33:56 "`optimizer` cannot be `restart`" help "write `keep` or `reset`"
// error[E0302] 36:45 "there is no prediction 41 among 41" help "write a number from 0 to 40, or `last`"
// error[E0301] 38:20 "`+` cannot join a loss and a real number" help "give the number a loss to weigh: `icl + 0.1 * readout(...)`"
// error[E0204] 44:28 "`adam` has no argument `weight_decay`" help "take it away, or write `adamw(...)`, which has one"
// error[E0305] 52:20 "an epoch has no length where data is fresh" help "give it in steps, or fix the data: `data: 100k sequences`"
// error[E0302] 53:36 "`exit` is a share of the way, between 0% and 100%" help "write a percentage, such as `50%` or `5%`"
// error[E0301] 54:10 "an expectation makes one claim" help "write an `expect` line for each"
// error[E0201] 55:49 "a plot has no axis `dim`" help "write `by arm`, or add `sweep dim in [...]`"
