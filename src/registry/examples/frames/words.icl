// Words and their attributes: examples on text. words.tsv is a table beside the program.

use std.models
use std.curricula

data words = table("words.tsv", key: "word")
// here: item

task attributes(maps: count = 16, shots: count = 3) {
  // here: task
  per sequence {
    // here: sequence
    attribute ~ uniform(words.attributes)
    map ~ permutations(words.sizes) in pool(maps)
  }
  per example {
    // here: example
    row ~ rows(words) without replacement
    values = row.attributes
    answer = map[attribute][values[attribute]]
    label = words.label(attribute, answer)
  }
  length: shots + 1
  show: "{row.word} -> {label}\n"
  score: label
  blind: levels(loss: mean(log(words.sizes)), accuracy: mean(1 / words.sizes))
  ideal: posterior
}

let target = attributes()
metric answer_accuracy = accuracy(target) at last

experiment study {
  // here: experiment
  model: models.gpt2(layers: 2, heads: 2, width: 32, tokenizer: words)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 4
  curriculum: curricula.only(target, 2k steps)
  measure { every: 50 steps, on: 64 sequences, answer_accuracy }
  plateau { of: answer_accuracy }
  report { table: plateau }
}
