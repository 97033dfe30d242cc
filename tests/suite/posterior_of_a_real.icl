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
  ideal: posterior
}

// error[E0316] 14:10 "`posterior` is no baseline of this task, whose target is real" help "ridge"
