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
  blind: log(values)
  ideal: "posterior"
}

// error[E0301] 13:10 "is text, but a formula, a predictor or levels(...) is needed" help "posterior"
