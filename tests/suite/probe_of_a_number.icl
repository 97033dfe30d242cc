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

probe inside {
  of: 5
  read: residual(after: 1) at input
  predict: key
  fit: ridge(1e-2)
}

// error[E0301] 17:7 "a task is needed" help "name a task"
