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
  ideal: 0
}

curriculum both {
  stage main { train: mix(recall: 150%), for: 10 steps }
}

// error[E0302] 17:35 "a share of 150% is out of range" help "100%"
