task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    y = value[key]
  }
  length: 20
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

// error[E0207] 1:6 "`recall` has no `input`" help "input"
