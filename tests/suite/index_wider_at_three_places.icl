task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys + 1)
    other = value[key]
    y = (value[key] + other + value[key]) % values
  }
  length: 20
  input: key
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

// error[E0310] 7:19 "the index has `keys + 1` values but the axis has `keys` places" help "class(keys)"
