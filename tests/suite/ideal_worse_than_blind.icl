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
  target: y : class(values)
  blind: 0
  ideal: log(values)
}

// error[E0309] 13:10 "the ideal loss 2.3026 is above the blind loss 0" help "`ideal`"
