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
  ideal: ridge(-1)
}

// error[E0302] 14:16 "`lambda` cannot be -1" help "at least 0"
