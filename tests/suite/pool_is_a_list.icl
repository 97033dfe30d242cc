task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys] in [1, 2]
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

// error[E0301] 3:38 "a draw is taken from a `pool`" help "pool(m)"
