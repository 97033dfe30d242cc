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
  blind: sqrt(-1)
  ideal: 0
}

// error[E0302] 12:15 "`sqrt` of -1 is not a number" help "larger"
