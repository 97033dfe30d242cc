task recall(keys: count = 8, values: count = 10, sizes: count[2] = [1, 2, 3]) {
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

// error[E0306] 1:68 "a list of 3 is given, but its type has 2 places" help "give it 2 items"
