task recall(keys: count = 8, values: count = 10, points: count = 20) {
  per sequence {
    value ~ uniform(values)[keys]
  }
  per example {
    key ~ uniform(keys)
    y = value[key]
  }
  length: points
  input: key
  target: y : class(values)
  blind: log(values)
  ideal: 0
  score: from(points)
}

// error[E0302] 14:10 "no prediction counts: there are `points`, from 0" help "points - 1"
