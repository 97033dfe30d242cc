//! Does practice on one fixed label map, or an extra loss on the weights component, shorten the plateau on words as it
//! does on images? One hidden attribute of a common noun decides the answer, under one of several label maps: the
//! strategies of Fu et al. 2024 on language, at a size that one thread trains in half an hour. With four maps the way
//! has two steps: who knows every word and which attribute is asked for, but not the map, is right in 43%.
//!
//! A word is one token, so that nothing can be known of a word that was never trained on: accuracy is measured on the
//! words of training, in sequences of which each was seen once.

use std.curricula
use std.models
use std.text

/// Label maps of the hard task, drawn once a run.
param maps: count = 4
param total: duration = 3k steps

/// Every fifth of the nouns of words.tsv, with six attributes; tables/README.md says where they come from.
data words = table("few_words.tsv", key: "word")

let easy = text.word_attributes(words, maps: 1, shots: 11)
let hard = text.word_attributes(words, maps: maps, shots: 11)

/// What the weights know of a word: all its attributes, with no token seeing another.
probe weights {
  of: hard
  read: residual(after: 2) at row.word
  context: none
  predict: values
  fit: ridge(1e-2)
}

metric answer_accuracy = accuracy(hard, on: training) at last

experiment words {
  model: models.gpt2(layers: 3, heads: 4, width: 64, tokenizer: words)
  data: fresh
  batch: 32
  optimizer: adam(lr: 2e-3)
  loss: icl
  seeds: 4

  /// Many maps from the start.
  arm direct { curriculum: curricula.only(hard, total) }
  /// One fixed map first.
  arm warmup { curriculum: curricula.warm_up(easy, hard, switch: 1k steps, total: total) }
  /// One fixed map in half of every batch.
  arm mixed { curriculum: curricula.mixed(easy, hard, total) }
  /// Many maps, and a loss that asks the weights for all attributes of every word.
  arm boosted { curriculum: curricula.only(hard, total), loss: icl + 0.1 * readout(weights, context: full, at: output) }

  measure { every: 100 steps, on: 512 sequences, answer_accuracy }
  plateau { of: answer_accuracy, exit: 50%, held: 3 evaluations }

  expect rmst(boosted) < rmst(direct) at 5%

  report {
    table: plateau
    table: final
    plot: answer_accuracy by arm
  }
}
