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
  blind: levels(loss: 1, accuracy: 10%)
  ideal: levels(loss: 1, accuracy: 100%)
}

// error[E0309] 13:10 "blind and ideal are one level, a loss of 1" help "`ideal`"
