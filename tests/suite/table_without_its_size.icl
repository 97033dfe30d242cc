task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)
  }
  per example {
    key ~ uniform(keys)
    y = value[key]
  }
  length: 20
  input: key
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

// error[E0310] 7:9 "`value` has no places: it is a single value" help "value ~ ...[n]"
