task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values, first: uniform(2))[keys]
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

// error[E0302] 3:36 "`first` starts a recurrence, but this is drawn once a sequence" help "take `first` away"
