task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ permutations([4, 4]) in pool(8)
  }
  per example {
    key ~ uniform(4)
    y = value[0][key]
  }
  length: 20
  input: key
  target: y
  blind: log(values)
  ideal: 0
}

probe inside {
  of: recall()
  read: residual(after: 1) at input
  predict: value
  fit: ridge(1e-2)
}

// error[E0310] 19:12 "`value` is not a label that a probe can tell" help "predict a name"
