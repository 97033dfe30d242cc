// Models that exist: examples on measuring without training.

data words = table("words.tsv", key: "word")

task attributes(shots: count = 3) {
  per sequence {
    attribute ~ uniform(words.attributes)
  }
  per example {
    row ~ rows(words) without replacement
    values = row.attributes
    label = words.label(attribute, values[attribute])
  }
  length: shots + 1
  show: "{row.word} -> {label}\n"
  score: label
  blind: levels(loss: mean(log(words.sizes)), accuracy: mean(1 / words.sizes))
  ideal: levels(loss: 0, accuracy: 100%)
}

let target = attributes()
// here: item
model pythia(step: count) = pretrained("pythia-160m/step{step}", family: gpt_neox)
metric chosen = accuracy(target) at last

experiment study {
  // here: experiment
  sweep step in [1000, 2000, 4000, 8000, 16000]
  evaluate: pythia(step)
  along: step
  measure { on: 64 sequences, chosen }
  plateau { of: chosen, from: 25%, to: 100% }
  report {
    // here: report
    table: plateau
  }
}
