task recall(keys: count = 8, values: count = 10) {
  per batch {
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

// error[E0202] 2:7 "a task has no block `per batch`" help "per sequence"
