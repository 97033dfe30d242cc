task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
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

probe inside {
  of: linear()
  read: residual(after: 1) at input
  predict: 2 * w
  fit: ridge(1e-2)
}

// error[E0301] 20:12 "a probe predicts a name of its task" help "w, x, y"
