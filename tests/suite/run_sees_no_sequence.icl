task recall(keys: count = 8, values: count = 10) {
  per run {
    usual = value[0]
  }
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    y = (value[key] + usual) % values
  }
  length: 20
  input: key
  target: y
  blind: log(values)
  ideal: 0
}

// error[E0212] 3:13 "`value` is not seen here: it comes about per sequence" help "per sequence"
