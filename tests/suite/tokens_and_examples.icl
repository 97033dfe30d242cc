pub task recall(keys: count = 8, values: count = 10) {
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
  ideal: 0
  per token {
    t ~ uniform(keys)
  }
}

// error[E0202] 14:7 "a task of examples has no `per token`" help "per example"
