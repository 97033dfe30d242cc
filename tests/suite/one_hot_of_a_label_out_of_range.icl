task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    x = concat(one_hot(key, keys), one_hot(3, 3))
    y = value[key]
  }
  length: 20
  input: x
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

// error[E0310] 7:44 "the label 3 is not one of 3" help "from 0 to 2"
