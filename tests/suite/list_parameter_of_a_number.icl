task recall(keys: count = 8, values: count = 10, sizes: count[2] = 4) {
  per sequence {
    value ~ uniform(values + sizes[0])[keys]
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

// error[E0301] 1:68 "is a count, but a list is needed" help "square brackets"
