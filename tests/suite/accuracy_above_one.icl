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
  blind: levels(loss: log(values), accuracy: 110%)
  ideal: 0
}

// error[E0302] 12:10 "an accuracy of 1.1 is out of range" help "100%"
