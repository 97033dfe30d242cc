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
  ideal: 0
}

model small {
  width: 8
  blocks: [attention(heads: 1)]
}
curriculum both {
  stage main { train: mix(recall: 50%, small: 50%), for: 10 steps }
}

// error[E0301] 21:40 "is a model, but a task is needed" help "name a task"
