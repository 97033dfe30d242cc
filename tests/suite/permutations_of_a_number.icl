task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ permutations(8)
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

// error[E0301] 3:26 "is a count, but a list of counts is needed" help "square brackets"
