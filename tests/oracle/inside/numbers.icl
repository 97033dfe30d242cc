// Written by tests/oracle/make_inside.py.

use std.curricula

task plane(points: count = 6) {
  per sequence {
    w ~ normal()[2]
  }
  per example {
    x ~ normal()[2]
    y = dot(w, x)
    side = if y > 0 then 1 else 0 : class(2)
  }
  length: points
  input: x
  target: y
  blind: 2
}
model small {
  width: 12
  positions: alibi
  norm: none
  init: 0.3
  blocks: [attention(heads: 2), mlp(ratio: 2), attention(heads: 2, kernel: linear)]
}
let hard = plane

metric loss_now = squared_error(hard)
metric gained = icl_score(hard, late: 4, early: 1)
metric previous_token_score_0_0 = previous_token_score(layer: 0, head: 0)
metric previous_token_score_0_1 = previous_token_score(layer: 0, head: 1)
metric previous_token_score_1_0 = previous_token_score(layer: 1, head: 0)
metric previous_token_score_1_1 = previous_token_score(layer: 1, head: 1)
metric lens_0 = logit_lens(hard, after: 0)
metric collapse_0 = cosine_collapse(after: 0)
metric lens_1 = logit_lens(hard, after: 1)
metric collapse_1 = cosine_collapse(after: 1)
metric lens_2 = logit_lens(hard, after: 2)
metric collapse_2 = cosine_collapse(after: 2)
metric cosine_similarity_0_2 = cosine_similarity(after: 0, with: 2)
metric cosine_similarity_2_1 = cosine_similarity(after: 2, with: 1)
metric cosine_similarity_0_0_start = cosine_similarity(after: 0, with: 0, against: start)
metric cosine_similarity_2_2_start = cosine_similarity(after: 2, with: 2, against: start)
metric cosine_similarity_1_2_start = cosine_similarity(after: 1, with: 2, against: start)
metric cka_0_2 = cka(after: 0, with: 2)
metric cka_2_1 = cka(after: 2, with: 1)
metric cka_0_0_start = cka(after: 0, with: 0, against: start)
metric cka_2_2_start = cka(after: 2, with: 2, against: start)
metric cka_1_2_start = cka(after: 1, with: 2, against: start)
metric moved = weight_distance
probe residual_0_full { of: hard, read: residual(after: 0) at input, context: full, predict: y, fit: ridge(0.01) }
probe residual_1_full { of: hard, read: residual(after: 1) at input, context: full, predict: y, fit: ridge(0.01) }
probe residual_2_full { of: hard, read: residual(after: 2) at input, context: full, predict: y, fit: ridge(0.01) }
probe output_full { of: hard, read: output at input, context: full, predict: y, fit: ridge(0.01) }
probe attention_out_0_full { of: hard, read: attention_out(0) at input, context: full, predict: y, fit: ridge(0.01) }
probe head_0_0_full { of: hard, read: head(0, 0) at input, context: full, predict: y, fit: ridge(0.01) }
probe head_0_1_full { of: hard, read: head(0, 1) at input, context: full, predict: y, fit: ridge(0.01) }
probe pattern_0_0_full { of: hard, read: pattern(0, 0) at input, context: full, predict: y, fit: ridge(0.01) }
probe pattern_0_1_full { of: hard, read: pattern(0, 1) at input, context: full, predict: y, fit: ridge(0.01) }
probe mlp_out_0_full { of: hard, read: mlp_out(0) at input, context: full, predict: y, fit: ridge(0.01) }
probe attention_out_1_full { of: hard, read: attention_out(1) at input, context: full, predict: y, fit: ridge(0.01) }
probe head_1_0_full { of: hard, read: head(1, 0) at input, context: full, predict: y, fit: ridge(0.01) }
probe head_1_1_full { of: hard, read: head(1, 1) at input, context: full, predict: y, fit: ridge(0.01) }
probe pattern_1_0_full { of: hard, read: pattern(1, 0) at input, context: full, predict: y, fit: ridge(0.01) }
probe pattern_1_1_full { of: hard, read: pattern(1, 1) at input, context: full, predict: y, fit: ridge(0.01) }
probe residual_0_none { of: hard, read: residual(after: 0) at input, context: none, predict: y, fit: ridge(0.01) }
probe residual_1_none { of: hard, read: residual(after: 1) at input, context: none, predict: y, fit: ridge(0.01) }
probe residual_2_none { of: hard, read: residual(after: 2) at input, context: none, predict: y, fit: ridge(0.01) }
probe output_none { of: hard, read: output at input, context: none, predict: y, fit: ridge(0.01) }
probe attention_out_0_none { of: hard, read: attention_out(0) at input, context: none, predict: y, fit: ridge(0.01) }
probe mlp_out_0_none { of: hard, read: mlp_out(0) at input, context: none, predict: y, fit: ridge(0.01) }
probe attention_out_1_none { of: hard, read: attention_out(1) at input, context: none, predict: y, fit: ridge(0.01) }
probe residual_0_zero { of: hard, read: residual(after: 0) at input, context: zero, predict: y, fit: ridge(0.01) }
probe residual_1_zero { of: hard, read: residual(after: 1) at input, context: zero, predict: y, fit: ridge(0.01) }
probe residual_2_zero { of: hard, read: residual(after: 2) at input, context: zero, predict: y, fit: ridge(0.01) }
probe output_zero { of: hard, read: output at input, context: zero, predict: y, fit: ridge(0.01) }
probe mlp_out_0_zero { of: hard, read: mlp_out(0) at input, context: zero, predict: y, fit: ridge(0.01) }
probe residual_0_self_only { of: hard, read: residual(after: 0) at input, context: self_only, predict: y, fit: ridge(0.01) }
probe residual_1_self_only { of: hard, read: residual(after: 1) at input, context: self_only, predict: y, fit: ridge(0.01) }
probe residual_2_self_only { of: hard, read: residual(after: 2) at input, context: self_only, predict: y, fit: ridge(0.01) }
probe output_self_only { of: hard, read: output at input, context: self_only, predict: y, fit: ridge(0.01) }
probe attention_out_0_self_only { of: hard, read: attention_out(0) at input, context: self_only, predict: y, fit: ridge(0.01) }
probe head_0_0_self_only { of: hard, read: head(0, 0) at input, context: self_only, predict: y, fit: ridge(0.01) }
probe head_0_1_self_only { of: hard, read: head(0, 1) at input, context: self_only, predict: y, fit: ridge(0.01) }
probe mlp_out_0_self_only { of: hard, read: mlp_out(0) at input, context: self_only, predict: y, fit: ridge(0.01) }
probe attention_out_1_self_only { of: hard, read: attention_out(1) at input, context: self_only, predict: y, fit: ridge(0.01) }
probe head_1_0_self_only { of: hard, read: head(1, 0) at input, context: self_only, predict: y, fit: ridge(0.01) }
probe head_1_1_self_only { of: hard, read: head(1, 1) at input, context: self_only, predict: y, fit: ridge(0.01) }
probe ridge_1_0_labels { of: hard, read: residual(after: 1) at input, context: full, predict: side, fit: ridge(1.0) }
probe centroid__labels { of: hard, read: residual(after: 1) at input, context: full, predict: side, fit: centroid }
probe logistic_0_01_labels { of: hard, read: residual(after: 1) at input, context: full, predict: side, fit: logistic(0.01) }
probe linear_1_labels { of: hard, read: residual(after: 1) at input, context: full, predict: side, fit: linear(epochs: 1, lr: 0.001) }
probe linear_3_labels { of: hard, read: residual(after: 1) at input, context: full, predict: side, fit: linear(epochs: 3, lr: 0.01) }
probe linear_numbers { of: hard, read: residual(after: 2) at input, context: self_only, predict: y, fit: linear(epochs: 2, lr: 0.01) }
probe everywhere { of: hard, read: residual(after: all) at input, context: none, predict: side, fit: centroid }
probe everywhere_numbers { of: hard, read: residual(after: all) at input, context: full, predict: y, fit: ridge(0.1) }
probe at_target { of: hard, read: residual(after: 2) at target, context: full, predict: y, fit: ridge(0.1) }
probe at_query { of: hard, read: residual(after: 2) at query, context: full, predict: y, fit: ridge(0.1) }
probe at_3 { of: hard, read: residual(after: 2) at 3, context: full, predict: y, fit: ridge(0.1) }
metric under_residual_0_zero = squared_error(hard, under: ablate(residual(after: 0), with: zero))
metric under_residual_0_zero_kept = squared_error(hard, under: ablate(residual(after: 0), with: zero, patterns: kept))
metric under_residual_0_mean = squared_error(hard, under: ablate(residual(after: 0), with: mean))
metric under_residual_0_mean_kept = squared_error(hard, under: ablate(residual(after: 0), with: mean, patterns: kept))
metric under_residual_0_resample = squared_error(hard, under: ablate(residual(after: 0), with: resample))
metric under_residual_0_resample_kept = squared_error(hard, under: ablate(residual(after: 0), with: resample, patterns: kept))
metric under_residual_1_zero = squared_error(hard, under: ablate(residual(after: 1), with: zero))
metric under_residual_1_zero_kept = squared_error(hard, under: ablate(residual(after: 1), with: zero, patterns: kept))
metric under_residual_1_mean = squared_error(hard, under: ablate(residual(after: 1), with: mean))
metric under_residual_1_mean_kept = squared_error(hard, under: ablate(residual(after: 1), with: mean, patterns: kept))
metric under_residual_1_resample = squared_error(hard, under: ablate(residual(after: 1), with: resample))
metric under_residual_1_resample_kept = squared_error(hard, under: ablate(residual(after: 1), with: resample, patterns: kept))
metric under_residual_2_zero = squared_error(hard, under: ablate(residual(after: 2), with: zero))
metric under_residual_2_mean = squared_error(hard, under: ablate(residual(after: 2), with: mean))
metric under_residual_2_resample = squared_error(hard, under: ablate(residual(after: 2), with: resample))
metric under_output_zero = squared_error(hard, under: ablate(output, with: zero))
metric under_output_mean = squared_error(hard, under: ablate(output, with: mean))
metric under_output_resample = squared_error(hard, under: ablate(output, with: resample))
metric under_attention_out_0_zero = squared_error(hard, under: ablate(attention_out(0), with: zero))
metric under_attention_out_0_zero_kept = squared_error(hard, under: ablate(attention_out(0), with: zero, patterns: kept))
metric under_attention_out_0_mean = squared_error(hard, under: ablate(attention_out(0), with: mean))
metric under_attention_out_0_mean_kept = squared_error(hard, under: ablate(attention_out(0), with: mean, patterns: kept))
metric under_attention_out_0_resample = squared_error(hard, under: ablate(attention_out(0), with: resample))
metric under_attention_out_0_resample_kept = squared_error(hard, under: ablate(attention_out(0), with: resample, patterns: kept))
metric under_head_0_0_zero = squared_error(hard, under: ablate(head(0, 0), with: zero))
metric under_head_0_0_zero_kept = squared_error(hard, under: ablate(head(0, 0), with: zero, patterns: kept))
metric under_head_0_0_mean = squared_error(hard, under: ablate(head(0, 0), with: mean))
metric under_head_0_0_mean_kept = squared_error(hard, under: ablate(head(0, 0), with: mean, patterns: kept))
metric under_head_0_0_resample = squared_error(hard, under: ablate(head(0, 0), with: resample))
metric under_head_0_0_resample_kept = squared_error(hard, under: ablate(head(0, 0), with: resample, patterns: kept))
metric under_head_0_1_zero = squared_error(hard, under: ablate(head(0, 1), with: zero))
metric under_head_0_1_zero_kept = squared_error(hard, under: ablate(head(0, 1), with: zero, patterns: kept))
metric under_head_0_1_mean = squared_error(hard, under: ablate(head(0, 1), with: mean))
metric under_head_0_1_mean_kept = squared_error(hard, under: ablate(head(0, 1), with: mean, patterns: kept))
metric under_head_0_1_resample = squared_error(hard, under: ablate(head(0, 1), with: resample))
metric under_head_0_1_resample_kept = squared_error(hard, under: ablate(head(0, 1), with: resample, patterns: kept))
metric under_pattern_0_0_zero = squared_error(hard, under: ablate(pattern(0, 0), with: zero))
metric under_pattern_0_0_zero_kept = squared_error(hard, under: ablate(pattern(0, 0), with: zero, patterns: kept))
metric under_pattern_0_0_mean = squared_error(hard, under: ablate(pattern(0, 0), with: mean))
metric under_pattern_0_0_mean_kept = squared_error(hard, under: ablate(pattern(0, 0), with: mean, patterns: kept))
metric under_pattern_0_0_resample = squared_error(hard, under: ablate(pattern(0, 0), with: resample))
metric under_pattern_0_0_resample_kept = squared_error(hard, under: ablate(pattern(0, 0), with: resample, patterns: kept))
metric under_pattern_0_1_zero = squared_error(hard, under: ablate(pattern(0, 1), with: zero))
metric under_pattern_0_1_zero_kept = squared_error(hard, under: ablate(pattern(0, 1), with: zero, patterns: kept))
metric under_pattern_0_1_mean = squared_error(hard, under: ablate(pattern(0, 1), with: mean))
metric under_pattern_0_1_mean_kept = squared_error(hard, under: ablate(pattern(0, 1), with: mean, patterns: kept))
metric under_pattern_0_1_resample = squared_error(hard, under: ablate(pattern(0, 1), with: resample))
metric under_pattern_0_1_resample_kept = squared_error(hard, under: ablate(pattern(0, 1), with: resample, patterns: kept))
metric under_mlp_out_0_zero = squared_error(hard, under: ablate(mlp_out(0), with: zero))
metric under_mlp_out_0_zero_kept = squared_error(hard, under: ablate(mlp_out(0), with: zero, patterns: kept))
metric under_mlp_out_0_mean = squared_error(hard, under: ablate(mlp_out(0), with: mean))
metric under_mlp_out_0_mean_kept = squared_error(hard, under: ablate(mlp_out(0), with: mean, patterns: kept))
metric under_mlp_out_0_resample = squared_error(hard, under: ablate(mlp_out(0), with: resample))
metric under_mlp_out_0_resample_kept = squared_error(hard, under: ablate(mlp_out(0), with: resample, patterns: kept))
metric under_attention_out_1_zero = squared_error(hard, under: ablate(attention_out(1), with: zero))
metric under_attention_out_1_mean = squared_error(hard, under: ablate(attention_out(1), with: mean))
metric under_attention_out_1_resample = squared_error(hard, under: ablate(attention_out(1), with: resample))
metric under_head_1_0_zero = squared_error(hard, under: ablate(head(1, 0), with: zero))
metric under_head_1_0_mean = squared_error(hard, under: ablate(head(1, 0), with: mean))
metric under_head_1_0_resample = squared_error(hard, under: ablate(head(1, 0), with: resample))
metric under_head_1_1_zero = squared_error(hard, under: ablate(head(1, 1), with: zero))
metric under_head_1_1_mean = squared_error(hard, under: ablate(head(1, 1), with: mean))
metric under_head_1_1_resample = squared_error(hard, under: ablate(head(1, 1), with: resample))
metric under_pattern_1_0_zero = squared_error(hard, under: ablate(pattern(1, 0), with: zero))
metric under_pattern_1_0_mean = squared_error(hard, under: ablate(pattern(1, 0), with: mean))
metric under_pattern_1_0_resample = squared_error(hard, under: ablate(pattern(1, 0), with: resample))
metric under_pattern_1_1_zero = squared_error(hard, under: ablate(pattern(1, 1), with: zero))
metric under_pattern_1_1_mean = squared_error(hard, under: ablate(pattern(1, 1), with: mean))
metric under_pattern_1_1_resample = squared_error(hard, under: ablate(pattern(1, 1), with: resample))
metric under_previous_0_0 = squared_error(hard, under: clamp(head(0, 0), previous_token))
metric under_previous_0_1 = squared_error(hard, under: clamp(head(0, 1), previous_token))
metric under_previous_1_0 = squared_error(hard, under: clamp(head(1, 0), previous_token))
metric under_previous_1_1 = squared_error(hard, under: clamp(head(1, 1), previous_token))
metric under_twice_previous_token = squared_error(hard, under: scale_attention(2.0, cells: previous_token))
metric under_half_previous_token = squared_error(hard, under: scale_attention(0.5, cells: previous_token))
metric under_twice_all = squared_error(hard, under: scale_attention(2.0, cells: all))
metric under_half_all = squared_error(hard, under: scale_attention(0.5, cells: all))
metric under_twice_3 = squared_error(hard, under: scale_attention(2.0, cells: 3))
metric under_half_3 = squared_error(hard, under: scale_attention(0.5, cells: 3))

experiment study {
  model: small
  data: fresh
  batch: 8
  optimizer: adam(lr: 1e-2)
  seeds: 1
  curriculum: curricula.only(hard, 20 steps)
  measure {
    every: 20 steps
    on: 130 sequences
    loss_now
    gained
    previous_token_score_0_0
    previous_token_score_0_1
    previous_token_score_1_0
    previous_token_score_1_1
    lens_0
    collapse_0
    lens_1
    collapse_1
    lens_2
    collapse_2
    cosine_similarity_0_2
    cosine_similarity_2_1
    cosine_similarity_0_0_start
    cosine_similarity_2_2_start
    cosine_similarity_1_2_start
    cka_0_2
    cka_2_1
    cka_0_0_start
    cka_2_2_start
    cka_1_2_start
    moved
    residual_0_full
    residual_1_full
    residual_2_full
    output_full
    attention_out_0_full
    head_0_0_full
    head_0_1_full
    pattern_0_0_full
    pattern_0_1_full
    mlp_out_0_full
    attention_out_1_full
    head_1_0_full
    head_1_1_full
    pattern_1_0_full
    pattern_1_1_full
    residual_0_none
    residual_1_none
    residual_2_none
    output_none
    attention_out_0_none
    mlp_out_0_none
    attention_out_1_none
    residual_0_zero
    residual_1_zero
    residual_2_zero
    output_zero
    mlp_out_0_zero
    residual_0_self_only
    residual_1_self_only
    residual_2_self_only
    output_self_only
    attention_out_0_self_only
    head_0_0_self_only
    head_0_1_self_only
    mlp_out_0_self_only
    attention_out_1_self_only
    head_1_0_self_only
    head_1_1_self_only
    ridge_1_0_labels
    centroid__labels
    logistic_0_01_labels
    linear_1_labels
    linear_3_labels
    linear_numbers
    everywhere
    everywhere_numbers
    at_target
    at_query
    at_3
    under_residual_0_zero
    under_residual_0_zero_kept
    under_residual_0_mean
    under_residual_0_mean_kept
    under_residual_0_resample
    under_residual_0_resample_kept
    under_residual_1_zero
    under_residual_1_zero_kept
    under_residual_1_mean
    under_residual_1_mean_kept
    under_residual_1_resample
    under_residual_1_resample_kept
    under_residual_2_zero
    under_residual_2_mean
    under_residual_2_resample
    under_output_zero
    under_output_mean
    under_output_resample
    under_attention_out_0_zero
    under_attention_out_0_zero_kept
    under_attention_out_0_mean
    under_attention_out_0_mean_kept
    under_attention_out_0_resample
    under_attention_out_0_resample_kept
    under_head_0_0_zero
    under_head_0_0_zero_kept
    under_head_0_0_mean
    under_head_0_0_mean_kept
    under_head_0_0_resample
    under_head_0_0_resample_kept
    under_head_0_1_zero
    under_head_0_1_zero_kept
    under_head_0_1_mean
    under_head_0_1_mean_kept
    under_head_0_1_resample
    under_head_0_1_resample_kept
    under_pattern_0_0_zero
    under_pattern_0_0_zero_kept
    under_pattern_0_0_mean
    under_pattern_0_0_mean_kept
    under_pattern_0_0_resample
    under_pattern_0_0_resample_kept
    under_pattern_0_1_zero
    under_pattern_0_1_zero_kept
    under_pattern_0_1_mean
    under_pattern_0_1_mean_kept
    under_pattern_0_1_resample
    under_pattern_0_1_resample_kept
    under_mlp_out_0_zero
    under_mlp_out_0_zero_kept
    under_mlp_out_0_mean
    under_mlp_out_0_mean_kept
    under_mlp_out_0_resample
    under_mlp_out_0_resample_kept
    under_attention_out_1_zero
    under_attention_out_1_mean
    under_attention_out_1_resample
    under_head_1_0_zero
    under_head_1_0_mean
    under_head_1_0_resample
    under_head_1_1_zero
    under_head_1_1_mean
    under_head_1_1_resample
    under_pattern_1_0_zero
    under_pattern_1_0_mean
    under_pattern_1_0_resample
    under_pattern_1_1_zero
    under_pattern_1_1_mean
    under_pattern_1_1_resample
    under_previous_0_0
    under_previous_0_1
    under_previous_1_0
    under_previous_1_1
    under_twice_previous_token
    under_half_previous_token
    under_twice_all
    under_half_all
    under_twice_3
    under_half_3
  }
}
