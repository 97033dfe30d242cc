task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys - 1]
  }
  per example {
    key ~ uniform(keys)
    y = value[key]
  }
  length: 20
  input: key
  target: y
  blind: log(values)
  ideal: 0
}

// error[E0310] 7:15 "the index has `keys` values but the axis has `keys - 1` places" help "class(keys - 1)"
