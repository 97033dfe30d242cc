task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ bursty(keys, length: 9)
    y = value[key[0]]
  }
  length: 20
  input: key[0]
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

// error[E0302] 6:11 "`bursty` draws the classes of a whole sequence at once" help "per sequence"
