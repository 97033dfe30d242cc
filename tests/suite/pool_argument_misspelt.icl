pub task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys] in pool(100, exponents: 1)
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

// error[E0204] 3:48 "`pool` has no argument `exponents`" help "exponent"
