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
  target: y : class(values + 1)
  blind: log(values)
  ideal: 0
}

// error[E0310] 11:21 "the target is declared as class(values + 1) but has `values` labels" help "class(values)"
