//! Programs of any length, made of the parts that published studies are made of: the same text for the same length.

/// What every generated program begins with.
const HEAD: &str = "//! A generated program: as many studies in one file as its length asks for.
//! No study shares an item with another, except the knobs below.

use std.models
use std.curricula

/// The length of every run.
param total: duration = 30k steps
/// Label maps of the hard tasks.
param maps: count = 256
";

/// Three studies that differ in what they use of the language. `@` stands for the number of the study, `#` for a size.
const STUDIES: [&str; 3] = [REGRESSION, CHAINS, IMAGES];

const REGRESSION: &str = "
// ---------------------------------------------------------------- study @: linear functions

/// A linear function drawn for every sequence, with noise.
/// Garg et al. 2022.
task linear_@(dim: count = #, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    y = dot(w, x) + noise * e
  }
  length: points
  input: x
  target: y                       // a real, so the loss is squared error
  blind: dim + noise ^ 2          // the level a plateau sits at
  ideal: ridge(noise ^ 2)
}

let small_@ = linear_@(dim: # + 10, points: 11)
let full_@ = linear_@(dim: # + 10, points: 2 * # + 1)

model net_@(layers: count = 12, heads: count = 4) {
  width: 128
  positions: learned
  norm: pre
  blocks: repeat(layers, [attention(heads: heads), mlp(ratio: 4, activation: gelu)])
}

/// Can the representation of x, read with no context, give x back?
probe inputs_@ {
  of: full_@
  read: residual(after: 2) at input
  context: none
  predict: x
  fit: ridge(1e-2)
}

metric error_@ = squared_error(full_@) at last
loss boosted_@ = icl + 0.1 * readout(inputs_@, context: full, at: output)

curriculum grow_@ {
  stage warm { train: small_@, for: 2k steps }
  stage main { train: full_@, for: total - 2k steps }
}

experiment regression_@ {
  model: net_@(layers: 4, heads: 8)
  data: fresh
  batch: 64
  optimizer: adam(lr: 1e-4)
  loss: icl
  seeds: 5

  /// The full task from the start.
  arm plain { curriculum: curricula.only(full_@, total) }
  /// A smaller one first.
  arm grown { curriculum: grow_@ }
  arm boosted { curriculum: curricula.only(full_@, total), loss: boosted_@ }

  measure { every: 250 steps, on: 1k sequences, error_@, inputs_@ }
  plateau { of: error_@, exit: 50%, held: 3 evaluations }
  expect rmst(grown) < rmst(plain) at 5%

  report {
    table: plateau
    plot: error_@ by arm
    plot: error by position for [model, least_squares, nearest(3), averaging]
  }
}
";

const CHAINS: &str = "
// ---------------------------------------------------------------- study @: Markov chains

/// In-context Markov chains: a staircase from uniform over unigram to bigram (Edelman et al. 2024).
task markov_@(states: count, tokens: count = 100) {
  per sequence {
    p ~ dirichlet(1, states)[states]
  }
  per token {
    s ~ categorical(p[previous(s)], first: uniform(states))
  }
  length: tokens
  emit: s
  blind: log(states)
  plateaus: [ngram(1, 1)]
  ideal: ngram(2, 1)
}

let chain_@ = markov_@(states: 3)
let longer_@ = markov_@(states: 3, tokens: 100 + #)

model minimal_@ {
  width: 16
  positions: rope
  blocks: repeat(2, [attention(heads: 1)])
}

metric bits_@ = cross_entropy(chain_@)
metric longer_bits_@ = cross_entropy(longer_@) at last
metric induction_@ = induction_score(layer: 1, head: 0)
metric looks_back_@ = previous_token_score(layer: 0, head: 0)

experiment staircase_@ {
  model: minimal_@
  data: fresh
  batch: 64
  optimizer: adamw(lr: 5e-4, weight_decay: 0.1)
  loss: icl
  seeds: [1, 2, 3, 5, 8, 13]

  arm short { curriculum: curricula.only(chain_@, 5k steps) }
  arm both {
    curriculum: curricula.mixed(
      chain_@,
      longer_@,
      5k steps,
    )
  }

  measure { every: 50 steps, on: 512 sequences, bits_@, longer_bits_@, induction_@, looks_back_@ }
  plateau { of: bits_@, exit: 50%, held: 3 evaluations }
  report {
    table: plateau
    plot: [bits_@, longer_bits_@] by arm
    plot: distance to [ngram(1, 1), ngram(2, 1)]
  }
}
";

const IMAGES: &str = "
// ---------------------------------------------------------------- study @: images under label maps

data images_@ = shapes3d(values: [4, 1, 4, 1, 4, 1], width: 64, entangled: 50%)

/// One hidden factor of the image decides the label, under one of `maps` label maps.
task classify_@(maps: count, points: count = 10, images: data = images_@) {
  per sequence {
    factor ~ uniform(images.attributes)                 // how many attributes a row has
    map ~ permutations(images.sizes) in pool(maps)      // one permutation for each attribute
  }
  per example {
    image ~ rows(images) without replacement
    factors = image.attributes
    y = map[factor][factors[factor]]
  }
  length: points
  input: image.embedding
  target: y : class(max(images.sizes))
  blind: levels(loss: mean(log(images.sizes)), accuracy: mean(1 / images.sizes))
  ideal: posterior
}

let easy_@ = classify_@(maps: 1)
let hard_@ = classify_@(maps: maps + #)

/// What the weights know on their own: every factor of the image, with no token seeing another.
probe weights_@ {
  of: hard_@
  read: residual(after: 1) at input
  context: none
  predict: factors
  fit: linear(epochs: 1, lr: 1e-2)
}

/// What the context adds: which of the factors decides this sequence.
probe context_@ {
  of: hard_@
  read: residual(after: 1) at input
  predict: factor
  fit: linear(epochs: 1, lr: 1e-2)
}

metric accuracy_@ = accuracy(hard_@) at last

loss with_weights_@ = icl + 0.1 * readout(weights_@, context: full, at: output)
loss with_context_@ = icl + 0.1 * readout(context_@, at: output)

curriculum warm_up_@(switch: duration, total: duration) {
  stage warm { train: easy_@, for: switch }
  stage main { train: hard_@, for: total - switch }
}

experiment warmup_@ {
  model: models.gpt2(layers: 2, heads: 2, width: 64)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  loss: icl
  seeds: 5

  /// Many maps from the start.
  arm direct { curriculum: curricula.only(hard_@, total) }
  /// One fixed map first.
  arm warmup { curriculum: warm_up_@(switch: 500 steps, total: total) }
  /// Fixed and random maps, half and half.
  arm mixed { curriculum: curricula.mixed(easy_@, hard_@, total) }
  /// Many maps, and a loss that asks the weights for the factors.
  arm boosted { curriculum: curricula.only(hard_@, total), loss: with_weights_@ }
  /// The control: the same loss on the context component.
  arm control { curriculum: curricula.only(hard_@, total), loss: with_context_@ }

  measure { every: 50 steps, on: 256 sequences, accuracy_@, weights_@, context_@ }
  plateau { of: accuracy_@, exit: 50%, held: 3 evaluations }

  expect rmst(warmup) < rmst(direct) at 5%
  expect rmst(boosted) < rmst(control) at 5%

  report {
    table: plateau
    plot: accuracy_@ by arm
    plot: weights_@ by arm
    plot: context_@ by arm
  }
}
";

/// A program of at least this many lines, and of no more than a study's length beyond them.
#[must_use]
pub fn program(lines: usize) -> String {
    let mut text = HEAD.to_owned();
    let mut written = text.lines().count();
    let mut number = 0;
    while written < lines {
        let study = STUDIES[number % STUDIES.len()];
        let size = 10 + number % 7;
        text.push_str(&study.replace('@', &number.to_string()).replace('#', &size.to_string()));
        written += study.lines().count();
        number += 1;
    }
    text
}
