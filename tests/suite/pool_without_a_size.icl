task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys] in pool()
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

// error[E0209] 3:38 "`pool` needs `size`" help "pool(m)"
