task linear(dim: count = 20, points: count = 41, noise: real = 0) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal(previous(x), 1)[dim]
    e ~ normal()
    y = dot(w, x) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: ridge(noise ^ 2)
}

// error[E0209] 6:25 "the recurrence of `x` has no start" help "first"
