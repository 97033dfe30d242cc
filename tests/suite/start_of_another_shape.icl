task walk(dim: count = 4) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal(0, 1, first: normal()[dim])
    y = sum(w) * x
  }
  length: 41
  input: x
  target: y
  blind: dim
  ideal: ridge(0)
}

// error[E0306] 6:29 "the first value is real[dim], but the others are real" help "same sizes"
