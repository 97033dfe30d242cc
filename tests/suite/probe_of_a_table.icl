task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys]
    table ~ normal()[keys, values]
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
  of: recall()
  read: residual(after: 1) at input
  predict: table
  fit: ridge(1e-2)
}

// error[E0310] 20:12 "`table` is not a label that a probe can tell" help "predict a name"
