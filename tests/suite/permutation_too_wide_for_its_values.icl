task recall(keys: count = 8, values: count = 10) {
  per sequence {
    map ~ permutations([4, 6]) in pool(8)
  }
  per example {
    key ~ uniform(6)
    y = map[0][key]
  }
  length: 20
  input: key
  target: y
  blind: log(values)
  ideal: 0
}

// error[E0310] 7:16 "the index has 6 values but the axis has 4 places" help "class(4)"
