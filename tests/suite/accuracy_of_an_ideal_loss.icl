task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    y = value[key]
  }
  length: 20
  input: key
  target: y : class(values)
  blind: log(values)
  ideal: 1
}

model small {
  width: 8
  blocks: [attention(heads: 1)]
}

curriculum once {
  stage main { train: recall(), for: 1k steps }
}

metric score = accuracy(recall())

experiment study {
  model: small
  data: fresh
  batch: 8
  optimizer: adam(lr: 1e-3)
  seeds: 1
  curriculum: once
  measure { every: 100 steps, on: 64 sequences, score }
  plateau { of: score, exit: 50%, held: 3 evaluations }
}

// error[E0313] 35:3 "`ideal` of the task gives no accuracy, so this plateau has no level" help "levels(accuracy: ...)"
