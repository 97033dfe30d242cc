task bad {
  per run {
    shift ~ normal()
  }
  per sequence {
    scale ~ normal()
    w = scale % 0
  }
  per example {
    x ~ normal()
    y = w * x + shift
  }
  length: 4
  input: x
  target: y
  blind: 2
  ideal: 0
}

// error[E0302] 7:9 "division by zero" help "divide by something else"
