task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ permutation([8, 8])
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

// error[E0301] 3:25 "is a list of 2, but a count is needed" help "whole number"
