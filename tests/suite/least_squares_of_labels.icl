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
  ideal: least_squares
}

// error[E0316] 13:10 "`least_squares` is no baseline of this task, which predicts labels" help "posterior"
