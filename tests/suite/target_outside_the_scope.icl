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
  target: values2
  blind: log(values)
  ideal: 0
}

// error[E0201] 11:11 "`values2` is not defined" help "value"
