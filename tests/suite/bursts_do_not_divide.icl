task recall(keys: count = 64, values: count = 10) {
  per sequence {
    member ~ bursty(keys, length: 9, copies: 3)
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

// error[E0302] 3:46 "8 context items cannot hold classes 3 times each" help "length"
