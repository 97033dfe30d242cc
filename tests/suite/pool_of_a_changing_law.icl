task bad {
  per run {
    shift ~ normal()
  }
  per sequence {
    scale ~ normal()
    w ~ normal(scale) in pool(8)
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

// error[E0302] 7:9 "the values of a pool are drawn once a run, but their law depends on `scale`" help "per run"
