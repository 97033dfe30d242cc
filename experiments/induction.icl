//! Which comes first, the head that looks for the matching example or the fall of the loss?
//! Few-shot classification of noisy classes with two layers of attention alone (Reddy 2023; Singh et al. 2024), at a size
//! for two cores.

use std.classification
use std.curricula

param steps: duration = 10k steps

/// Half of the sequences give their classes new labels, so that only the context can tell them.
let target = classification.bursty_classes(classes: 256, copies: 2, labels: 16, width: 32, relabelled: 50%)

model two_layers {
  width: 64
  positions: learned
  norm: none
  blocks: repeat(2, [attention(heads: 1)])
}

/// In context: every class has a new label.
metric in_context = accuracy(
  classification.bursty_classes(classes: 256, copies: 2, labels: 16, width: 32, relabelled: 100%),
) at last
/// In weights: the query's class is not among the examples, and labels are the usual ones.
metric in_weights = accuracy(
  classification.bursty_classes(classes: 256, copies: 2, labels: 16, width: 32, query: outside),
) at last
/// The head of the second layer looks at the labels of matching examples.
metric induction = induction_score(layer: 1, head: 0)
/// The head of the first layer looks at the token before, which is the input that a label belongs to.
metric looks_back = previous_token_score(layer: 0, head: 0)

experiment induction {
  model: two_layers
  data: fresh
  batch: 64
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 6
  curriculum: curricula.only(target, steps)

  measure { every: 100 steps, on: 512 sequences, in_context, in_weights, induction, looks_back }
  plateau { of: in_context, exit: 50%, held: 3 evaluations, from: 6.25%, to: 100% }

  report {
    table: plateau
    table: onset of looks_back before induction
    table: onset of induction before in_context
    plot: [in_context, induction, looks_back] by arm
    plot: in_weights by arm
  }
}
