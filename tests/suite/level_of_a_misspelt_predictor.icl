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
  blind: log(values)
  ideal: posteriour
}

// error[E0201] 13:10 "`posteriour` is not defined" help "posterior"
