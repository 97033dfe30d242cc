task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal(std: 2)[dim]
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    y = dot(w, x) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

// error[E0204] 3:16 "`normal` has no argument `std`" help "sd"
