task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    y = value[key]
  }
  length: 20 sequences
  input: key
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

// error[E0301] 9:11 "is a number of sequences, but a count is needed" help "without its unit"
