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
  ideal: levels(loss: -1, accuracy: 100%)
}

// error[E0302] 13:10 "a loss of -1 is out of range" help "at least 0"
