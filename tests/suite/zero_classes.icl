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
  target: y : class(0)
  blind: log(values)
  ideal: 0
}

// error[E0302] 11:21 "`0` is too small: at least 1 is needed" help "at least 1"
