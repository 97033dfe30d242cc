task linear(dim: count = 20, points: count = 41, noise: real = 0, shifted: bool = 1) {
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

// error[E0301] 1:83 "is a count, but true or false is needed" help "true"
