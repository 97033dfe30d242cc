task recall(keys: count = 64, values: count = 10) {
  per sequence {
    member ~ bursty(keys, length: 8)
    usual ~ uniform(values)[keys]
  }
  per example {
    key = member[index]
    y = usual[key]
  }
  length: 9
  input: key
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

// error[E0310] 7:18 "the index has 9 values but the axis has 8 places" help "class(8)"
