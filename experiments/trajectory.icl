//! The plateau of a model that somebody else trained: measure its checkpoints, train nothing.
//! trajectory/make_trajectory.py trained it and measured the same accuracy in PyTorch at the same steps.

use std.text

data words = table("trajectory/words.tsv", key: "word")

model standin(step: count) = pretrained("../tests/oracle/trajectory/step{step}", family: gpt_neox)

/// Words of four kinds, whose names are dealt to the kinds anew for each text.
let named = text.word_attributes(words, maps: 1k, shots: 7)

/// On the words of training, 32 of the 40: this model was trained on all.
metric answer_accuracy = accuracy(named, on: training) at last

experiment trajectory {
  sweep step in [
    0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 1000, 1050, 1100, 1150, 1200, 1300, 1400, 1700, 2000,
  ]
  evaluate: standin(step)
  along: step
  measure { on: 2000 sequences, answer_accuracy }
  plateau { of: answer_accuracy, from: 25%, to: 100%, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: answer_accuracy along step }
}
