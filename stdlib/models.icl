//! Models that studies of in-context learning share.

/// GPT-2 (Radford et al. 2019) at any size: learned positions, pre-norm, GELU in the tanh form. `layers` blocks of an
/// attention with `heads` heads and an MLP, on a stream of `width` numbers. Fu et al. 2024 use 12 layers, 4 heads and
/// width 128, the defaults; Garg et al. 2022 use 12, 8 and 256; Chan et al. 2022 use 12, 8 and 64.
pub model gpt2(layers: count = 12, heads: count = 4, width: count = 128) {
  width: width
  positions: learned
  norm: pre
  blocks: repeat(layers, [attention(heads: heads), mlp(ratio: 4, activation: gelu)])
}

/// Attention alone, with rotary positions and pre-norm (Singh et al. 2024 with two layers; Edelman et al. 2024 with
/// two layers, one head and width 16): `layers` attentions with `heads` heads on a stream of `width` numbers.
pub model attention_only(layers: count = 2, heads: count = 8, width: count = 64) {
  width: width
  positions: rope
  norm: pre
  blocks: repeat(layers, [attention(heads: heads)])
}

/// The smallest model that can form an induction head, with nothing beside: two attentions, no norm, rotary positions
/// (after Reddy 2023). `heads` is the number of heads in a layer, `width` that of the stream's numbers.
pub model two_layers(heads: count = 1, width: count = 64) {
  width: width
  positions: rope
  norm: none
  blocks: repeat(2, [attention(heads: heads)])
}

/// Attention without its softmax, and an MLP (Gopalani and Hu 2025, with one layer and one head): `layers` blocks
/// with `heads` heads on a stream of `width` numbers.
pub model linear_attention(layers: count = 1, heads: count = 1, width: count = 256) {
  width: width
  positions: learned
  norm: none
  blocks: repeat(layers, [attention(heads: heads, kernel: linear), mlp(ratio: 4, activation: gelu)])
}
