task recall(keys: count = 64, values: count = 10) {
  per sequence {
    member ~ bursty(keys, length: 9, query: last)
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

// error[E0301] 3:45 "is a word, but" help "inside"
