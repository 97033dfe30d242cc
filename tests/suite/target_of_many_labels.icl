task bits(width: count = 8) {
  per example {
    x ~ bernoulli(50%)[width]
    y = 1 - x
  }
  length: 20
  input: x
  target: x
  blind: log(2)
  ideal: 0
}

// error[E0310] 8:11 "a target is one label, not bool[width]" help "one label"
