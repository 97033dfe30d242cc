task recall(keys: count, values: count = 0) {
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

let short = recall(keys: 4)
let long = recall(keys: 16)

// error[E0302] 1:42 "`values` is too small: at least 1 is needed" help "at least 1"
