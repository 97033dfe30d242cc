task bad {
  per run {
    shift ~ normal()
  }
  per sequence {
    scale ~ normal()
    member ~ bursty(2, length: 4)
    w = scale + member[3]
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

// error[E0302] 7:21 "2 classes cannot fill a context of 3 different ones" help "more copies"
