task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    m ~ normal()[dim]
    s ~ exponential(1)[dim + 1]
    w ~ normal(m, s)
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

// error[E0306] 5:9 "`normal` cannot join real[dim] and real[dim + 1]" help "same sizes"
