pub task recall(keys: count = 64, values: count = 10) {
  per sequence {
    member ~ bursty(keys, length: 9, copies: 2, query: outsider)
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

// error[E0201] 3:56 "`outsider` is not defined" help "outside"
