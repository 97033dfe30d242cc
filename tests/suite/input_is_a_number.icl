task recall(keys: count = 8, values: count = 10) {
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    y = value[key]
  }
  length: 20
  input: 5
  target: y : class(values)
  blind: log(values)
  ideal: 0
}

// error[E0301] 10:10 "is a count, but a name drawn or defined in the task is needed" help "in the task"
