//! Models that studies of in-context learning share.

/// GPT-2 (Radford et al. 2019) at any size: learned positions, pre-norm, GELU in the tanh form.
pub model gpt2(layers: count = 12, heads: count = 4, width: count = 128) {
  width: width
  positions: learned
  norm: pre
  blocks: repeat(layers, [attention(heads: heads), mlp(ratio: 4, activation: gelu)])
}
