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

metric score = previous_token_score(layer: 0, head: 0) where key == 2

// error[E0301] 16:62 "this measure has no task to choose from" help "leave"
