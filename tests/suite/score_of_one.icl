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
  ideal: 0
  score: 5
}

// error[E0301] 14:10 "is a count, but `all`, `last` or `from(k)` is needed" help "from(k)"
