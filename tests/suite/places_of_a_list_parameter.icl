task recall(keys: count = 8, values: count = 10, widths: count[2] = [4, 8]) {
  per sequence {
    value ~ uniform(widths[2])[keys]
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

// error[E0302] 3:28 "there is no place 2 in a list of 2" help "at most 1"
