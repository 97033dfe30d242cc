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
  target: y : class(4)
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

// error[E0310] 12:21 "the target is real, no label" help "take the type away"
