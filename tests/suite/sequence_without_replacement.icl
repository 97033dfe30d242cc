task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys] without replacement
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

// error[E0302] 3:13 "`without replacement` is within a sequence" help "per example"
