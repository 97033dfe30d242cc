task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys] in pool(0)
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

// error[E0302] 3:43 "`0` is too small: at least 1 is needed" help "at least 1"
