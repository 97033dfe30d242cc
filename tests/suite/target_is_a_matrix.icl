task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    y ~ normal()[dim, dim]
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

// error[E0310] 11:11 "a target is a number or a vector, not real[dim, dim]" help "at most one axis"
