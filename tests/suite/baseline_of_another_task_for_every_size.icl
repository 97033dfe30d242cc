task recall(keys: count = 8, values: count = 10, noise: real = 0) {
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
  blind: log(values)
  ideal: ridge(noise ^ 2)
}

// error[E0316] 13:10 "`ridge` is no baseline of this task" help "posterior"
