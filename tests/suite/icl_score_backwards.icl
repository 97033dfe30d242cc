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

metric score = icl_score(recall(), late: 2, early: 5)

// error[E0302] 16:52 "the late position 2 does not come after the early one, 5" help "below 2"
