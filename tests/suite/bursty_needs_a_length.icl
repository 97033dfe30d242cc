task recall(keys: count = 64, values: count = 10) {
  per sequence {
    member ~ bursty(keys, copies: 2)
    usual ~ uniform(values)[keys]
  }
  per example {
    y = usual[member[index]]
  }
  length: 9
  input: member[index]
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

// error[E0209] 3:14 "`bursty` needs `length`" help "length"
