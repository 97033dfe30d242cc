task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    y = value[key]
  }
  length: 20
  input: key
  target: y : class
  blind: log(values)
  ideal: 0
}

// error[E0209] 11:15 "`class` takes the number of labels" help "class(k)"
