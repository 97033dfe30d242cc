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
  blind: levels(loss: 2, accuracy: 90%)
  ideal: levels(loss: 0, accuracy: 10%)
}

// error[E0309] 13:10 "the ideal accuracy 0.1 is below the blind accuracy 0.9" help "`ideal`"
