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
    half = key % 2 : class(2)
  }
  length: points
  input: key
  target: y : class(values)
  blind: log(values)
}
model small {
  width: 16
  positions: rope
  init: 0.4
  tied: true
  blocks: repeat(2, [attention(heads: 2)])
}
let hard = recall

metric loss_now = cross_entropy(hard)
metric gained = icl_score(hard, late: 4, early: 1)
metric previous_token_score_0_0 = previous_token_score(layer: 0, head: 0)
metric previous_token_score_0_1 = previous_token_score(layer: 0, head: 1)
metric previous_token_score_1_0 = previous_token_score(layer: 1, head: 0)
metric previous_token_score_1_1 = previous_token_score(layer: 1, head: 1)
metric attention_entropy_0_0 = attention_entropy(layer: 0, head: 0)
metric attention_entropy_0_1 = attention_entropy(layer: 0, head: 1)
metric attention_entropy_1_0 = attention_entropy(layer: 1, head: 0)
metric attention_entropy_1_1 = attention_entropy(layer: 1, head: 1)
metric induction_score_0_0 = induction_score(layer: 0, head: 0)
metric induction_score_0_1 = induction_score(layer: 0, head: 1)
metric induction_score_1_0 = induction_score(layer: 1, head: 0)
metric induction_score_1_1 = induction_score(layer: 1, head: 1)
metric copying_score_0_0 = copying_score(layer: 0, head: 0)
metric copying_score_0_1 = copying_score(layer: 0, head: 1)
metric copying_score_1_0 = copying_score(layer: 1, head: 0)
metric copying_score_1_1 = copying_score(layer: 1, head: 1)
metric duplicate_token_score_0_0 = duplicate_token_score(layer: 0, head: 0)
metric duplicate_token_score_0_1 = duplicate_token_score(layer: 0, head: 1)
metric duplicate_token_score_1_0 = duplicate_token_score(layer: 1, head: 0)
metric duplicate_token_score_1_1 = duplicate_token_score(layer: 1, head: 1)
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
probe residual_0_full { of: hard, read: residual(after: 0) at input, context: full, predict: height, fit: ridge(0.01) }
probe residual_1_full { of: hard, read: residual(after: 1) at input, context: full, predict: height, fit: ridge(0.01) }
probe residual_2_full { of: hard, read: residual(after: 2) at input, context: full, predict: height, fit: ridge(0.01) }
probe output_full { of: hard, read: output at input, context: full, predict: height, fit: ridge(0.01) }
probe attention_out_0_full { of: hard, read: attention_out(0) at input, context: full, predict: height, fit: ridge(0.01) }
probe head_0_0_full { of: hard, read: head(0, 0) at input, context: full, predict: height, fit: ridge(0.01) }
probe head_0_1_full { of: hard, read: head(0, 1) at input, context: full, predict: height, fit: ridge(0.01) }
probe pattern_0_0_full { of: hard, read: pattern(0, 0) at input, context: full, predict: height, fit: ridge(0.01) }
probe pattern_0_1_full { of: hard, read: pattern(0, 1) at input, context: full, predict: height, fit: ridge(0.01) }
probe attention_out_1_full { of: hard, read: attention_out(1) at input, context: full, predict: height, fit: ridge(0.01) }
probe head_1_0_full { of: hard, read: head(1, 0) at input, context: full, predict: height, fit: ridge(0.01) }
probe head_1_1_full { of: hard, read: head(1, 1) at input, context: full, predict: height, fit: ridge(0.01) }
probe pattern_1_0_full { of: hard, read: pattern(1, 0) at input, context: full, predict: height, fit: ridge(0.01) }
probe pattern_1_1_full { of: hard, read: pattern(1, 1) at input, context: full, predict: height, fit: ridge(0.01) }
probe residual_0_none { of: hard, read: residual(after: 0) at input, context: none, predict: height, fit: ridge(0.01) }
probe residual_1_none { of: hard, read: residual(after: 1) at input, context: none, predict: height, fit: ridge(0.01) }
probe residual_2_none { of: hard, read: residual(after: 2) at input, context: none, predict: height, fit: ridge(0.01) }
probe output_none { of: hard, read: output at input, context: none, predict: height, fit: ridge(0.01) }
probe attention_out_0_none { of: hard, read: attention_out(0) at input, context: none, predict: height, fit: ridge(0.01) }
probe attention_out_1_none { of: hard, read: attention_out(1) at input, context: none, predict: height, fit: ridge(0.01) }
probe residual_0_zero { of: hard, read: residual(after: 0) at input, context: zero, predict: height, fit: ridge(0.01) }
probe residual_1_zero { of: hard, read: residual(after: 1) at input, context: zero, predict: height, fit: ridge(0.01) }
probe residual_2_zero { of: hard, read: residual(after: 2) at input, context: zero, predict: height, fit: ridge(0.01) }
probe output_zero { of: hard, read: output at input, context: zero, predict: height, fit: ridge(0.01) }
probe residual_0_self_only { of: hard, read: residual(after: 0) at input, context: self_only, predict: height, fit: ridge(0.01) }
probe residual_1_self_only { of: hard, read: residual(after: 1) at input, context: self_only, predict: height, fit: ridge(0.01) }
probe residual_2_self_only { of: hard, read: residual(after: 2) at input, context: self_only, predict: height, fit: ridge(0.01) }
probe output_self_only { of: hard, read: output at input, context: self_only, predict: height, fit: ridge(0.01) }
probe attention_out_0_self_only { of: hard, read: attention_out(0) at input, context: self_only, predict: height, fit: ridge(0.01) }
probe head_0_0_self_only { of: hard, read: head(0, 0) at input, context: self_only, predict: height, fit: ridge(0.01) }
probe head_0_1_self_only { of: hard, read: head(0, 1) at input, context: self_only, predict: height, fit: ridge(0.01) }
probe attention_out_1_self_only { of: hard, read: attention_out(1) at input, context: self_only, predict: height, fit: ridge(0.01) }
probe head_1_0_self_only { of: hard, read: head(1, 0) at input, context: self_only, predict: height, fit: ridge(0.01) }
probe head_1_1_self_only { of: hard, read: head(1, 1) at input, context: self_only, predict: height, fit: ridge(0.01) }
probe ridge_1_0_labels { of: hard, read: residual(after: 1) at input, context: full, predict: [half, y], fit: ridge(1.0) }
probe centroid__labels { of: hard, read: residual(after: 1) at input, context: full, predict: [half, y], fit: centroid }
probe logistic_0_01_labels { of: hard, read: residual(after: 1) at input, context: full, predict: [half, y], fit: logistic(0.01) }
probe linear_1_labels { of: hard, read: residual(after: 1) at input, context: full, predict: [half, y], fit: linear(epochs: 1, lr: 0.001) }
probe linear_3_labels { of: hard, read: residual(after: 1) at input, context: full, predict: [half, y], fit: linear(epochs: 3, lr: 0.01) }
probe linear_numbers { of: hard, read: residual(after: 2) at input, context: self_only, predict: height, fit: linear(epochs: 2, lr: 0.01) }
probe everywhere { of: hard, read: residual(after: all) at input, context: none, predict: [half, y], fit: centroid }
probe everywhere_numbers { of: hard, read: residual(after: all) at input, context: full, predict: height, fit: ridge(0.1) }
probe at_target { of: hard, read: residual(after: 2) at target, context: full, predict: height, fit: ridge(0.1) }
probe at_query { of: hard, read: residual(after: 2) at query, context: full, predict: height, fit: ridge(0.1) }
probe at_3 { of: hard, read: residual(after: 2) at 3, context: full, predict: height, fit: ridge(0.1) }
metric under_residual_0_zero = cross_entropy(hard, under: ablate(residual(after: 0), with: zero))
metric under_residual_0_zero_kept = cross_entropy(hard, under: ablate(residual(after: 0), with: zero, patterns: kept))
metric under_residual_0_mean = cross_entropy(hard, under: ablate(residual(after: 0), with: mean))
metric under_residual_0_mean_kept = cross_entropy(hard, under: ablate(residual(after: 0), with: mean, patterns: kept))
metric under_residual_0_resample = cross_entropy(hard, under: ablate(residual(after: 0), with: resample))
metric under_residual_0_resample_kept = cross_entropy(hard, under: ablate(residual(after: 0), with: resample, patterns: kept))
metric under_residual_1_zero = cross_entropy(hard, under: ablate(residual(after: 1), with: zero))
metric under_residual_1_zero_kept = cross_entropy(hard, under: ablate(residual(after: 1), with: zero, patterns: kept))
metric under_residual_1_mean = cross_entropy(hard, under: ablate(residual(after: 1), with: mean))
metric under_residual_1_mean_kept = cross_entropy(hard, under: ablate(residual(after: 1), with: mean, patterns: kept))
metric under_residual_1_resample = cross_entropy(hard, under: ablate(residual(after: 1), with: resample))
metric under_residual_1_resample_kept = cross_entropy(hard, under: ablate(residual(after: 1), with: resample, patterns: kept))
metric under_residual_2_zero = cross_entropy(hard, under: ablate(residual(after: 2), with: zero))
metric under_residual_2_mean = cross_entropy(hard, under: ablate(residual(after: 2), with: mean))
metric under_residual_2_resample = cross_entropy(hard, under: ablate(residual(after: 2), with: resample))
metric under_output_zero = cross_entropy(hard, under: ablate(output, with: zero))
metric under_output_mean = cross_entropy(hard, under: ablate(output, with: mean))
metric under_output_resample = cross_entropy(hard, under: ablate(output, with: resample))
metric under_attention_out_0_zero = cross_entropy(hard, under: ablate(attention_out(0), with: zero))
metric under_attention_out_0_zero_kept = cross_entropy(hard, under: ablate(attention_out(0), with: zero, patterns: kept))
metric under_attention_out_0_mean = cross_entropy(hard, under: ablate(attention_out(0), with: mean))
metric under_attention_out_0_mean_kept = cross_entropy(hard, under: ablate(attention_out(0), with: mean, patterns: kept))
metric under_attention_out_0_resample = cross_entropy(hard, under: ablate(attention_out(0), with: resample))
metric under_attention_out_0_resample_kept = cross_entropy(hard, under: ablate(attention_out(0), with: resample, patterns: kept))
metric under_head_0_0_zero = cross_entropy(hard, under: ablate(head(0, 0), with: zero))
metric under_head_0_0_zero_kept = cross_entropy(hard, under: ablate(head(0, 0), with: zero, patterns: kept))
metric under_head_0_0_mean = cross_entropy(hard, under: ablate(head(0, 0), with: mean))
metric under_head_0_0_mean_kept = cross_entropy(hard, under: ablate(head(0, 0), with: mean, patterns: kept))
metric under_head_0_0_resample = cross_entropy(hard, under: ablate(head(0, 0), with: resample))
metric under_head_0_0_resample_kept = cross_entropy(hard, under: ablate(head(0, 0), with: resample, patterns: kept))
metric under_head_0_1_zero = cross_entropy(hard, under: ablate(head(0, 1), with: zero))
metric under_head_0_1_zero_kept = cross_entropy(hard, under: ablate(head(0, 1), with: zero, patterns: kept))
metric under_head_0_1_mean = cross_entropy(hard, under: ablate(head(0, 1), with: mean))
metric under_head_0_1_mean_kept = cross_entropy(hard, under: ablate(head(0, 1), with: mean, patterns: kept))
metric under_head_0_1_resample = cross_entropy(hard, under: ablate(head(0, 1), with: resample))
metric under_head_0_1_resample_kept = cross_entropy(hard, under: ablate(head(0, 1), with: resample, patterns: kept))
metric under_pattern_0_0_zero = cross_entropy(hard, under: ablate(pattern(0, 0), with: zero))
metric under_pattern_0_0_zero_kept = cross_entropy(hard, under: ablate(pattern(0, 0), with: zero, patterns: kept))
metric under_pattern_0_0_mean = cross_entropy(hard, under: ablate(pattern(0, 0), with: mean))
metric under_pattern_0_0_mean_kept = cross_entropy(hard, under: ablate(pattern(0, 0), with: mean, patterns: kept))
metric under_pattern_0_0_resample = cross_entropy(hard, under: ablate(pattern(0, 0), with: resample))
metric under_pattern_0_0_resample_kept = cross_entropy(hard, under: ablate(pattern(0, 0), with: resample, patterns: kept))
metric under_pattern_0_1_zero = cross_entropy(hard, under: ablate(pattern(0, 1), with: zero))
metric under_pattern_0_1_zero_kept = cross_entropy(hard, under: ablate(pattern(0, 1), with: zero, patterns: kept))
metric under_pattern_0_1_mean = cross_entropy(hard, under: ablate(pattern(0, 1), with: mean))
metric under_pattern_0_1_mean_kept = cross_entropy(hard, under: ablate(pattern(0, 1), with: mean, patterns: kept))
metric under_pattern_0_1_resample = cross_entropy(hard, under: ablate(pattern(0, 1), with: resample))
metric under_pattern_0_1_resample_kept = cross_entropy(hard, under: ablate(pattern(0, 1), with: resample, patterns: kept))
metric under_attention_out_1_zero = cross_entropy(hard, under: ablate(attention_out(1), with: zero))
metric under_attention_out_1_mean = cross_entropy(hard, under: ablate(attention_out(1), with: mean))
metric under_attention_out_1_resample = cross_entropy(hard, under: ablate(attention_out(1), with: resample))
metric under_head_1_0_zero = cross_entropy(hard, under: ablate(head(1, 0), with: zero))
metric under_head_1_0_mean = cross_entropy(hard, under: ablate(head(1, 0), with: mean))
metric under_head_1_0_resample = cross_entropy(hard, under: ablate(head(1, 0), with: resample))
metric under_head_1_1_zero = cross_entropy(hard, under: ablate(head(1, 1), with: zero))
metric under_head_1_1_mean = cross_entropy(hard, under: ablate(head(1, 1), with: mean))
metric under_head_1_1_resample = cross_entropy(hard, under: ablate(head(1, 1), with: resample))
metric under_pattern_1_0_zero = cross_entropy(hard, under: ablate(pattern(1, 0), with: zero))
metric under_pattern_1_0_mean = cross_entropy(hard, under: ablate(pattern(1, 0), with: mean))
metric under_pattern_1_0_resample = cross_entropy(hard, under: ablate(pattern(1, 0), with: resample))
metric under_pattern_1_1_zero = cross_entropy(hard, under: ablate(pattern(1, 1), with: zero))
metric under_pattern_1_1_mean = cross_entropy(hard, under: ablate(pattern(1, 1), with: mean))
metric under_pattern_1_1_resample = cross_entropy(hard, under: ablate(pattern(1, 1), with: resample))
metric under_previous_0_0 = cross_entropy(hard, under: clamp(head(0, 0), previous_token))
metric under_matching_0_0 = cross_entropy(hard, under: clamp(head(0, 0), matching))
metric under_previous_0_1 = cross_entropy(hard, under: clamp(head(0, 1), previous_token))
metric under_matching_0_1 = cross_entropy(hard, under: clamp(head(0, 1), matching))
metric under_previous_1_0 = cross_entropy(hard, under: clamp(head(1, 0), previous_token))
metric under_matching_1_0 = cross_entropy(hard, under: clamp(head(1, 0), matching))
metric under_previous_1_1 = cross_entropy(hard, under: clamp(head(1, 1), previous_token))
metric under_matching_1_1 = cross_entropy(hard, under: clamp(head(1, 1), matching))
metric under_twice_matching = cross_entropy(hard, under: scale_attention(2.0, cells: matching))
metric under_half_matching = cross_entropy(hard, under: scale_attention(0.5, cells: matching))
metric under_twice_previous_token = cross_entropy(hard, under: scale_attention(2.0, cells: previous_token))
metric under_half_previous_token = cross_entropy(hard, under: scale_attention(0.5, cells: previous_token))
metric under_twice_all = cross_entropy(hard, under: scale_attention(2.0, cells: all))
metric under_half_all = cross_entropy(hard, under: scale_attention(0.5, cells: all))
metric under_twice_3 = cross_entropy(hard, under: scale_attention(2.0, cells: 3))
metric under_half_3 = cross_entropy(hard, under: scale_attention(0.5, cells: 3))
metric right = accuracy(hard)
metric right_without = accuracy(hard, under: ablate(head(0, 0), with: zero))

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
    attention_entropy_0_0
    attention_entropy_0_1
    attention_entropy_1_0
    attention_entropy_1_1
    induction_score_0_0
    induction_score_0_1
    induction_score_1_0
    induction_score_1_1
    copying_score_0_0
    copying_score_0_1
    copying_score_1_0
    copying_score_1_1
    duplicate_token_score_0_0
    duplicate_token_score_0_1
    duplicate_token_score_1_0
    duplicate_token_score_1_1
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
    attention_out_1_none
    residual_0_zero
    residual_1_zero
    residual_2_zero
    output_zero
    residual_0_self_only
    residual_1_self_only
    residual_2_self_only
    output_self_only
    attention_out_0_self_only
    head_0_0_self_only
    head_0_1_self_only
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
    under_matching_0_0
    under_previous_0_1
    under_matching_0_1
    under_previous_1_0
    under_matching_1_0
    under_previous_1_1
    under_matching_1_1
    under_twice_matching
    under_half_matching
    under_twice_previous_token
    under_half_previous_token
    under_twice_all
    under_half_all
    under_twice_3
    under_half_3
    right
    right_without
  }
}
