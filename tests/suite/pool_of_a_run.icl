task recall(keys: count = 8, values: count = 10) {
  per sequence {
    a ~ uniform(3)
  }
  per example {
    key ~ uniform(keys)
    y = (value[key] + a) % values
  }
  length: 20
  input: key
  target: y : class(values)
  blind: log(values)
  ideal: 0
  per run {
    value ~ uniform(values)[keys] in pool(4)
  }
}

// error[E0302] 15:13 "once a sequence" help "per sequence"
