// Written by tests/oracle/make_inside.py.

use std.curricula

task recall(keys: count = 6, values: count = 4, points: count = 7) {
  per sequence {
    map ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    y = map[key]
    height = sqrt(1 + key + 2 * y)
  }
  length: points
  input: key
  target: y : class(values)
  blind: log(values)
}
model small {
  width: 16
  positions: learned
  init: 0.4
  blocks: repeat(2, [attention(heads: 2), mlp(ratio: 2)])
}
let hard = recall

metric loss_now = cross_entropy(hard)
metric induction_score_0_0 = induction_score(layer: 0, head: 0)
metric induction_score_0_1 = induction_score(layer: 0, head: 1)
metric induction_score_1_0 = induction_score(layer: 1, head: 0)
metric induction_score_1_1 = induction_score(layer: 1, head: 1)
metric attention_entropy_0_0 = attention_entropy(layer: 0, head: 0)
metric attention_entropy_0_1 = attention_entropy(layer: 0, head: 1)
metric attention_entropy_1_0 = attention_entropy(layer: 1, head: 0)
metric attention_entropy_1_1 = attention_entropy(layer: 1, head: 1)
metric alike = cka(after: 1, with: 2, against: start)
metric lens_1 = logit_lens(hard, after: 1)
metric moved = weight_distance
probe residual_1_full { of: hard, read: residual(after: 1) at input, context: full, predict: height, fit: ridge(0.01) }
probe residual_2_full { of: hard, read: residual(after: 2) at input, context: full, predict: height, fit: ridge(0.01) }
probe output_full { of: hard, read: output at input, context: full, predict: height, fit: ridge(0.01) }
probe residual_1_none { of: hard, read: residual(after: 1) at input, context: none, predict: height, fit: ridge(0.01) }
probe residual_2_none { of: hard, read: residual(after: 2) at input, context: none, predict: height, fit: ridge(0.01) }
probe output_none { of: hard, read: output at input, context: none, predict: height, fit: ridge(0.01) }
probe residual_1_zero { of: hard, read: residual(after: 1) at input, context: zero, predict: height, fit: ridge(0.01) }
probe residual_2_zero { of: hard, read: residual(after: 2) at input, context: zero, predict: height, fit: ridge(0.01) }
probe output_zero { of: hard, read: output at input, context: zero, predict: height, fit: ridge(0.01) }
probe residual_1_self_only { of: hard, read: residual(after: 1) at input, context: self_only, predict: height, fit: ridge(0.01) }
probe residual_2_self_only { of: hard, read: residual(after: 2) at input, context: self_only, predict: height, fit: ridge(0.01) }
probe output_self_only { of: hard, read: output at input, context: self_only, predict: height, fit: ridge(0.01) }
metric under_mean = cross_entropy(hard, under: ablate(head(0, 0), with: mean, patterns: kept))
metric under_resample = cross_entropy(hard, under: ablate(residual(after: 1), with: resample))
metric under_clamp = cross_entropy(hard, under: clamp(head(0, 0), matching))
metric under_scale = cross_entropy(hard, under: scale_attention(3.0, cells: previous_token))

experiment study {
  model: small
  data: fresh
  batch: 8
  optimizer: sgd(lr: 0.2, momentum: 0.9)
  seeds: 1
  curriculum: curricula.only(hard, 8 steps)
  intervene: [
    ablate(head(0, 1), with: mean, patterns: kept, from: 0 steps, until: 3 steps),
    clamp(head(1, 0), matching, from: 2 steps, until: 9 steps),
    ablate(mlp_out(0), with: resample, from: 1 steps, until: 6 steps),
    scale_attention(1.5, cells: matching, from: 0 steps, until: 9 steps),
    ablate(attention_out(1), with: mean, from: 5 steps, until: 7 steps),
    scale_attention(0.5, cells: 3, from: 4 steps, until: 9 steps),
    ablate(head(1, 1), with: zero, patterns: kept, from: 7 steps, until: 9 steps),
    ablate(pattern(0, 0), with: resample, from: 3 steps, until: 5 steps),
    clamp(head(0, 1), previous_token, from: 6 steps, until: 9 steps),
  ]
  measure {
    every: 8 steps
    on: 130 sequences
    loss_now
    induction_score_0_0
    induction_score_0_1
    induction_score_1_0
    induction_score_1_1
    attention_entropy_0_0
    attention_entropy_0_1
    attention_entropy_1_0
    attention_entropy_1_1
    alike
    lens_1
    moved
    residual_1_full
    residual_2_full
    output_full
    residual_1_none
    residual_2_none
    output_none
    residual_1_zero
    residual_2_zero
    output_zero
    residual_1_self_only
    residual_2_self_only
    output_self_only
    under_mean
    under_resample
    under_clamp
    under_scale
  }
}
