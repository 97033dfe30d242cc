task recall(keys: count = 8, values: count = 10, usual: class(4) = 0.5) {
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
}

// error[E0301] 1:68 "is a real number, but a count is needed" help "whole"
